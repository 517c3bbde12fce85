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

    public bool IsWhole(Caller caller) => rules.MayEverywhere(caller, Permission.ReadThings) && rules.MayEverywhere(caller, Permission.ReadObservations);

    /// <summary>As of one moment.</summary>
    public IEnumerable<ThingEntry> Things(Caller caller)
    {
        var (snapshot, mayRead) = (things.Snapshot, MayRead(caller));
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (snapshot[slot] is var thing && mayRead(thing)) yield return thing;
    }

    public IReadOnlyList<Series> Of(ThingId thing) => series.FindThing(thing)?.All.ToArray() ?? [];

    /// <summary>Those within reach of the query.</summary>
    public List<Series> Series(Caller caller, SqlReach reach)
    {
        var ids = reach.Things is { } named ? Named(caller, named)
            : IsWhole(caller) ? series.Things.Select(thing => thing.Thing)
            : Things(caller).Select(thing => thing.Id);
        return [.. ids.SelectMany(Of).Where(known => reach.Properties?.Contains(known.Property.ToString()) != false)];
    }

    private IEnumerable<ThingId> Named(Caller caller, IEnumerable<string> names)
    {
        var (isWhole, mayRead) = (IsWhole(caller), MayRead(caller));
        foreach (var name in names)
            if (ThingId.TryParse(name, null, out var id) && id.ToString() == name && (isWhole || things.Find(id) is { } thing && mayRead(thing))) yield return id;
    }

    private Func<ThingEntry, bool> MayRead(Caller caller)
    {
        var visible = rules.Visible(caller);
        return thing => visible(thing) && rules.May(caller, Permission.ReadObservations, thing);
    }
}
