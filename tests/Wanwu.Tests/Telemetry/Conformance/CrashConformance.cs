using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>Whatever breaks off where: what was acknowledged is there, once, with its last value, and the account balances.</summary>
public abstract class CrashConformance : StoreConformance
{
    private IReadOnlyList<string> Steps => ((IBreakableStoreMaker)Maker).Steps;

    private async Task<IBreakableStore> OpenBreakableAsync(string name) => (IBreakableStore)await OpenAsync(name);

    [Fact]
    public async Task A_crash_at_any_step_loses_nothing_and_doubles_nothing()
    {
        Assert.NotEmpty(Steps);
        foreach (var step in Steps) await CrashAsync(step);
    }

    private async Task CrashAsync(string step)
    {
        var naive = new NaiveStore();
        await using (var store = await OpenBreakableAsync(step))
        {
            await ReportAsync(store, naive, "mqtt", [.. Enumerable.Range(-10 * 24, 12 * 24).Select(hour => At(store, Day(0, hour), hour))]);
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
            await ReportAsync(store, naive, "http", [At(store, Day(-5, 2), -1), At(store, Day(-5, 2.5), -2), At(store, Day(3), 5), store.Observe(Thing, "new", Value.OfText("one"), Day(-7))]);
            naive.Count("http", Thing, account => account.Refused++);
            await store.ReportAsync(Thing, [], "http", [new Refusal(RefusalReason.WrongType, "no", Thing, "p", 1, default, null)]);
            store.BreakAt(step);
            store.Clock.Advance(TimeSpan.FromDays(2));
            await WorkAsync(store);
            Assert.True(store.HasBroken, $"{step} was never reached.");
            // Acknowledged while the store is broken: only the log has it.
            await ReportAsync(store, naive, "mqtt", [At(store, Day(-5, 2), -3), At(store, Day(4), 6)]);
            await store.KillAsync();
        }
        await using var again = await OpenBreakableAsync(step);
        await CompareAsync(again, naive);
        again.Clock.Advance(TimeSpan.FromDays(8));
        await again.LoadAsync();
        await again.TendAsync(isEverythingDue: true);
        await CompareAsync(again, naive);
        Assert.Empty(await again.CheckAsync());
    }

    private static async Task WorkAsync(IStoreUnderTest store)
    {
        try
        {
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
        }
        catch (Exception fault) when (fault is IOException or StoreException)
        {
            // As the test wants it.
        }
    }

    private static async Task ReportAsync(IStoreUnderTest store, NaiveStore naive, string protocol, Observation[] observations)
    {
        foreach (var observation in observations) naive.Report(protocol, observation);
        await store.ReportAsync(observations[0].Series.Thing, observations, protocol);
    }

    private async Task CompareAsync(IStoreUnderTest store, NaiveStore naive)
    {
        foreach (var (thing, property) in naive.Series)
        {
            var query = new SeriesQuery(thing, property, Timestamp.Min, Timestamp.Max) { Limit = 100 };
            Assert.Equal(naive.Read(query), await store.AllAsync(query));
            var days = new BucketQuery(query, BucketWidth.Day, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), Enum.GetValues<Aggregate>());
            NaiveStore.AssertSame(naive.Buckets(days), await store.AllAsync(days));
        }
        Assert.Equal(naive.Of(Thing), await store.AccountAsync(Thing, Stop));
        var (all, protocols) = await store.AccountAsync(Stop);
        foreach (var protocol in (string[])["mqtt", "http"]) Assert.Equal(naive.Of(protocol), protocols[protocol]);
        Assert.Equal(naive.Rows, all.Stored);
        Assert.Single((await store.RefusedAsync(new RefusedQuery(), Stop)).Items);
    }

    [Fact]
    public async Task Work_that_broke_off_is_taken_up_by_the_running_store_and_done_once()
    {
        foreach (var step in Steps)
        {
            await using var store = await OpenBreakableAsync("running " + step);
            // Some days of a month that is over, and of the one that is not: enough for every step, and quick to write.
            await FillAsync(store, -33, -30);
            await FillAsync(store, -5, -3);
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
            await store.ReportAsync(Thing, [At(store, Day(-3, 0.5), 1), At(store, Day(1), 2)]);
            store.BreakAt(step);
            // The old year comes to be over.
            store.Clock.Advance(TimeSpan.FromDays(10));
            await WorkAsync(store);
            Assert.True(store.HasBroken, $"{step} was never reached.");
            store.BreakAt(null);
            await store.ReportAsync(Thing, [At(store, Day(-2), 3)]);
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
            Assert.Equal(7 * 24 + 3, (await store.AllAsync(Everything)).Count);
            Assert.Equal(new AccountView(7 * 24 + 3, 7 * 24 + 3, 0, 0), await store.AccountAsync(Thing, Stop));
            Assert.Empty(await store.CheckAsync());
        }
    }
}
