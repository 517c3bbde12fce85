using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>A store of observations behind the log, open on a folder: all that the suite knows of it.</summary>
/// <remarks>A store that is to be used in place of another implements this and <see cref="IStoreMaker"/>, derives the suite's classes, and passes them as they are.</remarks>
internal interface IStoreUnderTest : IAsyncDisposable
{
    FakeTimeProvider Clock { get; }

    SeriesTable Series { get; }

    /// <summary>The way in.</summary>
    ObservationLog Log { get; }

    IReadOnlyList<LatestValue> Latest(ThingId thing);

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

    /// <summary>From now on the work breaks off at this step, when it gets there for the time after <paramref name="passes"/>; null: nothing breaks.</summary>
    void BreakAt(string? step, int passes = 0);

    /// <summary>Whether it has come to that, since it was asked for.</summary>
    bool HasBroken { get; }

    /// <summary>Ends as <c>kill -9</c> does: what is not acknowledged may be lost, and nothing is put in order.</summary>
    Task KillAsync();

    /// <summary>What the store's own check finds wrong; empty when all is sound.</summary>
    Task<IReadOnlyList<string>> CheckAsync();
}

/// <summary>Opens stores of one kind.</summary>
internal interface IStoreMaker
{
    /// <summary>The steps of a load and of the work in the background at which a crash is to be tried.</summary>
    IReadOnlyList<string> Steps { get; }

    IStoreUnderTest Open(string folder, StoreSettings settings);
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

    /// <summary>Appends a message; it is on disk when this ends.</summary>
    public static async Task ReportAsync(this IStoreUnderTest store, ThingId thing, Observation[] observations, string protocol = "mqtt", Refusal[]? refusals = null)
    {
        AppendResult result;
        while ((result = store.Append(thing, observations, protocol, refusals)).Outcome == AppendOutcome.Full) await store.Log.WaitForRoomAsync(Stop);
        await store.CommitAsync(result);
    }

    public static AppendResult Append(this IStoreUnderTest store, ThingId thing, Observation[] observations, string protocol = "mqtt", Refusal[]? refusals = null) =>
        store.Log.Append(new MessageRecord { Protocol = protocol, Thing = thing, Received = Now, Observations = observations, Refusals = refusals ?? [] }, null);

    public static async Task CommitAsync(this IStoreUnderTest store, AppendResult result)
    {
        Assert.Equal(AppendOutcome.Appended, result.Outcome);
        Assert.Equal(CommitOutcome.Committed, await store.Log.CommittedAsync(result.Batch, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
    }

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
