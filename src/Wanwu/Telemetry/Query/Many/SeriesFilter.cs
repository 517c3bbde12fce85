using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Which series a question is about. What is not set, does not filter.</summary>
internal sealed record SeriesFilter
{
    /// <summary>These things and no others; each must be there for the caller to see.</summary>
    public IReadOnlyList<ThingId> Things { get; init; } = [];
    /// <summary>What must hold together.</summary>
    public ThingFilter All { get; init; } = ThingFilter.All;
    /// <summary>Of each of these sets at least one must hold: several models, regions, organisations, sectors.</summary>
    public IReadOnlyList<IReadOnlyList<ThingFilter>> AnyOf { get; init; } = [];
    /// <summary>Any of these.</summary>
    public IReadOnlyList<PropertyName> Properties { get; init; } = [];
    /// <summary>Only properties that the thing's model calls personal.</summary>
    public bool IsPersonal { get; init; }

    public bool Takes(ThingEntry thing, PropertyName property) =>
        (Properties.Count == 0 || Properties.Contains(property)) && (!IsPersonal || thing.Model?.Model.FindProperty(property) is { Personal: true });

    public bool Takes(ThingEntry thing, OrganisationTree organisations)
    {
        foreach (var any in AnyOf)
            if (!any.Any(one => one.Takes(thing, organisations))) return false;
        return true;
    }
}

/// <summary>One property of one thing.</summary>
/// <param name="Series">Null where nothing was ever reported, though the model says that it should be.</param>
/// <param name="Mask">How its values are masked; null: they are seen in clear.</param>
internal readonly record struct ChosenSeries(ThingEntry Thing, PropertyName Property, Series? Series, Masking? Mask = null);

/// <summary>What may be chosen.</summary>
/// <param name="Visible">The things whose observations the caller may see.</param>
/// <param name="Sight">How it sees their values.</param>
/// <param name="WithMasked">Whether series count that are seen masked; those that are not seen at all never do.</param>
internal sealed record ChoiceSight(Func<ThingEntry, bool> Visible, Func<ThingEntry, ThingSight> Sight, bool WithMasked)
{
    public bool Takes(PropertySight sight) => sight.IsClear || (WithMasked && sight.ShowsNow);
}

/// <summary>What came of choosing series.</summary>
/// <param name="Missing">A thing that was named and is not there, or not for the caller to see.</param>
/// <param name="IsTooMany">There are more than one question may be about.</param>
internal readonly record struct SeriesChoice(List<ChosenSeries> Series, ThingId? Missing, bool IsTooMany);

/// <summary>Chooses series by what is known of their things. All in memory.</summary>
internal sealed class SeriesPicker(ThingDirectory things, ThingSearch search, SeriesTable series)
{
    /// <summary>In order of thing and property.</summary>
    /// <param name="withUnreported">Whether properties that a model has and the thing never reported count too.</param>
    public SeriesChoice Pick(SeriesFilter filter, ChoiceSight sight, int most, bool withUnreported)
    {
        var visible = sight.Visible;
        if (FirstMissing(filter, visible) is { } missing) return new SeriesChoice([], missing, false);
        var picked = new List<ChosenSeries>();
        foreach (var thing in Candidates(filter, visible))
        {
            AddSeries(thing, filter, sight, withUnreported, picked);
            if (picked.Count > most) return new SeriesChoice([], null, true);
        }
        return new SeriesChoice(picked, null, false);
    }

    private ThingId? FirstMissing(SeriesFilter filter, Func<ThingEntry, bool> visible)
    {
        foreach (var id in filter.Things)
            if (things.Find(id) is not { } thing || !visible(thing)) return id;
        return null;
    }

    private IEnumerable<ThingEntry> Candidates(SeriesFilter filter, Func<ThingEntry, bool> visible)
    {
        if (filter.Things.Count > 0)
            return filter.Things.Distinct().Order().Select(id => things.Find(id)!).Where(thing => filter.All.Takes(thing, things.Organisations) && filter.Takes(thing, things.Organisations));
        var selection = search.Select(filter.All, ThingSort.Id, descending: false, thing => filter.Takes(thing, things.Organisations) && visible(thing));
        return selection.Window(0, selection.Count);
    }

    private void AddSeries(ThingEntry thing, SeriesFilter filter, ChoiceSight sight, bool withUnreported, List<ChosenSeries> picked)
    {
        var first = picked.Count;
        var known = series.FindThing(thing.Id);
        foreach (var one in known is null ? [] : known.All)
            if (filter.Takes(thing, one.Property)) picked.Add(new ChosenSeries(thing, one.Property, one));
        foreach (var property in withUnreported && thing.Model is { } model ? model.Properties : [])
        {
            if (property.Affordance.Optional || known?.Find(property.Name) is not null) continue;
            if (filter.Takes(thing, property.Name)) picked.Add(new ChosenSeries(thing, property.Name, null));
        }
        if (sight.Sight(thing) is { IsClear: false } seen) Mask(picked, first, sight, seen);
        picked.Sort(first, picked.Count - first, ByProperty.Instance);
    }

    /// <summary>Leaves out what of the thing is not to be seen, and notes how the rest is masked.</summary>
    private static void Mask(List<ChosenSeries> picked, int first, ChoiceSight sight, ThingSight seen)
    {
        for (var i = picked.Count - 1; i >= first; i--)
        {
            var property = seen.Of(picked[i].Property);
            if (!sight.Takes(property)) picked.RemoveAt(i);
            else if (property.Mask is { } mask) picked[i] = picked[i] with { Mask = mask };
        }
    }

    private sealed class ByProperty : IComparer<ChosenSeries>
    {
        public static readonly ByProperty Instance = new();

        public int Compare(ChosenSeries x, ChosenSeries y) => x.Property.CompareTo(y.Property);
    }
}
