namespace Wanwu.Telemetry.Log;

/// <summary>The hashes of the last so many messages that carried one: a ring of fixed size and a set over it.</summary>
/// <remarks>Not thread-safe: the log asks it under its own lock.</remarks>
internal sealed class Origins(int capacity)
{
    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<ulong> _order = new();

    public bool Contains(ulong origin) => _seen.Contains(origin);

    public void Add(ulong origin)
    {
        if (origin == 0 || capacity == 0 || !_seen.Add(origin)) return;
        _order.Enqueue(origin);
        // Hashes of failed batches have left the set but not the queue; they are stepped over here.
        while (_order.Count > capacity) _seen.Remove(_order.Dequeue());
    }

    /// <summary>The message did not reach the disk: a resend of it is new.</summary>
    public void Forget(ulong origin) => _seen.Remove(origin);
}
