namespace Wanwu.Connect.Transport;

/// <summary>Wakes a loop that sleeps in <c>epoll_wait</c>: an eventfd.</summary>
/// <remarks>
/// Rung from any thread, also while the loop ends: the lock keeps a ring from reaching a descriptor that has been closed and given to somebody else. It is watched
/// edge-triggered, so that nobody needs to read it: each ring is an edge of its own, and its counter does not fill in the life of a machine.
/// </remarks>
internal sealed class LoopBell : IDisposable
{
    private readonly Lock _gate = new();
    private int _descriptor = Epoll.Checked(Libc.EventCreate(), "eventfd");

    public void Hang(Epoll epoll, ulong data) => epoll.Watch(_descriptor, EpollFlags.Readable | EpollFlags.EdgeTriggered, data);

    public void Ring()
    {
        lock (_gate)
        {
            if (_descriptor >= 0) _ = Libc.EventAdd(_descriptor);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_descriptor < 0) return;
            _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }
}
