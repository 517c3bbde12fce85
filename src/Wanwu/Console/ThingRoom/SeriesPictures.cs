using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>One observation, or one bucket of them: then the value is the average.</summary>
internal readonly record struct SeriesPoint(Timestamp Time, Value Value, Quality Quality, double Least, double Greatest)
{
    public static SeriesPoint Of(Observation observation) => new(observation.Time, observation.Value, observation.Quality, double.NaN, double.NaN);
}

/// <summary>A series in a stretch of time, with no more points than a screen has.</summary>
/// <param name="Every">The width of a bucket, or null when the points are single observations.</param>
internal sealed record SeriesPicture(IReadOnlyList<SeriesPoint> Points, TimeSpan? Every)
{
    /// <summary>How many observations of each quality the stretch has, whichever are shown.</summary>
    public IReadOnlyDictionary<string, long> Counts { get; init; } = new Dictionary<string, long>();

    /// <summary>The times that somebody put right.</summary>
    public IReadOnlySet<Timestamp> Corrected { get; init; } = new HashSet<Timestamp>();

    public bool IsNumeric => Points.Any(point => !double.IsNaN(point.Value.AsNumber));

    /// <summary>Yes or no only: drawn as steps.</summary>
    public bool IsStep => Points.All(point => point.Value.Kind is ValueKind.Boolean or ValueKind.None);

    /// <summary>The picture with what has come since; a time that is there already has the newer value.</summary>
    public SeriesPicture With(IReadOnlyList<SeriesPoint> news, Timestamp from)
    {
        List<SeriesPoint> points = [.. Points.Where(point => point.Time >= from)];
        foreach (var point in news)
        {
            if (points.Count > 0 && points[^1].Time == point.Time) points[^1] = point;
            else if (points.Count == 0 || points[^1].Time < point.Time) points.Add(point);
        }
        return this with { Points = points };
    }
}

/// <summary>Reads as much of a series as a chart can show: its observations while they are few, else buckets of them.</summary>
internal sealed class SeriesPictures(SightedValues values, CorrectionQueries corrections, AccessRules rules, LatestValues latest)
{
    private const int MostPoints = 2_000, MostBuckets = 800;
    private static readonly Aggregate[] Drawn = [Aggregate.Avg, Aggregate.Min, Aggregate.Max];

    private static readonly BucketWidth[] Widths =
    [
        new(1, BucketUnit.Second), new(5, BucketUnit.Second), new(10, BucketUnit.Second), new(15, BucketUnit.Second), new(30, BucketUnit.Second),
        new(1, BucketUnit.Minute), new(2, BucketUnit.Minute), new(5, BucketUnit.Minute), new(10, BucketUnit.Minute), new(15, BucketUnit.Minute), new(30, BucketUnit.Minute),
        new(1, BucketUnit.Hour), new(2, BucketUnit.Hour), new(3, BucketUnit.Hour), new(6, BucketUnit.Hour), new(12, BucketUnit.Hour), BucketWidth.Day,
    ];

    /// <param name="quality">The one quality to show, or null for all.</param>
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<SeriesPicture> ReadAsync(Caller caller, ThingEntry thing, string property, Stretch stretch, Quality? quality, CancellationToken stop)
    {
        if (!rules.May(caller, Permission.ReadObservations, thing) || !PropertyName.TryParse(property, null, out var name)) return new SeriesPicture([], null);
        var query = new SeriesQuery(thing.Id, name, stretch.From, new Timestamp(stretch.To.Microseconds + 1))
        {
            Limit = MostPoints, Descending = true, Qualities = quality is { } only ? [only] : null,
        };
        var sight = rules.SightOf(caller, thing).Of(name);
        if (!sight.IsClear) return PictureOf(await values.ReadAsync(query, sight, stop));
        var picture = await PictureAsync(query, stretch, thing.Zone, stop);
        return picture with
        {
            Counts = await values.Queries.QualitiesAsync(query with { Qualities = null }, stop),
            Corrected = await corrections.TimesAsync(thing.Id, name, query.From, query.To, stop),
        };
    }

    private async Task<SeriesPicture> PictureAsync(SeriesQuery query, Stretch stretch, TimeZoneInfo zone, CancellationToken stop)
    {
        var page = await values.Queries.ReadAsync(query, stop);
        var isNumber = latest.TryGet(query.Thing, query.Property, out var value) && value.Observation.Value.Kind is ValueKind.Number or ValueKind.Integer;
        // More of a text than fits is shown by its newest part: it cannot be averaged.
        if (page.Next is null || !isNumber)
            return PictureOf(page);
        return await BucketsAsync(query, WidthFor(stretch), zone, stop);
    }

    private static SeriesPicture PictureOf(SeriesPage page) => new([.. page.Items.Reverse().Select(item => new SeriesPoint(item.Time, item.Value, item.Quality, double.NaN, double.NaN))], null);

    private async Task<SeriesPicture> BucketsAsync(SeriesQuery query, BucketWidth width, TimeZoneInfo zone, CancellationToken stop)
    {
        var page = await values.Queries.AggregateAsync(new BucketQuery(query with { Descending = false, Limit = SeriesQuery.DefaultLimit }, width, zone, Drawn), stop);
        return new SeriesPicture([.. page.Items.Select(PointOf)], width.IsWithinDay ? TimeSpan.FromMicroseconds(width.Microseconds) : TimeSpan.FromDays(1));
    }

    private static SeriesPoint PointOf(Bucket bucket) => new(
        bucket.Start, bucket.Values[0] is { } average ? Value.OfNumber(average) : Value.None, Quality.Good, bucket.Values[1] ?? double.NaN, bucket.Values[2] ?? double.NaN);

    private static BucketWidth WidthFor(Stretch stretch)
    {
        var span = stretch.To.Microseconds - stretch.From.Microseconds;
        return Array.Find(Widths, width => width.IsWithinDay && span / width.Microseconds <= MostBuckets) is { Count: > 0 } fitting ? fitting : BucketWidth.Day;
    }
}
