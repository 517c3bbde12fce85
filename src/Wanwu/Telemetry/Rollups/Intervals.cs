namespace Wanwu.Telemetry.Rollups;

/// <summary>Stretches of time in order, apart from one another. Never changes.</summary>
internal sealed class Intervals
{
    public static readonly Intervals None = new([]);
    private readonly List<(long From, long To)> _all;

    private Intervals(List<(long, long)> ordered) => _all = ordered;

    public IReadOnlyList<(long From, long To)> All => _all;
    public bool IsEmpty => _all.Count == 0;
    public long From => _all[0].From;
    public long To => _all[^1].To;

    public static Intervals Of(long from, long to) => from < to ? new([(from, to)]) : None;

    public static Intervals Of(IEnumerable<(long From, long To)> any)
    {
        var all = new List<(long From, long To)>();
        foreach (var (from, to) in any.Where(one => one.From < one.To).OrderBy(one => one.From))
        {
            if (all.Count > 0 && from <= all[^1].To) all[^1] = (all[^1].From, Math.Max(all[^1].To, to));
            else all.Add((from, to));
        }
        return new Intervals(all);
    }

    public Intervals And(Intervals other)
    {
        var both = new List<(long, long)>();
        for (var (i, k) = (0, 0); i < _all.Count && k < other._all.Count;)
        {
            var (from, to) = (Math.Max(_all[i].From, other._all[k].From), Math.Min(_all[i].To, other._all[k].To));
            if (from < to) both.Add((from, to));
            if (_all[i].To < other._all[k].To) i++;
            else k++;
        }
        return new Intervals(both);
    }

    public Intervals Without(Intervals other)
    {
        if (other.IsEmpty || IsEmpty) return this;
        var gaps = new List<(long, long)>();
        var next = long.MinValue;
        foreach (var (from, to) in other._all)
        {
            if (next < from) gaps.Add((next, from));
            next = to;
        }
        if (next < long.MaxValue) gaps.Add((next, long.MaxValue));
        return And(new Intervals(gaps));
    }

    public Intervals Or(Intervals other) => other.IsEmpty ? this : IsEmpty ? other : Of(_all.Concat(other._all));

    public bool Meets(long from, long to) => FirstBehind(from) is var i && i < _all.Count && _all[i].From < to;

    public bool Holds(long from, long to) => FirstBehind(from) is var i && i < _all.Count && _all[i].From <= from && _all[i].To >= to;

    /// <summary>The first stretch that ends behind <paramref name="time"/>.</summary>
    private int FirstBehind(long time)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_all[middle].To <= time) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
