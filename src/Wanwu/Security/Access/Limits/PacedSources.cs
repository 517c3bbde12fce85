using System.Runtime.CompilerServices;

namespace Wanwu.Security.Access.Limits;

/// <summary>So much a second from each source, of which a burst may come at once.</summary>
/// <remarks>
/// Thread-safe. One number a source (the generic cell rate algorithm), of the latest sources: with more than that at once each is forgotten before its time and begins
/// anew.
/// </remarks>
/// <param name="perSecond">0: no limit.</param>
internal sealed class PacedSources<TSource>(double perSecond, double burst, TimeProvider clock, int most = 50_000) where TSource : notnull
{
    private readonly long _each = perSecond > 0 ? (long)(clock.TimestampFrequency / perSecond) : 0, _burst = perSecond > 0 ? (long)(burst * clock.TimestampFrequency / perSecond) : 0;
    private readonly Generations<TSource, StrongBox<long>> _due = new(most);

    /// <summary>Spends one of what the source has. The answer is how long it must wait when there is none; then nothing is spent.</summary>
    public TimeSpan Spend(TSource source)
    {
        if (_each == 0) return TimeSpan.Zero;
        var box = _due.Enter(source);
        while (true)
        {
            var (due, now) = (Volatile.Read(ref box.Value), clock.GetTimestamp());
            var next = Math.Max(due, now) + _each;
            if (next - now - _burst is > 0 and var over) return WaitOf(over);
            if (Interlocked.CompareExchange(ref box.Value, next, due) == due) return TimeSpan.Zero;
        }
    }

    /// <summary>How long the source must wait for one more; nothing is spent, and an unknown source is not remembered.</summary>
    public TimeSpan WaitOf(TSource source)
    {
        if (_each == 0 || _due.Find(source) is not { } box) return TimeSpan.Zero;
        var now = clock.GetTimestamp();
        return WaitOf(Math.Max(Volatile.Read(ref box.Value), now) + _each - now - _burst);
    }

    /// <summary>Sources that are remembered.</summary>
    internal int Count => _due.Count;

    private TimeSpan WaitOf(long ticks) => ticks > 0 ? TimeSpan.FromSeconds((double)ticks / clock.TimestampFrequency) : TimeSpan.Zero;
}
