using System.Runtime.InteropServices;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>What has expired of a class of series: times within the stretches, which are in order and apart.</summary>
/// <param name="Raw">Of observations.</param>
/// <param name="Overdue">Of observations, as it was so many days ago that a file must not hold them any longer.</param>
/// <param name="Held">What would have expired too, were it not held.</param>
/// <param name="Policy">The policy that says so.</param>
internal sealed record ClassTerms(ColdPeriod[] Raw, ColdPeriod[] Overdue, ColdPeriod[] Held, RetentionPolicy Policy)
{
    /// <summary>Of observations that have expired those whose rollups stay.</summary>
    public required ColdPeriod[] Keeping { get; init; }
    /// <summary>Of rollups.</summary>
    public required ColdPeriod[] Rollups { get; init; }
    /// <summary>Of rollups, so many days ago.</summary>
    public required ColdPeriod[] RollupsOverdue { get; init; }
    /// <summary>Of rollups that would have expired too, were they not held.</summary>
    public required ColdPeriod[] RollupsHeld { get; init; }

    /// <summary>How much of [<paramref name="first"/>, <paramref name="last"/>] lies within the stretches, from 0 to 1; exact where it is one of these.</summary>
    public static double Share(ColdPeriod[] stretches, long first, long last)
    {
        var inside = 0d;
        foreach (var one in stretches)
        {
            if (one.From > last || one.To <= first) continue;
            if (one.From <= first && one.To > last) return 1;
            inside += Math.Min(one.To, last + 1) - Math.Max(one.From, first);
        }
        return inside / (last + 1d - first);
    }

    public static bool IsIn(ColdPeriod[] stretches, long time)
    {
        foreach (var one in stretches)
            if (time >= one.From && time < one.To) return true;
        return false;
    }
}

/// <summary>What has expired of every series, by the rules of one moment.</summary>
/// <remarks>Series of one class share their terms; there are few classes and many series.</remarks>
internal sealed class SeriesTerms
{
    private readonly ClassTerms[] _bySeries;
    private readonly Dictionary<(string Property, string? Model, string? Organisation, string? Thing), ClassTerms> _byClass = [];
    private readonly RetentionRules _rules;
    private readonly List<PolicySet> _sets;
    private readonly LegalHold[] _holds;
    private readonly long _now;
    private readonly long _bound;

    public SeriesTerms(RetentionRules rules, SeriesTable series, ThingDirectory things, Timestamp now, int overdueAfterDays)
    {
        (_rules, _now) = (rules, now.Microseconds);
        _bound = _now - overdueAfterDays * ColdPeriod.MicrosecondsPerDay;
        Organisations = things.Organisations;
        _sets = rules.SetsFrom(now);
        _holds = [.. rules.Standing];
        var heldThings = _holds.SelectMany(hold => hold.Things).ToHashSet(StringComparer.Ordinal);
        _bySeries = new ClassTerms[series.Count + 1];
        for (var i = 1; i < _bySeries.Length; i++)
        {
            if (series.Find(i) is not { } one) continue;
            var of = ClassOf(one, things);
            ref var terms = ref CollectionsMarshal.GetValueRefOrAddDefault(_byClass, (of.Property, of.Model, of.Organisation, heldThings.Contains(of.Thing) ? of.Thing : null), out _);
            _bySeries[i] = terms ??= TermsOf(of);
        }
    }

    public RetentionRules Rules => _rules;

    /// <summary>The tree by which organisations were told apart.</summary>
    public OrganisationTree Organisations { get; }

    /// <summary>Whether anything at all can have expired.</summary>
    public bool HasLimits => _sets.TrueForAll(set => set.HasLimits);

    public ClassTerms? Of(int series) => (uint)series < (uint)_bySeries.Length ? _bySeries[series] : null;

    public IEnumerable<(int Series, ClassTerms Terms)> All()
    {
        for (var i = 1; i < _bySeries.Length; i++)
            if (_bySeries[i] is { } terms) yield return (i, terms);
    }

    /// <summary>Whether rollups of anything stay when their observations go.</summary>
    public bool KeepsRollups => _byClass.Values.Any(terms => terms.Keeping.Length > 0);

    /// <summary>Every series of which something can have expired.</summary>
    public IEnumerable<(int Series, ClassTerms Terms)> Limited()
    {
        foreach (var one in All())
            if (one.Terms.Raw.Length > 0) yield return one;
    }

    public static SeriesClass ClassOf(Series series, ThingDirectory things)
    {
        var thing = things.Find(series.Thing);
        return new SeriesClass(series.Thing.ToString(), thing?.Model?.Id, thing?.Organisation, series.Property.ToString(), things.Organisations);
    }

    private ClassTerms TermsOf(in SeriesClass of)
    {
        var held = new List<ColdPeriod>();
        foreach (var hold in _holds)
            if (hold.Takes(of)) held.Add(new ColdPeriod(hold.From?.Microseconds ?? long.MinValue, hold.To?.Microseconds ?? long.MaxValue));
        held.Sort(static (a, b) => a.From.CompareTo(b.From));
        var (now, bound) = ((Raw: long.MaxValue, Rollups: long.MaxValue), (Raw: long.MaxValue, Rollups: long.MaxValue));
        foreach (var set in _sets)
        {
            now = Earlier(now, set.For(of).CutoffsAt(_now));
            bound = Earlier(bound, set.For(of).CutoffsAt(_bound));
        }
        var gone = Before(now.Raw, held);
        return new ClassTerms(gone, Before(bound.Raw, held), Within(held, now.Raw), _sets[0].For(of))
        {
            Keeping = [.. gone.Where(one => one.To > now.Rollups).Select(one => one with { From = Math.Max(one.From, now.Rollups) })],
            Rollups = Before(now.Rollups, held),
            RollupsOverdue = Before(bound.Rollups, held),
            RollupsHeld = Within(held, now.Rollups),
        };
    }

    private static (long Raw, long Rollups) Earlier((long Raw, long Rollups) one, (long Raw, long Rollups) other) => (Math.Min(one.Raw, other.Raw), Math.Min(one.Rollups, other.Rollups));

    private static ColdPeriod[] Within(List<ColdPeriod> held, long cutoff) => [.. held.Where(one => one.From < cutoff).Select(one => one with { To = Math.Min(one.To, cutoff) })];

    /// <summary>Everything before the cut-off that is not held.</summary>
    private static ColdPeriod[] Before(long cutoff, List<ColdPeriod> held)
    {
        var stretches = new List<ColdPeriod>();
        var from = long.MinValue;
        foreach (var hold in held)
        {
            if (hold.From > from) stretches.Add(new ColdPeriod(from, Math.Min(hold.From, cutoff)));
            from = Math.Max(from, hold.To);
        }
        if (from < cutoff) stretches.Add(new ColdPeriod(from, cutoff));
        return [.. stretches.Where(one => one.From < one.To && one.From < cutoff)];
    }
}
