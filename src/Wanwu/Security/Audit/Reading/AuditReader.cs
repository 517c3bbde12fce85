using System.Buffers;
using Wanwu.Security.Audit.Chain;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Reading;

/// <param name="Next">Where the next page begins: records before this sequence. Null when the beginning was reached.</param>
internal sealed record AuditPage(IReadOnlyList<AuditRecord> Records, long? Next);

/// <summary>Finds records, newest first.</summary>
/// <remarks>
/// There is no index that could be wrong: files are read backwards, those outside the time asked for are skipped by their heads, and a record is looked
/// through as bytes before it is parsed. A million records take a few tenths of a second. A page reads at most <see cref="MostRead"/> records, and
/// <see cref="MostAtOnce"/> pages are read at a time.
/// </remarks>
internal sealed class AuditReader(AuditTrail trail) : IDisposable
{
    public const int MostRead = 2_000_000;
    private const int MostAtOnce = 2;
    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <param name="before">Only records before this sequence; null begins at the end.</param>
    public async Task<AuditPage> PageAsync(AuditFilter filter, long? before, int limit, CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        try
        {
            return await Task.Run(() => Page(filter, before, limit, stop), stop);
        }
        finally
        {
            _turns.Release();
        }
    }

    private AuditPage Page(AuditFilter filter, long? before, int limit, CancellationToken stop)
    {
        var files = AuditFile.In(trail.Folder);
        var search = new Search(filter, before ?? long.MaxValue, limit);
        var upTo = Timestamp.Max;                              // where a file ends, the next one began
        for (var i = files.Count - 1; i >= 0; i--)
        {
            stop.ThrowIfCancellationRequested();
            if (HeadOf(files[i]) is not { } head) continue;
            var mayHold = head.First < search.Before && (filter.To is not { } to || head.Created < to) && (filter.From is not { } from || upTo >= from);
            upTo = head.Created;
            if (!mayHold) continue;
            if (Read(files[i], head, search)) return new AuditPage(search.Found, search.Next);
        }
        return new AuditPage(search.Found, null);
    }

    private static AuditHead? HeadOf(AuditFile file)
    {
        Span<byte> start = stackalloc byte[2_048];
        using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return AuditHead.TryRead(start[..RandomAccess.Read(handle, start, 0)], out var head) == ReadOutcome.Done ? head : null;
    }

    /// <returns>True when the page is full.</returns>
    private static bool Read(AuditFile file, AuditHead head, Search search)
    {
        using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = (int)RandomAccess.GetLength(handle);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = rented.AsSpan(0, RandomAccess.Read(handle, rented.AsSpan(0, length), 0));
            var places = new List<int>(length / 256);
            for (var at = head.Length; AuditFrame.TryRead(bytes, at, out var frame) == ReadOutcome.Done; at += frame.Length) places.Add(at);
            for (var i = places.Count - 1; i >= 0; i--)
            {
                AuditFrame.TryRead(bytes, places[i], out var frame);
                if (search.Take(frame)) return true;
            }
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>One page in the making.</summary>
    private sealed class Search(AuditFilter filter, long before, int limit)
    {
        private readonly PayloadFilter _payloads = new(filter);
        private int _read;

        public long Before => before;
        public List<AuditRecord> Found { get; } = [];
        public long? Next { get; private set; }

        /// <returns>True when no further record may be taken.</returns>
        public bool Take(AuditFrame frame)
        {
            if (frame.Sequence >= before) return false;
            if (Found.Count == limit || ++_read > MostRead)
            {
                Next = frame.Sequence + 1;
                return true;
            }
            if (frame.Kind == FrameKind.Event && IsInTime(new Timestamp(frame.Microseconds)) && _payloads.Passes(frame.Payload)
                && AuditEvent.Read(frame.Payload) is { } happened)
                Found.Add(new AuditRecord(frame.Sequence, new Timestamp(frame.Microseconds), happened));
            return false;
        }

        private bool IsInTime(Timestamp time) => !(time < filter.From) && !(time >= filter.To);
    }
}
