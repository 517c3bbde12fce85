using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Corrections;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>A store of observations behind the log, open on a folder: all that the suite knows of it.</summary>
/// <remarks>A store that is to be used in place of another implements <see cref="IBreakableStore"/> and <see cref="IBreakableStoreMaker"/>, derives the suite's classes, and passes them as they are.</remarks>
internal interface IStoreUnderTest : IAsyncDisposable
{
    FakeTimeProvider Clock { get; }

    /// <summary>The series that observations are made of.</summary>
    SeriesTable Series { get; }

    /// <summary>Hands a message in; it is on disk when this ends.</summary>
    Task ReportAsync(ThingId thing, Observation[] observations, string protocol = "http", Refusal[]? refusals = null);

    /// <param name="body">As <c>POST …/properties/{property}/corrections</c> takes it.</param>
    /// <returns>Null where it is refused, and with it nothing was put right.</returns>
    Task<CorrectedView?> CorrectAsync(ThingId thing, string property, string body);

    /// <summary>What was put right of a thing, newest first.</summary>
    Task<IReadOnlyList<CorrectionView>> CorrectionsAsync(ThingId thing);

    Task<IReadOnlyList<LatestValue>> LatestAsync(ThingId thing);

    Task<SeriesPage> ReadAsync(SeriesQuery query, CancellationToken stop);

    Task<BucketPage> AggregateAsync(BucketQuery query, CancellationToken stop);

    Task<(AccountView All, IReadOnlyDictionary<string, AccountView> Protocols)> AccountAsync(CancellationToken stop);

    Task<AccountView> AccountAsync(ThingId thing, CancellationToken stop);

    Task<RefusedPage> RefusedAsync(RefusedQuery query, CancellationToken stop);

    /// <summary>Ends when everything that was committed is in the store.</summary>
    Task LoadAsync();

    /// <summary>What the store does in the background with what is over (moving, merging, summing up).</summary>
    /// <param name="isEverythingDue">Whether little work that could wait is done too.</param>
    Task TendAsync(bool isEverythingDue);

    /// <summary>What the store's own check finds wrong; empty when all is sound.</summary>
    Task<IReadOnlyList<string>> CheckAsync();
}

/// <summary>A store that is held from within: it can be broken off at any of its steps, killed, and told what to keep.</summary>
internal interface IBreakableStore : IStoreUnderTest
{
    /// <summary>From now on these rules say what is kept for how long, and what is held.</summary>
    Task KeepAsync(RetentionRules rules);

    /// <summary>From now on the work breaks off at this step, when it gets there for the time after <paramref name="passes"/>; null: nothing breaks.</summary>
    void BreakAt(string? step, int passes = 0);

    /// <summary>Whether it has come to that, since it was asked for.</summary>
    bool HasBroken { get; }

    /// <summary>Ends as <c>kill -9</c> does: what is not acknowledged may be lost, and nothing is put in order.</summary>
    Task KillAsync();

    /// <summary>A message of which the door knew that it came again; counted, not stored.</summary>
    Task RepeatAsync(ThingId thing, Observation[] observations, string protocol);
}

/// <summary>Opens stores of one kind.</summary>
internal interface IStoreMaker
{
    Task<IStoreUnderTest> OpenAsync(string folder, StoreSettings settings);
}

/// <summary>Opens stores of a kind that can be killed.</summary>
internal interface IBreakableStoreMaker : IStoreMaker
{
    /// <summary>The steps of a load and of the work in the background at which a crash is to be tried.</summary>
    IReadOnlyList<string> Steps { get; }
}

/// <param name="RefusalsKept">Refused messages kept with their bytes.</param>
/// <param name="InSmallPieces">Whether the store's units are to be so small that little data make many of them.</param>
internal sealed record StoreSettings(int RefusalsKept = 100_000, bool InSmallPieces = false);

internal static class StoreUnderTest
{
    public static readonly Timestamp Now = TelemetryRig.Now;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Observation Observe(this IStoreUnderTest store, ThingId thing, string property, Value value, Timestamp time, Quality quality = Quality.Good) =>
        new(store.Series.Of(thing).GetOrAdd(PropertyName.Parse(property)), time, value, quality);

    /// <summary>The same observations; a number without a fraction is the same as that integer, which JSON does not tell apart.</summary>
    public static void AssertSame(IEnumerable<StoredObservation> expected, IEnumerable<StoredObservation> found) => Assert.Equal(expected.Select(Plain), found.Select(Plain));

    private static StoredObservation Plain(StoredObservation row) => row.Value is { Kind: ValueKind.Number } number && double.IsInteger(number.AsNumber) && Math.Abs(number.AsNumber) < 1L << 53
        ? row with { Value = Value.OfInteger((long)number.AsNumber) } : row;

    /// <summary>All of a series, page by page.</summary>
    public static async Task<List<StoredObservation>> AllAsync(this IStoreUnderTest store, SeriesQuery query)
    {
        var items = new List<StoredObservation>();
        do
        {
            var page = await store.ReadAsync(query, Stop);
            Assert.True(page.Items.Count <= query.Limit);
            Assert.True(page.Items.Count == query.Limit || page.Next is null);
            items.AddRange(page.Items);
            query = query with { After = page.Next };
        }
        while (query.After is not null);
        return items;
    }

    public static async Task<List<Bucket>> AllAsync(this IStoreUnderTest store, BucketQuery query)
    {
        var items = new List<Bucket>();
        do
        {
            var page = await store.AggregateAsync(query, Stop);
            Assert.True(page.Items.Count <= query.Series.Limit);
            items.AddRange(page.Items);
            query = query with { Series = query.Series with { After = page.Next } };
        }
        while (query.Series.After is not null);
        return items;
    }
}
