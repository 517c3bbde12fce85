using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Sql.Reach;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql;

/// <summary>Which things and series somebody's query may read observations of.</summary>
internal sealed class SqlSight(ThingDirectory things, SeriesTable series, AccessRules rules)
{
    public ThingDirectory Directory => things;

    public Func<ThingEntry, bool> Visible(Caller caller) => rules.Visible(caller);

    public bool IsWhole(Caller caller) => rules.SeesAllClear(caller, things) && rules.MayEverywhere(caller, Permission.ReadThings) && rules.MayEverywhere(caller, Permission.ReadObservations);

    /// <summary>As of one moment.</summary>
    public IEnumerable<ThingEntry> Things(Caller caller)
    {
        var (snapshot, mayRead) = (things.Snapshot, MayRead(caller));
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (snapshot[slot] is var thing && mayRead(thing)) yield return thing;
    }

    private IReadOnlyList<Series> Of(ThingId thing) => series.FindThing(thing)?.All.ToArray() ?? [];

    /// <summary>The series of the thing that are seen in clear. Others are not there for a query: whatever it asked of them would tell of their values.</summary>
    public IEnumerable<Series> Of(Caller caller, ThingEntry thing)
    {
        var sight = rules.SightOf(caller, thing);
        return sight.IsClear ? Of(thing.Id) : Of(thing.Id).Where(known => sight.Of(known.Property).IsClear);
    }

    /// <summary>Those within reach of the query.</summary>
    public List<Series> Series(Caller caller, SqlReach reach)
    {
        var known = IsWhole(caller)
            ? (reach.Things?.Select(IdOf).OfType<ThingId>() ?? series.Things.Select(thing => thing.Thing)).SelectMany(Of)
            : (reach.Things is { } named ? Named(caller, named) : Things(caller)).SelectMany(thing => Of(caller, thing));
        return [.. known.Where(one => reach.Properties?.Contains(one.Property.ToString()) != false)];
    }

    private IEnumerable<ThingEntry> Named(Caller caller, IEnumerable<string> names)
    {
        var mayRead = MayRead(caller);
        foreach (var name in names)
            if (IdOf(name) is { } id && things.Find(id) is { } thing && mayRead(thing)) yield return thing;
    }

    private static ThingId? IdOf(string name) => ThingId.TryParse(name, null, out var id) && id.ToString() == name ? id : null;

    private Func<ThingEntry, bool> MayRead(Caller caller)
    {
        var visible = rules.Visible(caller);
        return thing => visible(thing) && rules.May(caller, Permission.ReadObservations, thing);
    }
}
