namespace Wanwu.Telemetry.Log;

/// <summary>Senders the log has no room for at present, in the order they came, and what they may append while the store is behind.</summary>
/// <remarks>
/// Each turn grants a fiftieth of the room that is left: fifty turns a second, so at most the room is taken in about a second, and what is left shrinks ever more
/// slowly. Where the store keeps up on the whole, the room settles where as much is granted as it takes. Not thread-safe: the log asks it under its own lock.
/// </remarks>
internal sealed class WaitingSenders : IDisposable
{
    private const int Share = 50, FewestAtOnce = 8;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);
    private readonly Queue<TaskCompletionSource<bool>> _senders = new();
    private readonly ITimer _timer;
    private bool _isTicking;
    private int _atOnce = FewestAtOnce;
    private long _granted;

    /// <param name="turn">Called for every turn, without any lock; to call <see cref="Grant"/>.</param>
    public WaitingSenders(TimeProvider clock, Action turn) =>
        _timer = clock.CreateTimer(static turn => ((Action)turn!)(), turn, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public bool Any => _senders.Count > 0;

    /// <summary>Whether something of the grant is left.</summary>
    public bool MayGoOn => _granted > 0;

    /// <summary>What a message took. One larger than the grant takes from those to come.</summary>
    public void Spend(long bytes) => _granted -= bytes;

    /// <summary>True: try again. False: the log takes nothing.</summary>
    public Task<bool> JoinAsync()
    {
        var sender = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _senders.Enqueue(sender);
        if (!_isTicking) Tick(true);
        return sender.Task;
    }

    /// <summary>One turn. As many are woken as could use the last grant: more if some of it was left, fewer if it was gone.</summary>
    public void Grant(long room)
    {
        if (_senders.Count == 0)
        {
            Tick(false);
            return;
        }
        _atOnce = MayGoOn ? Math.Min(2 * _atOnce, 1 << 20) : Math.Max(FewestAtOnce, _atOnce / 2);
        _granted = Math.Min(_granted, 0) + Math.Max(0, room) / Share;
        for (var i = 0; MayGoOn && i < _atOnce && _senders.TryDequeue(out var sender); i++) sender.TrySetResult(true);
    }

    public void LetAllGo(bool hasRoom)
    {
        _granted = 0;
        while (_senders.TryDequeue(out var sender)) sender.TrySetResult(hasRoom);
    }

    private void Tick(bool on)
    {
        _isTicking = on;
        _timer.Change(on ? Turn : Timeout.InfiniteTimeSpan, on ? Turn : Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
