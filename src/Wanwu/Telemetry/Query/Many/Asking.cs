using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>A request on its way to be a question: reads what is common to all questions, then what is particular to each. Faults gather in the parameters.</summary>
internal sealed class Asking(Asking.Rooms rooms, Caller caller, QueryParameters query)
{
    public const string Time = "from (inclusive), to (exclusive), quality, limit, cursor.";
    public static readonly string[] RawNames = [.. ManyParameters.Known, "order"];
    public static readonly string[] BucketNames = [.. ManyParameters.Known, "every", "zone", "aggregate", "group", "top", "bottom", "by"];
    public static readonly string[] LatestNames = [.. ManyParameters.Known.Except(["to"]), "at"];
    public static readonly string[] CompletenessNames = [.. ManyParameters.Known, "interval", "below"];
    public static readonly string[] GapNames = [.. ManyParameters.Known, "longer"];
    public static readonly string[] PersonalNames = [.. ManyParameters.Known, "value"];
    public static readonly string[] ChartNames = [.. ManyParameters.Known, "method", "points"];
    private const string DurationRule = "a length of time, as 90s, 10m, 1.5h or 1d";
    private const int MostMeasures = 20, MostTop = 10_000, PointsUsual = 1_000;
    // "Missing" says that nothing was measured.
    private static readonly IReadOnlyList<Quality> Measured = [.. Enum.GetValues<Quality>().Where(quality => quality != Quality.Missing)];

    /// <summary>What a question is made with.</summary>
    internal sealed record Rooms(ManyQueries Queries, SeriesPicker Picker, SeriesRelations Relations, AccessRules Access, ValueMasks Masks, KeptTimes Kept, TimeProvider Clock);

    public ManyParameters Parameters { get; } = new(query);

    private QueryParameters Query => query;

    private ValueMasks Masks => rooms.Masks;

    /// <summary>A thing that was named and is not there for the caller.</summary>
    public ThingId? Missing { get; private set; }

    /// <summary>The observations themselves.</summary>
    public static Question? Raw(Asking asking) => asking.ReadRaw();

    /// <summary>The observations themselves, each with the kind of its value.</summary>
    public static Question? Export(Asking asking)
    {
        asking.Query.RefuseUnknown(ManyParameters.Known);
        return asking.ReadScope(Lines.OfSeries, null, withMasked: true) is { } scope ? new RawQuestion(scope, asking.Masks, descending: false, withKind: true) : null;
    }

    /// <summary>Aggregates of series or groups.</summary>
    public static Question? Buckets(Asking asking) => asking.ReadBuckets();

    /// <summary>The latest of each series at a time.</summary>
    public static Question? Latest(Asking asking) => asking.ReadLatest();

    /// <summary>Due and received.</summary>
    public static Question? Completeness(Asking asking) => asking.ReadCompleteness();

    /// <summary>Where nothing was received for long.</summary>
    public static Question? Gaps(Asking asking) => asking.ReadGaps();

    /// <summary>Where there are personal values.</summary>
    public static Question? Personal(Asking asking) => asking.ReadPersonal();

    /// <summary>So many points of each series.</summary>
    public static Question? Chart(Asking asking) => asking.ReadChart();

    private RawQuestion? ReadRaw()
    {
        query.RefuseUnknown(RawNames);
        var order = query.Text("order");
        if (order is not (null or "asc" or "desc")) query.Fault("order", "asc or desc");
        return ReadScope(Lines.OfSeries, null, withMasked: true) is { } scope ? new RawQuestion(scope, Masks, order == "desc") : null;
    }

    private Question? ReadBuckets()
    {
        query.RefuseUnknown(BucketNames);
        var every = query.Value<BucketWidth>("every", text => BucketWidth.TryParse(text, out var parsed) ? parsed : null, BucketWidth.Rule);
        var measures = Several<Measure>("aggregate", Measure.TryParse, Measure.Rule, MostMeasures);
        if (measures.Count == 0) measures.AddRange(Measure.Usual);
        var groups = Several<GroupBy>("group", GroupBy.TryParse, GroupBy.Rule, MostMeasures);
        var (zone, ranking) = (query.Zone("zone"), ReadRanking(measures));
        var scope = ReadScope(picked => groups.Count == 0 ? Lines.OfSeries(picked) : Lines.OfGroups(picked, groups), BucketQuery.DefaultQualities);
        if (scope is null) return null;
        if (zone is null && every is not null) RefuseSeveralZones(scope, isRanked: ranking is not null);
        if (query.IsWrong) return null;
        var cut = new Cut(every, zone);
        return ranking is { } ranked ? new TopQuestion(scope, cut, measures, ranked) : new BucketQuestion(scope, cut, measures);
    }

    private Ranking? ReadRanking(List<Measure> measures)
    {
        var rule = $"a whole number from 1 to {MostTop}";
        int? Count(string name) => query.Value<int>(name, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostTop ? count : null, rule);
        var (top, bottom) = (Count("top"), Count("bottom"));
        if (top is not null && bottom is not null) query.Fault("bottom", "possible beside top=");
        if (top is null && bottom is null)
        {
            if (query.Text("by") is not null) query.Fault("by", "of use without top= or bottom=");
            return null;
        }
        foreach (var name in (string[])["limit", "cursor"])
            if (query.Text(name) is not null) query.Fault(name, "possible with top= or bottom=, which bound the answer themselves");
        var by = query.Text("by") is { } text ? measures.FindIndex(measure => measure.Name == text) : 0;
        if (by < 0) query.Fault("by", $"one of what aggregate= asks for: {string.Join(", ", measures.Select(measure => measure.Name))}");
        return new Ranking(by, top ?? bottom ?? 0, top is not null);
    }

    private LatestQuestion? ReadLatest()
    {
        query.RefuseUnknown(LatestNames);
        var at = query.Time("at");
        if (ReadScope(Lines.OfSeries, null, withMasked: true) is not { } scope) return null;
        return new LatestQuestion(Masks, scope with { To = (at ?? Timestamp.Max).Microseconds + 1 });
    }

    private CompletenessQuestion? ReadCompleteness()
    {
        query.RefuseUnknown(CompletenessNames);
        var interval = Duration("interval");
        var below = query.Value<double>("below", text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= 1 ? share : null,
            "a share above 0 and at most 1, as 0.9");
        return ReadScope(Lines.OfSeries, Measured, withUnreported: true) is { } scope ? new CompletenessQuestion(scope, Due(scope, interval), below) : null;
    }

    private GapsQuestion? ReadGaps()
    {
        query.RefuseUnknown(GapNames);
        var longer = Duration("longer");
        if (longer is null && query.Text("longer") is null) query.Wrong("longer", $"Say how long a gap must be: longer={DurationRule}.");
        return ReadScope(Lines.OfSeries, Measured, withUnreported: true) is { } scope ? new GapsQuestion(scope, Due(scope, null), longer!.Value, rooms.Kept.AsOfNow()) : null;
    }

    private PersonalQuestion? ReadPersonal()
    {
        query.RefuseUnknown(PersonalNames);
        if (query.Text("value") is { Length: > Value.MaxTextLength }) query.Wrong("value", $"At most {Value.MaxTextLength} characters.");
        return ReadScope(Lines.OfSeries, null, onlyPersonal: true) is { } scope ? new PersonalQuestion(scope, query.Text("value")) : null;
    }

    private ChartQuestion? ReadChart()
    {
        query.RefuseUnknown(ChartNames);
        var method = query.OneOf<Downsampling>("method") ?? Downsampling.Minmax;
        var points = query.Value<int>("points", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 2 and <= MostTop ? count : null,
            $"a whole number from 2 to {MostTop}") ?? PointsUsual;
        return ReadScope(Lines.OfSeries, BucketQuery.DefaultQualities) is { } scope ? new ChartQuestion(scope, method, points) : null;
    }

    /// <summary>What is due must have a beginning and an end; the end is now unless another is named.</summary>
    private DueTimes Due(Scope scope, TimeSpan? interval) => new(interval, scope.From, scope.To, Timestamp.Now(rooms.Clock).Microseconds);

    private TimeSpan? Duration(string name) => query.Value<TimeSpan>(name, text => DurationOf(text), DurationRule);

    private static TimeSpan? DurationOf(string text)
    {
        if (text.Length is < 2 or > 12 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return null;
        double? seconds = text[^1] switch { 's' => count, 'm' => count * 60, 'h' => count * 3_600, 'd' => count * 86_400, _ => null };
        return seconds is >= 0.001 and <= 315_360_000 ? TimeSpan.FromSeconds(seconds.Value) : null;
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

    private Scope? ReadScope(Func<List<ChosenSeries>, Lines> divide, IReadOnlyList<Quality>? otherwise, bool withUnreported = false, bool withMasked = false, bool onlyPersonal = false)
    {
        var filter = Parameters.Filter();
        if (onlyPersonal) filter = filter with { IsPersonal = true };
        var (from, to) = Parameters.Time();
        var qualities = query.ManyOf<Quality>("quality") ?? otherwise;
        if (query.IsWrong) return null;
        // What is not mounted yet or gone owes nothing.
        if (withUnreported && filter.All.Lifecycles.Count == 0) filter = filter with { All = filter.All with { Lifecycles = [Lifecycle.Deployed, Lifecycle.InService, Lifecycle.UnderRepair] } };
        if (withUnreported && query.Text("from") is null) query.Wrong("from", "Say since when: what was due needs a beginning.");
        var visible = rooms.Access.Visible(caller);
        var sight = new ChoiceSight(thing => visible(thing) && rooms.Access.May(caller, Permission.ReadObservations, thing), thing => rooms.Access.SightOf(caller, thing), withMasked);
        var choice = rooms.Picker.Pick(filter, sight, rooms.Queries.Options.MaxSeries, withUnreported);
        Missing = choice.Missing;
        if (choice.IsTooMany)
            query.Wrong("series", $"The question is about more than {rooms.Queries.Options.MaxSeries} series. Narrow it by {ManyParameters.Series}, or put it in parts.");
        if (query.IsWrong || Missing is not null) return null;
        var lines = divide(choice.Series);
        return new Scope(lines, from.Microseconds, to.Microseconds, qualities, Parameters.Cursor(lines), rooms.Relations) { MostBySeries = rooms.Queries.Options.MostBySeries };
    }

    /// <summary>Each line is cut in the zone of its things. Where a group or a ranking puts several together, there would be no saying which of their days are one.</summary>
    private void RefuseSeveralZones(Scope scope, bool isRanked)
    {
        IEnumerable<IEnumerable<ChosenSeries>> together = isRanked ? [scope.Lines.All.SelectMany(line => line.Members)] : scope.Lines.All.Select(line => line.Members);
        foreach (var members in together)
        {
            var zones = members.Select(member => member.Thing.Zone.Id).Distinct().Take(5).ToList();
            if (zones.Count <= 1) continue;
            query.Wrong("zone", $"The things of a {(isRanked ? "ranking" : "group")} are in several zones ({string.Join(", ", zones)}): say in which days and months are cut, as zone={zones[0]}.");
            return;
        }
    }
}
