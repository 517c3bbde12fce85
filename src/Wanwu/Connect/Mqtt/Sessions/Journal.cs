using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>The way of the sessions' records into the log, and what is known of them there.</summary>
/// <remarks>
/// <para>Thread-safe. Whoever appends has changed the state in memory before: a snapshot that is taken meanwhile either has the change, or the record lies behind it.</para>
/// <para>When a batch fails, memory is ahead of the disk. From then on nothing is taken until a snapshot has made the two agree.</para>
/// </remarks>
internal sealed class Journal(ObservationLog log)
{
    private readonly Lock _gate = new();
    /// <summary>With the last batch each of them waits for.</summary>
    private Dictionary<ClientSession, long> _awaiting = [];
    private Dictionary<ClientSession, long> _spare = [];
    private long _committed;
    private long _firstSince = long.MaxValue;
    private long _lastSession;
    private long _failures;
    private volatile bool _isBehind;

    public ObservationLog Log => log;

    /// <summary>Whether memory and disk agree, so that records are taken.</summary>
    public bool IsReady => !_isBehind;
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Position before the first record since the newest snapshot; <see cref="long.MaxValue"/> where there is none.</summary>
    public long FirstSince => Interlocked.Read(ref _firstSince);

    /// <summary>Observations before it have been handed to their subscribers.</summary>
    public long FedTo { get => Interlocked.Read(ref field); set => Interlocked.Exchange(ref field, value); }

    public long LastSession => Interlocked.Read(ref _lastSession);
    public long NextSession() => Interlocked.Increment(ref _lastSession);

    public AppendResult Append(RecordType type, PayloadWriter payload, ICommitWaiter? waiter, bool always = true, SenderPlace? place = null) =>
        _isBehind ? new AppendResult(AppendOutcome.NoRoom, 0) : AppendAnyway(type, payload.Written, waiter, always, place);

    private AppendResult AppendAnyway(RecordType type, ReadOnlySpan<byte> payload, ICommitWaiter? waiter, bool always, SenderPlace? place)
    {
        if (FirstSince == long.MaxValue) Interlocked.CompareExchange(ref _firstSince, log.CommittedPosition, long.MaxValue);
        return log.AppendJournal(type, payload, waiter, always, place);
    }

    /// <summary>What was read at the start.</summary>
    public void Restore(long lastSession, long fedTo, long firstSince)
    {
        Interlocked.Exchange(ref _lastSession, lastSession);
        Interlocked.Exchange(ref _firstSince, firstSince);
        FedTo = fedTo;
    }

    /// <summary>The last batch with records of the journal that is on disk; as long as it is ready, so is every earlier one.</summary>
    public long CommittedBatch => Interlocked.Read(ref _committed);

    public bool IsCommitted(long batch) => batch <= Interlocked.Read(ref _committed);

    /// <summary>The session's connection is kicked once <paramref name="batch"/> is on disk. False when it is already.</summary>
    public bool TryAwait(ClientSession session, long batch)
    {
        lock (_gate)
        {
            if (IsCommitted(batch)) return false;
            Await(session, batch);
            return true;
        }
    }

    private void Await(ClientSession session, long batch) => _awaiting[session] = Math.Max(batch, _awaiting.GetValueOrDefault(session));

    /// <summary>On the committer's thread alone.</summary>
    public void Committed(long batch)
    {
        Dictionary<ClientSession, long> due;
        lock (_gate)
        {
            Interlocked.Exchange(ref _committed, batch);
            if (_awaiting.Count == 0) return;
            (due, _awaiting) = (_awaiting, _spare);
            foreach (var (session, last) in due)
                if (last > batch) Await(session, last);
        }
        foreach (var session in due.Keys) session.Connection?.Kick();
        due.Clear();
        _spare = due;
    }

    public void Failed()
    {
        Interlocked.Increment(ref _failures);
        _isBehind = true;
    }

    /// <summary>A snapshot begins. The answer is the position before the first record since the last one.</summary>
    public long BeginSnapshot() => Interlocked.Exchange(ref _firstSince, long.MaxValue);

    /// <summary>It came to nothing: the one before it still counts.</summary>
    public void AbandonSnapshot(long firstSince) => Interlocked.Exchange(ref _firstSince, Math.Min(firstSince, FirstSince));

    /// <summary>Waits until everything appended so far is on disk. False when it is not.</summary>
    public async Task<bool> SettleAsync(CancellationToken stop)
    {
        var result = log.AppendJournal(RecordType.Barrier, default, null, always: true);
        return result.Outcome == AppendOutcome.Appended && await log.CommittedAsync(result.Batch, stop) == CommitOutcome.Committed;
    }

    /// <summary>Memory and disk agree again, unless there was another failure after <paramref name="failures"/>.</summary>
    public void Agree(long failures)
    {
        if (Failures == failures) _isBehind = false;
    }
}
