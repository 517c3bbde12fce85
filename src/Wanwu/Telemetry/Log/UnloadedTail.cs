namespace Wanwu.Telemetry.Log;

/// <summary>Committed records the store has not loaded yet, as they lie in the log. The position is that behind the last one.</summary>
internal sealed class TailChunk(byte[] bytes)
{
    public byte[] Bytes => bytes;
    public int Length { get; set; }
    public long EndPosition { get; set; }
}

/// <summary>What the committer has written and the loader has yet to take. A record never straddles two chunks.</summary>
internal sealed class UnloadedTail(int chunkBytes = 1 << 20)
{
    // As many as are in turn at full rate: arrays of this size are collected late, and until then lie beside their successors.
    private const int MostSpare = 32;
    private readonly Lock _gate = new();
    private readonly Queue<TailChunk> _chunks = new();
    private readonly Stack<byte[]> _spare = new();
    private TailChunk? _last;
    private long _bytes;
    private long _enough = long.MaxValue;
    private long _releasedUpTo;
    private Action? _reached;

    /// <summary>Bytes waiting, including those being loaded.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Log position behind the last chunk that was released: the store has all before it.</summary>
    public long ReleasedUpTo => Volatile.Read(ref _releasedUpTo);

    /// <summary>Has it told when so many bytes have come together. Called once, before the log runs.</summary>
    /// <param name="reached">Called on the committer's thread; must be quick.</param>
    public void Notify(long enough, Action reached) => (_enough, _reached) = (enough, reached);

    public void Add(ReadOnlySpan<byte> records, long endPosition)
    {
        bool reached;
        lock (_gate)
        {
            if (_last is null || _last.Bytes.Length - _last.Length < records.Length) _chunks.Enqueue(_last = NewChunk(records.Length));
            records.CopyTo(_last.Bytes.AsSpan(_last.Length));
            _last.Length += records.Length;
            _last.EndPosition = endPosition;
            reached = _bytes < _enough && _bytes + records.Length >= _enough;
            _bytes += records.Length;
        }
        if (reached) _reached?.Invoke();
    }

    private TailChunk NewChunk(int atLeast) =>
        new(atLeast <= chunkBytes && _spare.TryPop(out var spare) ? spare : new byte[Math.Max(atLeast, chunkBytes)]);

    /// <summary>The oldest chunks, at most about <paramref name="maxBytes"/> of them but one at least. They stay counted until <see cref="Release"/>.</summary>
    public List<TailChunk> Take(int maxBytes)
    {
        var taken = new List<TailChunk>();
        lock (_gate)
        {
            for (var bytes = 0; _chunks.TryPeek(out var next) && (taken.Count == 0 || bytes + next.Length <= maxBytes); bytes += next.Length)
                taken.Add(_chunks.Dequeue());
            if (_chunks.Count == 0) _last = null;
        }
        return taken;
    }

    /// <summary>The chunks are in the store: their room is free.</summary>
    public void Release(List<TailChunk> loaded)
    {
        lock (_gate)
        {
            foreach (var chunk in loaded)
            {
                _bytes -= chunk.Length;
                Volatile.Write(ref _releasedUpTo, chunk.EndPosition);
                if (chunk.Bytes.Length == chunkBytes && _spare.Count < MostSpare) _spare.Push(chunk.Bytes);
            }
        }
    }
}
