using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>A request on its way to be a question: reads what is common to all questions, then what is particular to each. Faults gather in the parameters.</summary>
internal sealed class Asking(Asking.Rooms rooms, Caller caller, QueryParameters query)
{
    public const string Time = "from (inclusive), to (exclusive), quality, limit, cursor.";
    private const int MostMeasures = 20, MostTop = 10_000;

    /// <summary>What a question is made with.</summary>
    internal sealed record Rooms(ManyQueries Queries, SeriesPicker Picker, SeriesRelations Relations, AccessRules Access, TimeProvider Clock);

    public ManyParameters Parameters { get; } = new(query);

    /// <summary>A thing that was named and is not there for the caller.</summary>
    public ThingId? Missing { get; private set; }

    /// <summary>The observations themselves.</summary>
    public static Question? Raw(Asking asking) => asking.ReadRaw();

    /// <summary>Aggregates of series or groups.</summary>
    public static Question? Buckets(Asking asking) => asking.ReadBuckets();

    private RawQuestion? ReadRaw()
    {
        query.RefuseUnknown([.. ManyParameters.Known, "order"]);
        var order = query.Text("order");
        if (order is not (null or "asc" or "desc")) query.Fault("order", "asc or desc");
        return ReadScope(Lines.OfSeries, null) is { } scope ? new RawQuestion(scope, order == "desc") : null;
    }

    private BucketQuestion? ReadBuckets()
    {
        query.RefuseUnknown([.. ManyParameters.Known, "every", "zone", "aggregate", "group"]);
        var every = query.Value<BucketWidth>("every", text => BucketWidth.TryParse(text, out var parsed) ? parsed : null, BucketWidth.Rule);
        var measures = Several<Measure>("aggregate", Measure.TryParse, Measure.Rule, MostMeasures);
        if (measures.Count == 0) foreach (var name in (string[])["avg", "min", "max", "count"]) if (Measure.TryParse(name, out var measure)) measures.Add(measure);
        var groups = Several<GroupBy>("group", GroupBy.TryParse, GroupBy.Rule, MostMeasures);
        var zone = query.Zone("zone");
        var scope = ReadScope(picked => groups.Count == 0 ? Lines.OfSeries(picked) : Lines.OfGroups(picked, groups), BucketQuery.DefaultQualities);
        if (scope is null) return null;
        return new BucketQuestion(scope, new Cut(every, zone ?? (every is null ? TimeZoneInfo.Utc : ZoneOf(scope))), measures);
    }

    private delegate bool TryParse<T>(string text, out T value);

    /// <summary>A list divided by commas, each once.</summary>
    private List<T> Several<T>(string name, TryParse<T> tryParse, string rule, int most)
    {
        var values = new List<T>();
        foreach (var text in query.Texts(name).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (tryParse(text, out var value) && values.Count < most) values.Add(value);
            else query.Wrong(name, $"'{ThingRules.Short(text)}' is not {rule}, at most {most}.");
        }
        return [.. values.Distinct()];
    }

    private Scope? ReadScope(Func<List<ChosenSeries>, Lines> divide, IReadOnlyList<Quality>? otherwise, bool withUnreported = false)
    {
        var filter = Parameters.Filter();
        var (from, to) = Parameters.Time();
        var qualities = query.ManyOf<Quality>("quality") ?? otherwise;
        if (query.IsWrong) return null;
        var visible = rooms.Access.Visible(caller);
        var choice = rooms.Picker.Pick(filter, thing => visible(thing) && rooms.Access.May(caller, Permission.ReadObservations, thing), rooms.Queries.Options.MaxSeries, withUnreported);
        Missing = choice.Missing;
        if (choice.IsTooMany)
            query.Wrong("series", $"The question is about more than {rooms.Queries.Options.MaxSeries} series. Narrow it by {ManyParameters.Series}, or put it in parts.");
        if (query.IsWrong || Missing is not null) return null;
        var lines = divide(choice.Series);
        return new Scope(lines, from.Microseconds, to.Microseconds, qualities, Parameters.Cursor(lines), rooms.Relations);
    }

    /// <summary>The zone all the things share.</summary>
    private TimeZoneInfo ZoneOf(Scope scope)
    {
        var zones = scope.Lines.All.SelectMany(line => line.Members).Select(member => member.Thing.Zone.Id).Distinct().Take(5).ToList();
        if (zones.Count > 1) query.Wrong("zone", $"The things are in several zones ({string.Join(", ", zones)}): say in which days and months are cut, as zone={zones[0]}.");
        return zones.Count == 0 ? TimeZoneInfo.Utc : scope.Lines.All[0].Members[0].Thing.Zone;
    }
}
