namespace Wanwu.Telemetry.Log;

/// <summary>Senders the log has no room for at present, in the order they came, and what they may append while the store is behind.</summary>
/// <remarks>
/// Each turn grants a fiftieth of the room that is left: fifty turns a second, so at most the room is taken in about a second, and what is left shrinks ever more
/// slowly. Where the store keeps up on the whole, the room settles where as much is granted as it takes.
/// <para>
/// Nobody is overtaken. Whoever is let in may append until its allowance is gone, though others have come meanwhile and the turn's grant is taken; whoever was not let in
/// finds no room while anybody waits; and whoever was let in and found no room after all stands where it stood. So those who came before a sender hold it up by an allowance and a
/// message each, at most. Of two turns at least one uses up what it grants, or twice as many are let in as in the last: with <c>b</c> bytes before it and <c>r</c> of room, a
/// sender waits <c>2 ln(r / (r - b)) / ln(50/49) + log2(senders) + 1</c> turns at most, however long the store takes nothing.
/// </para>
/// Not thread-safe: the log asks it under its own lock.
/// </remarks>
internal sealed class WaitingSenders : IDisposable
{
    internal const int Allowance = 4_096;
    private const int Share = 50, FewestAtOnce = 8;
    internal static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);
    private readonly PriorityQueue<(SenderPlace Place, TaskCompletionSource<bool> Wait), long> _senders = new();
    private readonly ITimer _timer;
    private bool _isTicking;
    private int _atOnce = FewestAtOnce;
    private long _granted;
    private long _last;

    /// <param name="turn">Called for every turn, without any lock; to call <see cref="Grant"/>.</param>
    public WaitingSenders(TimeProvider clock, Action turn) =>
        _timer = clock.CreateTimer(static turn => ((Action)turn!)(), turn, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Whether a sender may append now: it was let in, or something of the grant is left and nobody waits for it.</summary>
    public bool MayGoOn(SenderPlace? place) => place is { Allowance: > 0 } || (_granted > 0 && _senders.Count == 0);

    /// <summary>What a message took. One larger than the grant takes from those to come.</summary>
    public void Spend(SenderPlace? place, long bytes)
    {
        _granted -= bytes;
        if (place is not null) (place.Number, place.Allowance) = (0, place.Allowance - bytes);
    }

    /// <summary>True: try again. False: the log takes nothing.</summary>
    public Task<bool> JoinAsync(SenderPlace place)
    {
        var sender = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (place.Number == 0) place.Number = ++_last;
        place.Allowance = 0;
        _senders.Enqueue((place, sender), place.Number);
        if (!_isTicking) Tick(true);
        return sender.Task;
    }

    /// <summary>One turn. As many are let in as can use their allowance, and where that is more as could use the last grant: more if some of it was left, fewer if it was gone.</summary>
    public void Grant(long room)
    {
        if (_senders.Count == 0)
        {
            Tick(false);
            return;
        }
        _atOnce = _granted > 0 ? Math.Min(2 * _atOnce, 1 << 20) : Math.Max(FewestAtOnce, _atOnce / 2);
        _granted = Math.Min(_granted, 0) + Math.Max(0, room) / Share;
        var most = Math.Max(_atOnce, _granted / Allowance);
        for (var i = 0; _granted > 0 && i < most && _senders.TryDequeue(out var sender, out _); i++)
        {
            sender.Place.Allowance = Allowance;
            sender.Wait.TrySetResult(true);
        }
    }

    public void LetAllGo(bool hasRoom)
    {
        _granted = 0;
        while (_senders.TryDequeue(out var sender, out _)) sender.Wait.TrySetResult(hasRoom);
    }

    private void Tick(bool on)
    {
        _isTicking = on;
        _timer.Change(on ? Turn : Timeout.InfiniteTimeSpan, on ? Turn : Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
