using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Single values as somebody may see them: in clear, masked, or not at all. Whether somebody may see a thing's values is asked before.</summary>
internal sealed class SightedValues(ObservationQueries queries, AccessRules access, ValueMasks masks, TimeProvider clock)
{
    public ObservationQueries Queries => queries;

    /// <summary>The latest of every property that is seen at all.</summary>
    public IReadOnlyList<LatestValue> Latest(Caller caller, ThingEntry thing)
    {
        var values = queries.Latest(thing.Id);
        var sight = access.SightOf(caller, thing);
        return sight.IsClear ? values : [.. values.Select(value => Now(sight, value)).OfType<LatestValue>()];
    }

    /// <summary>A value at the moment it has, or null where it is not to be seen. A mask of times takes it away: who looks on knows when it is.</summary>
    public LatestValue? Now(Caller caller, ThingEntry thing, LatestValue value) => Now(access.SightOf(caller, thing), value);

    /// <summary>What was put right, as far as it is seen.</summary>
    public IReadOnlyList<Correction> Of(Caller caller, ThingEntry thing, IReadOnlyList<Correction> corrections)
    {
        var sight = access.SightOf(caller, thing);
        return sight.IsClear ? corrections : [.. corrections.Select(correction => Of(sight.Of(correction.Series.Property), correction)).OfType<Correction>()];
    }

    private Correction? Of(PropertySight sight, Correction correction) => sight.IsClear ? correction : !sight.ShowsNow ? null : correction with
    {
        Value = masks.Of(sight, correction.Value), Original = correction.Original with { Value = masks.Of(sight, correction.Original.Value) },
    };

    private LatestValue? Now(ThingSight sight, LatestValue value)
    {
        var property = sight.Of(value.Observation.Series.Property);
        return property.IsClear ? value
            : property.ShowsNow ? value with { Observation = value.Observation with { Value = masks.Of(property, value.Observation.Value) } }
            : null;
    }

    /// <summary>A page of a series that is seen masked. With a mask of times: one value for each stretch that is over, told with its beginning, whatever the bounds and the page.</summary>
    public async Task<SeriesPage> ReadAsync(SeriesQuery query, PropertySight sight, CancellationToken stop)
    {
        if (sight.Mask is not { } mask) return await queries.ReadAsync(query, stop);
        if (mask.Kind == MaskKind.Remove) return new SeriesPage([], null);
        if (mask.Within is not { } within) return Masked(mask, await queries.ReadAsync(query, stop));
        var width = (long)within.TotalMicroseconds;
        var over = Floor(Timestamp.Now(clock).Microseconds, width);
        var bounded = query with { From = Floored(query.From, width), To = new Timestamp(Math.Min(Floor(query.To.Microseconds, width), over)) };
        return bounded.To <= bounded.From ? new SeriesPage([], null) : Thinned(Masked(mask, await queries.ReadAsync(bounded, stop)), query.Descending, width);
    }

    private SeriesPage Masked(Masking mask, SeriesPage page) => page with { Items = [.. page.Items.Select(item => item with { Value = masks.Of(mask, item.Value) })] };

    /// <summary>The first of each stretch as the page goes; the next page begins behind the last stretch.</summary>
    private static SeriesPage Thinned(SeriesPage page, bool descending, long width)
    {
        var kept = new List<StoredObservation>();
        foreach (var item in page.Items)
        {
            var start = Floored(item.Time, width);
            if (kept.Count == 0 || kept[^1].Time != start) kept.Add(item with { Time = start });
        }
        if (page.Next is null) return new SeriesPage(kept, null);
        var last = kept[^1].Time.Microseconds;
        return new SeriesPage(kept, new Timestamp(descending ? last : last + width - 1));
    }

    private static Timestamp Floored(Timestamp time, long width) => new(Floor(time.Microseconds, width));

    private static long Floor(long time, long width) => time <= long.MinValue + width ? time : time - (time % width + width) % width;
}
