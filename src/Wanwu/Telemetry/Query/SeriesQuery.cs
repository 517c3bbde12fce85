using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>A question for the observations of one series.</summary>
/// <param name="From">Earliest time, inclusive.</param>
/// <param name="To">Latest time, exclusive.</param>
internal sealed record SeriesQuery(ThingId Thing, PropertyName Property, Timestamp From, Timestamp To)
{
    public const int DefaultLimit = 1_000;
    public const int MaxLimit = 10_000;

    public int Limit { get; init; } = DefaultLimit;
    /// <summary>Go on behind this time (a page's <c>next</c>).</summary>
    public Timestamp? After { get; init; }
    public bool Descending { get; init; }
    /// <summary>The qualities asked for; null for what the question has by default.</summary>
    public IReadOnlyList<Quality>? Qualities { get; init; }
}

internal readonly record struct StoredObservation(Timestamp Time, Value Value, Quality Quality);

/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record SeriesPage(IReadOnlyList<StoredObservation> Items, Timestamp? Next);

internal enum Aggregate
{
    Avg,
    Min,
    Max,
    Count,
    Sum,
    First,
    Last,
    /// <summary>What a counter rose by; a fall means that it began anew.</summary>
    Increase,
    /// <summary>Metres along the way of points.</summary>
    Distance,
    /// <summary>Standard deviation of all values of the bucket.</summary>
    Stddev,
}

/// <summary>A question for aggregates of one series per bucket of a calendar.</summary>
/// <remarks>
/// Unless qualities are named, only what tells about the measured thing is counted: good, suspect, overRange, underRange and substituted. Values taken under
/// maintenance, calibration, fault, offline or while stopped are left out, and missing has no value. Buckets with nothing to count are absent.
/// </remarks>
internal sealed record BucketQuery(SeriesQuery Series, BucketWidth Every, TimeZoneInfo Zone, IReadOnlyList<Aggregate> Aggregates)
{
    public static readonly IReadOnlyList<Quality> DefaultQualities =
        [Quality.Good, Quality.Suspect, Quality.OverRange, Quality.UnderRange, Quality.Substituted];
}

/// <param name="Start">Start of the bucket.</param>
/// <param name="Values">In the order asked for; null where a bucket has no number.</param>
internal readonly record struct Bucket(Timestamp Start, IReadOnlyList<double?> Values);

internal sealed record BucketPage(IReadOnlyList<Bucket> Items, Timestamp? Next);

/// <summary>A question for what was refused, newest first.</summary>
internal sealed record RefusedQuery
{
    public ThingId? Thing { get; init; }
    public string? Protocol { get; init; }
    public RefusalReason? Reason { get; init; }
    public Timestamp? From { get; init; }
    public int Limit { get; init; } = 100;
    /// <summary>Only what is older than the refusal with this number (a page's <c>next</c>).</summary>
    public long? Before { get; init; }
}

internal sealed record RefusedItem(long Number, Timestamp Time, string Protocol, Refusal Refusal);

internal sealed record RefusedPage(IReadOnlyList<RefusedItem> Items, long? Next);
