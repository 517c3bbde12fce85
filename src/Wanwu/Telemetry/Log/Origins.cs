namespace Wanwu.Telemetry.Log;

/// <summary>The hashes of the last so many messages that carried one.</summary>
/// <remarks>
/// A ring in the order of arrival, and an index of it that is brought up to date only when somebody asks. Resends are rare, and an index of this size would cost every
/// message some misses of the cache. Not thread-safe: the log asks it under its own lock.
/// </remarks>
internal sealed class Origins(int capacity)
{
    private readonly Dictionary<ulong, long> _numbers = [];
    private ulong[] _ring = [];
    private long _added;
    private long _indexed;

    private long Oldest => Math.Max(0, _added - capacity);

    public bool Contains(ulong origin)
    {
        CatchUp();
        return _numbers.TryGetValue(origin, out var number) && number >= Oldest;
    }

    public void Add(ulong origin)
    {
        if (origin == 0 || capacity == 0) return;
        if (_added == _ring.Length && _added < capacity) Array.Resize(ref _ring, (int)Math.Min(capacity, Math.Max(1024, _added * 2)));
        _ring[_added % capacity] = origin;
        _added++;
    }

    /// <summary>The message did not reach the disk: a resend of it is new.</summary>
    public void Forget(ulong origin)
    {
        CatchUp();
        if (!_numbers.Remove(origin, out var number) || number < Oldest) return;
        _ring[number % capacity] = 0;
    }

    private void CatchUp()
    {
        // Numbers that have left the ring are found by their age; when there are too many of them, or none else, the index is made anew.
        if (_indexed < Oldest || _numbers.Count > 2L * capacity)
        {
            _numbers.Clear();
            _indexed = Oldest;
        }
        for (; _indexed < _added; _indexed++)
            if (_ring[_indexed % capacity] is not 0 and var origin) _numbers[origin] = _indexed;
    }
}
