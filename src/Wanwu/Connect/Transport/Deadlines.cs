namespace Wanwu.Connect.Transport;

/// <summary>Connections that are closing, and how long each may still take.</summary>
/// <remarks>Belongs to its loop. All have the same time, so the first to come is the first due; one timer, set for that one, wakes the loop.</remarks>
internal sealed class Deadlines : IDisposable
{
    /// <summary>More than these at a time are not waited for: whoever opens connections only to be thrown out must not use up the descriptors.</summary>
    private const int AtMost = 4096;
    private readonly LinkedList<LinuxConnection> _closing = [];
    private readonly TimeProvider _clock;
    private readonly TimeSpan _allowed;
    private readonly ITimer _timer;
    private bool _armed;

    public Deadlines(TimeProvider clock, TimeSpan allowed, Action wake)
    {
        (_clock, _allowed) = (clock, allowed);
        _timer = clock.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(LinuxConnection connection)
    {
        connection.ClosingSince = _clock.GetTimestamp();
        connection.Deadline = _closing.AddLast(connection);
        if (_closing.Count > AtMost) _closing.First!.Value.Expire();
        Arm();
    }

    public void Remove(LinuxConnection connection)
    {
        if (connection.Deadline is { List: not null } node) _closing.Remove(node);
    }

    /// <summary>The loop was woken by the timer.</summary>
    public void Expire()
    {
        _armed = false;
        while (_closing.First is { } first && _clock.GetElapsedTime(first.Value.ClosingSince) >= _allowed) first.Value.Expire();
        Arm();
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (_armed || _closing.First is not { } first) return;
        _armed = true;
        var left = _allowed - _clock.GetElapsedTime(first.Value.ClosingSince);
        _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
