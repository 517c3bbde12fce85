using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Chain;

/// <summary>A record to be written.</summary>
internal readonly record struct NewRecord(Timestamp Time, byte[] Payload);

/// <summary>The end of the trail on disk: appends batches, signs, begins new files, and finds its place again after another process has written.</summary>
/// <remarks>
/// One caller at a time. Between processes the lock file decides, taken for every batch: a command beside a running server writes on the same chain.
/// Faults of the disk leave as <see cref="IOException"/>; the file is cut back then to what was durable.
/// </remarks>
internal sealed class AuditChain(string folder, AuditOptions options, AuditKeys keys, TimeProvider clock) : IDisposable
{
    private readonly ChainHash _hash = new(options.Suite);
    private byte[] _buffer = new byte[64 * 1024];
    private SafeFileHandle? _handle;
    private AuditFile _file;
    private AuditHead? _head;
    private long _position;
    private byte[] _last = new byte[ChainHash.Length];
    private bool _begun;

    /// <summary>Sequence of the last record.</summary>
    public long Sequence { get; private set; }

    /// <summary>Records behind the last signature.</summary>
    public int Unsigned { get; private set; }

    /// <summary>Writes the records, durable when it returns, and signs when it is due or asked for.</summary>
    public async Task AppendAsync(IReadOnlyList<NewRecord> records, bool signs)
    {
        using var alone = await AuditLock.TakeAsync(folder);
        List<NewRecord> all = [.. FindPlace(), .. records];
        signs |= Unsigned + all.Count >= options.CheckpointRecords;
        if (Unsigned + all.Count == 0) return;
        Turn(Timestamp.Now(clock));
        Write(all, signs);
    }

    /// <summary>Reads on where another process has written, and repairs what a crash left behind.</summary>
    /// <returns>Records that tell what was found.</returns>
    private List<NewRecord> FindPlace()
    {
        List<NewRecord> found = [];
        if (_handle is not null && IsWhereWeLeft()) return found;
        Close();
        if (AuditFile.In(folder) is not [.., var last])
        {
            if (_begun) found.Add(Told("audit.broken", ("what", "the files of the trail have gone")));
            _begun = true;
            return found;
        }
        var bytes = File.ReadAllBytes(last.Path);
        var end = FileEnd.Find(bytes, out var headOutcome);
        if (end is null && headOutcome == ReadOutcome.Torn && (bytes.Length == 0 || !_begun || last.CompareTo(_file) > 0))
        {
            // Nothing durable was ever in it: the head is written before the first record.
            File.Delete(last.Path);
            found.AddRange(FindPlace());
            found.Add(Told("audit.cut", ("file", last.Name), ("bytes", Number(bytes.Length))));
            return found;
        }
        Take(last, bytes, end, found);
        _begun = true;
        return found;
    }

    private bool IsWhereWeLeft() => File.Exists(_file.Path) && new FileInfo(_file.Path).Length == _position && AuditFile.In(folder) is [.., var last] && last == _file;

    private void Take(AuditFile last, byte[] bytes, FileEnd? end, List<NewRecord> found)
    {
        var (signed, _) = Checkpoint.Read(folder, keys.Trusted());
        var known = Math.Max(Sequence, signed?.Sequence ?? 0);
        if (end is not { } place || place.Last < known || place.Outcome == ReadOutcome.Malformed)
        {
            // What stands there stays as it is, for whoever looks into it. The chain goes on in a new file behind the last record that is known.
            _file = last;
            if (end is { } part && part.Last >= Sequence) (Sequence, _last) = (part.Last, part.Hash);
            Sequence = Math.Max(Sequence, known);
            Unsigned = 0;
            found.Add(Told("audit.broken", ("file", last.Name), ("after", Number(end?.Last ?? 0)), ("signed", Number(known))));
            return;
        }
        (_file, _head, _position, Sequence, _last, Unsigned) = (last, place.Head, place.Position, place.Last, place.Hash, place.Unsigned);
        _handle = File.OpenHandle(last.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (place.Outcome != ReadOutcome.Torn) return;
        RandomAccess.SetLength(_handle, _position);
        found.Add(Told("audit.cut", ("file", last.Name), ("bytes", Number(bytes.Length - place.Position))));
    }

    /// <summary>Begins a new file where there is none, or where this one is full, of an earlier month, or of another suite or key.</summary>
    private void Turn(Timestamp now)
    {
        var month = now.ToDateTimeOffset().ToString("yyyy-MM", CultureInfo.InvariantCulture);
        if (string.CompareOrdinal(_file.Month, month) > 0) month = _file.Month;         // a clock that was set back must not upset the order of files
        var key = keys.Public(options.Suite);
        if (_handle is not null && _position < options.FileBytes && _file.Month == month && _head!.Suite == options.Suite && key.AsSpan().SequenceEqual(_head.Key)) return;
        Close();
        var number = _file.Month == month ? _file.Number + 1 : 1;
        var head = new AuditHead(options.Suite, Sequence + 1, now, _last, key);
        var path = Path.Combine(folder, AuditFile.NameOf(month, number));
        var bytes = head.ToBytes(_hash);
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(handle, bytes, 0);
            RandomAccess.FlushToDisk(handle);
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
        (_handle, _file, _head, _position, _last) = (handle, new AuditFile(path, month, number), head, bytes.Length, bytes[^ChainHash.Length..]);
    }

    private void Write(List<NewRecord> records, bool signs)
    {
        var room = ChainHash.Length + records.Sum(record => AuditFrame.LengthOf(record.Payload.Length)) + AuditFrame.LengthOf(256);
        if (_buffer.Length < room) _buffer = new byte[room];
        _last.CopyTo(_buffer, 0);
        var (at, sequence) = (0, Sequence);
        foreach (var record in records)
            at += AuditFrame.Write(_buffer.AsSpan(at), (++sequence, record.Time, FrameKind.Event), record.Payload, _hash);
        var head = signs ? Sign(++sequence, ref at) : null;
        Keep(_buffer.AsMemory(ChainHash.Length, at));
        _last = _buffer.AsSpan(at, ChainHash.Length).ToArray();
        Sequence = sequence;
        Unsigned = signs ? 0 : Unsigned + records.Count;
        head?.Write(folder);
    }

    private Checkpoint Sign(long sequence, ref int at)
    {
        var now = Timestamp.Now(clock);
        var before = _buffer.AsSpan(at, ChainHash.Length).ToArray();
        var signature = Signatures.Sign(options.Suite, keys.Private(options.Suite), Checkpoint.Message(sequence, now, before));
        at += AuditFrame.Write(_buffer.AsSpan(at), (sequence, now, FrameKind.Checkpoint), signature, _hash);
        return new Checkpoint(options.Suite, sequence, now, Convert.ToHexStringLower(before), Convert.ToBase64String(_head!.Key), Convert.ToBase64String(signature));
    }

    private void Keep(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle!, bytes.Span, _position);
            RandomAccess.FlushToDisk(_handle!);
            _position += bytes.Length;
        }
        catch (IOException)
        {
            try
            {
                RandomAccess.SetLength(_handle!, _position);
            }
            catch (IOException)
            {
                Close();                                        // found again, and cut, when the next batch comes
            }
            throw;
        }
    }

    private NewRecord Told(string action, params (string Name, string Value)[] detail) => new(
        Timestamp.Now(clock),
        Origin.Server.Complete(new AuditEvent(action) { Object = new AuditObject("audit", null), Detail = detail.ToDictionary(part => part.Name, part => part.Value) }).ToPayload());

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void Close()
    {
        _handle?.Dispose();
        _handle = null;
    }

    public void Dispose() => Close();
}
