using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>Sessions and retained messages over the end of the process: read back at the start, gathered into a snapshot now and then.</summary>
internal sealed partial class DurableSessions(
    Journal journal, MqttSessions sessions, RetainedMessages retained, SnapshotFolder folder, TimeProvider clock, ILogger<DurableSessions> logger) : ILogJournal, IDisposable
{
    private const long SmallestGrowth = 32L << 20;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private JournalImage _image = new();
    private long _from;
    private long _firstSince = long.MaxValue;
    private long _olderNeeds;
    private long _lastBytes;
    private int _unreadable;

    /// <summary>The older of the two snapshots must remain good for a start as well, and so must observations that were not handed over yet.</summary>
    public long NeededFrom => Math.Min(Math.Min(Interlocked.Read(ref _olderNeeds), journal.FirstSince), sessions.AnySubscribed ? journal.FedTo : long.MaxValue);

    public void OnBatch(long batch, CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Committed)
        {
            journal.Committed(batch);
            return;
        }
        journal.Failed();
        var all = sessions.Durable();
        // All of it before anybody can learn of the failure by losing the connection, and bring the message again.
        foreach (var session in all) session.State.TakeBack(batch);
        foreach (var session in all)
            if (!session.Durable!.IsSettled) session.Durable.Cut();
    }

    public long Begin(List<LogDamage> damage)
    {
        var snapshots = folder.List();
        for (var i = snapshots.Count - 1; i >= 0; i--)
        {
            var (path, position) = snapshots[i];
            _image = new JournalImage();
            if (SnapshotReader.Read(path, (in LogRecord record) => _image.Apply(record)) is not { } wrong)
            {
                _image.EndOfSnapshot();
                _lastBytes = new FileInfo(path).Length;
                // What the older one needs is known only by its position; where there is none, a start without snapshots needs everything.
                _olderNeeds = i > 0 ? snapshots[i - 1].Position : 0;
                return _from = position;
            }
            damage.Add(new LogDamage(LogDamageKind.Snapshot, path, position, new FileInfo(path).Length));
            SnapshotDamaged(path, wrong);
        }
        _image = new JournalImage();
        _olderNeeds = snapshots.Count == 0 ? long.MaxValue : 0;
        return _from = 0;
    }

    public void Replay(in LogRecord record, List<LogDamage> damage)
    {
        if (record.Type != RecordType.Message && !LogFormat.IsJournal(record.Type)) return;
        if (record.Type != RecordType.Message) _firstSince = Math.Min(_firstSince, record.Position);
        try
        {
            _image.Apply(record);
        }
        // The checksum was right: whoever wrote it wrote it wrongly. The others count all the same.
        catch (Exception fault) when (fault is ArgumentException or OverflowException or KeyNotFoundException)
        {
            _unreadable++;
            damage.Add(new LogDamage(LogDamageKind.JournalRecord, "", record.Position, record.Bytes.Length));
            RecordUnreadable(fault, record.Type, record.Position);
        }
    }

    public void Replayed(long end)
    {
        var now = clock.GetUtcNow();
        var (image, count) = (_image, _image.Sessions.Count);
        foreach (var session in image.Sessions.Values) sessions.Restore(session, now);
        foreach (var message in image.Retained.Values) retained.Restore(message);
        journal.Restore(image.NextSession - 1, image.FedTo, _firstSince);
        _image = new JournalImage();
        if (count > 0 || image.Retained.Count > 0) Restored(count, image.Retained.Count, _from, _unreadable);
    }

    /// <summary>Writes a snapshot where the log has grown much since the last one, or where memory and disk must be brought to agree. Called about once a second.</summary>
    public async Task WriteIfDueAsync(CancellationToken stop)
    {
        if (!journal.IsReady)
        {
            if (journal.Log.State.IsOpen) await WriteAsync(stop);
            return;
        }
        var most = Math.Max(SmallestGrowth, 4 * _lastBytes);
        var committed = journal.Log.CommittedPosition;
        if (committed - journal.FirstSince >= most || committed - Interlocked.Read(ref _olderNeeds) >= 3 * most) await WriteAsync(stop);
    }

    public async Task CloseAsync()
    {
        if (journal.FirstSince != long.MaxValue && journal.Log.State.IsOpen) await WriteAsync(CancellationToken.None);
    }

    /// <summary>Writes everything that outlives the process into a file of its own. It counts once all that it may contain is on disk in the log as well.</summary>
    public async Task<bool> WriteAsync(CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        var failures = journal.Failures;
        // From here on every record is behind the position, or its effect is in memory already.
        var first = journal.BeginSnapshot();
        try
        {
            using var writer = folder.Create(journal.Log.CommittedPosition);
            writer.Add(RecordType.SnapshotHead, PayloadWriter.Mine.Int64(journal.LastSession + 1).Int64(journal.FedTo).Written);
            await new SnapshotCapture(sessions, retained, writer).RunAsync(stop);
            if (!await journal.SettleAsync(stop) || journal.Failures != failures) return Abandon(first);
            writer.End();
            folder.PutInPlace(writer);
            (_lastBytes, first) = (writer.Bytes, KeepOlder(first));
            journal.Agree(failures);
            Written(writer.Path, writer.Position, writer.Bytes);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            NotWritten(fault);
            return Abandon(first);
        }
        catch (OperationCanceledException)
        {
            Abandon(first);
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    private long KeepOlder(long first)
    {
        Interlocked.Exchange(ref _olderNeeds, first);
        return first;
    }

    private bool Abandon(long first)
    {
        journal.AbandonSnapshot(first);
        return false;
    }

    public void Dispose() => _writing.Dispose();

    [LoggerMessage(5040, LogLevel.Warning, "The sessions' snapshot {Path} is damaged: {What}. The one before it is taken, or what the log has")]
    private partial void SnapshotDamaged(string path, string what);

    [LoggerMessage(5041, LogLevel.Error, "A record of type {Type} at log position {Position} cannot be read; what it says of sessions is lost")]
    private partial void RecordUnreadable(Exception fault, RecordType type, long position);

    [LoggerMessage(5042, LogLevel.Information, "{Sessions} sessions and {Retained} retained messages read back, with the log from position {From}; {Unreadable} records could not be read")]
    private partial void Restored(int sessions, int retained, long from, int unreadable);

    [LoggerMessage(5043, LogLevel.Debug, "Snapshot of the sessions {Path} as of log position {Position}: {Bytes} bytes")]
    private partial void Written(string path, long position, long bytes);

    [LoggerMessage(5044, LogLevel.Warning, "The snapshot of the sessions could not be written; it is tried again, and nothing is lost: the log is kept meanwhile")]
    private partial void NotWritten(Exception fault);
}
