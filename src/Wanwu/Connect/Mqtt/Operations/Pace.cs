namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>So much in a second, of which a second's worth may come at once.</summary>
/// <remarks>
/// One number: the moment at which everything spent so far would have been spent at the even pace (the generic cell rate algorithm). It belongs to whoever
/// spends; <see cref="SharedPace"/> is for several.
/// </remarks>
/// <param name="perSecond">0: no limit.</param>
/// <param name="second">Ticks of a second.</param>
internal struct Pace(int perSecond, long second)
{
    private readonly double _each = perSecond > 0 ? (double)second / perSecond : 0;
    private long _due;

    /// <summary>Spends, whether there is any left or not; the answer is for how many ticks nothing more should be.</summary>
    public long Spend(long count, long now)
    {
        if (_each == 0) return 0;
        _due = Math.Max(_due, now) + (long)(count * _each);
        return Math.Max(0, _due - now - second);
    }
}

/// <summary>A pace that several keep together. Thread-safe, without a lock.</summary>
internal sealed class SharedPace(int perSecond, long second)
{
    private readonly double _each = perSecond > 0 ? (double)second / perSecond : 0;
    private long _due;

    /// <inheritdoc cref="Pace.Spend"/>
    public long Spend(long count, long now) => Reserve(count, now, long.MaxValue) ?? 0;

    /// <summary>Spends unless one would have to wait for longer than <paramref name="patience"/>: then the answer is null.</summary>
    public long? Reserve(long count, long now, long patience)
    {
        if (_each == 0) return 0;
        while (true)
        {
            var due = Volatile.Read(ref _due);
            var next = Math.Max(due, now) + (long)(count * _each);
            var wait = Math.Max(0, next - now - second);
            if (wait > patience) return null;
            if (Interlocked.CompareExchange(ref _due, next, due) == due) return wait;
        }
    }
}
