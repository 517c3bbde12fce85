using System.Globalization;
using Wanwu.Registry;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>How time is cut: by a calendar, or not at all.</summary>
/// <param name="zone">The zone of the calendar; null for each thing's own.</param>
internal sealed class Cut(BucketWidth? every, TimeZoneInfo? zone)
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private static readonly RollupUnits Hours = new(RollupLevel.Hour, TimeZoneInfo.Utc), Minutes = new(RollupLevel.Minute, TimeZoneInfo.Utc);

    /// <summary>Whether there is more than one bucket, and so a time beside each.</summary>
    public bool HasBuckets => every is not null;

    /// <summary>The zone in which the days of a thing are cut.</summary>
    public TimeZoneInfo ZoneOf(ThingEntry thing) => zone ?? thing.Zone;

    /// <summary>The start of a row's bucket, of <c>t</c>.</summary>
    public string Start(TimeZoneInfo place, long from, long to) => every is not { } width
        ? from.ToString(CultureInfo.InvariantCulture) + "::BIGINT"
        : SeriesReading.StartExpression(new BucketCalendar(width, place).Runs(from, to));

    /// <summary>The rollups none of which reaches over the end of a bucket, the coarsest first.</summary>
    public IReadOnlyList<RollupUnits> Levels(TimeZoneInfo place, long from, long to)
    {
        if (every is not { } width) return [new RollupUnits(RollupLevel.Day, place), Hours, Minutes];
        if (width.Unit is BucketUnit.Second) return [];
        var runs = new BucketCalendar(width, place).Runs(from, to);
        bool AreWhole(RollupUnits units) => runs.TrueForAll(run => run.Start % units.Level.Width() == 0 && run.Day % units.Level.Width() == 0 && run.Width % units.Level.Width() == 0);
        return [.. width.IsWithinDay ? (RollupUnits[])[] : [new RollupUnits(RollupLevel.Day, place)], .. new[] { Hours, Minutes }.Where(AreWhole)];
    }

    /// <summary>The first time behind the bucket of a line that begins at <paramref name="start"/>.</summary>
    public long Behind(Line line, long start) => every is { } width ? new BucketCalendar(width, ZoneOf(line.Members[0].Thing)).Next(start) : long.MaxValue;

    /// <summary>About how many buckets a stretch of time has.</summary>
    public long Buckets(long from, long to)
    {
        if (every is not { } width) return 1;
        var about = width.Unit switch
        {
            BucketUnit.Day => MicrosecondsPerDay,
            BucketUnit.Week => 7 * MicrosecondsPerDay,
            BucketUnit.Month => 28 * MicrosecondsPerDay,
            BucketUnit.Year => 365 * MicrosecondsPerDay,
            _ => width.Microseconds,
        };
        return (to - from) / about + 2;
    }
}
