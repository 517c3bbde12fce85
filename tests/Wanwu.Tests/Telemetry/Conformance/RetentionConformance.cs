using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Tests.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>What is kept for a time goes when the time is over, to the microsecond, and neither before nor while it is held; the account remembers it.</summary>
public abstract class RetentionConformance : StoreConformance
{
    /// <summary>The days of the tests lie in a month that is not over.</summary>
    private const int Today = 25;

    private static readonly RetentionRules TenDays = RetentionRig.Rules(RetentionRig.Policy("default", "P10D"));

    private static async Task TendAsync(IStoreUnderTest store)
    {
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: true);
    }

    private async Task<IBreakableStore> OpenFilledAsync()
    {
        var store = (IBreakableStore)await OpenAsync();
        store.Clock.Advance(TimeSpan.FromDays(Today));
        await FillAsync(store, Today - 20, Today - 1);
        await store.ReportAsync(Thing, [At(store, JustBefore(Day(Today - 10)), -1), At(store, JustBefore(Day(Today - 9)), -2)]);
        await TendAsync(store);
        return store;
    }

    private static Timestamp JustBefore(Timestamp time) => new(time.Microseconds - 1);

    [Fact]
    public async Task What_is_kept_for_ten_days_goes_when_its_day_is_over_to_the_microsecond()
    {
        await using var store = await OpenFilledAsync();
        await store.KeepAsync(TenDays);
        await TendAsync(store);
        Assert.Equal(Day(Today - 10), (await store.AllAsync(Everything))[0].Time);
        Assert.Equal(10 * 24 + 1, (await store.AllAsync(Everything)).Count);

        store.Clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(10));
        await TendAsync(store);
        Assert.Equal(Day(Today - 10), (await store.AllAsync(Everything))[0].Time);
        store.Clock.Advance(TimeSpan.FromTicks(10));
        await TendAsync(store);
        Assert.Equal(Day(Today - 9), (await store.AllAsync(Everything))[0].Time);
        var days = await store.AllAsync(new BucketQuery(Everything, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count]));
        Assert.Equal(Enumerable.Range(Today - 9, 9).Select(day => (Day(day), 24d)), days.Select(day => (day.Start, day.Values[0]!.Value)));
        Assert.Equal(new AccountView(482, 482, 0, 0), await store.AccountAsync(Thing, Stop));
        Assert.Empty(await store.CheckAsync());
    }

    [Fact]
    public async Task What_is_held_stays_to_the_microsecond_until_the_hold_is_lifted()
    {
        await using var store = await OpenFilledAsync();
        var hold = RetentionRig.Hold(Thing, Day(Today - 15, 6), JustBefore(Day(Today - 10)));
        await store.KeepAsync(TenDays with { Holds = [hold] });
        await TendAsync(store);
        var held = (await store.AllAsync(Everything)).Where(row => row.Time < Day(Today - 10)).Select(row => row.Time).ToList();
        // The end is exclusive: the observation at it may go with the next rewriting, and what is before it may not.
        Assert.Equal(Enumerable.Range(6, 5 * 24 - 6).Select(hour => Day(Today - 15, hour)), held.Where(time => time != JustBefore(Day(Today - 10))));
        await store.KeepAsync(TenDays);
        await TendAsync(store);
        Assert.Equal(Day(Today - 10), (await store.AllAsync(Everything))[0].Time);
    }

    [Fact]
    public async Task What_comes_late_for_a_time_that_is_over_is_taken_counted_and_let_go()
    {
        await using var store = await OpenFilledAsync();
        await store.KeepAsync(TenDays);
        await TendAsync(store);
        await store.ReportAsync(Thing, [At(store, Day(Today - 15), 7), At(store, JustBefore(Day(Today - 10)), 8), At(store, Day(Today - 8, 0.5), 9)]);
        Assert.Equal(10 * 24 + 4, (await store.AllAsync(Everything)).Count);
        var account = await store.AccountAsync(Thing, Stop);
        Assert.Equal((485, 0), (account.Received, account.Refused));
        await TendAsync(store);
        await TendAsync(store);
        var left = await store.AllAsync(Everything);
        Assert.Equal((Day(Today - 10), 10 * 24 + 2), (left[0].Time, left.Count));
        Assert.Contains(left, row => row.Time == Day(Today - 8, 0.5));
        Assert.Equal(account, await store.AccountAsync(Thing, Stop));
        Assert.Empty(await store.CheckAsync());
    }

    [Fact]
    public async Task The_latest_value_goes_with_its_observation_and_an_empty_series_is_empty()
    {
        await using var store = await OpenFilledAsync();
        await store.KeepAsync(TenDays);
        store.Clock.Advance(TimeSpan.FromDays(30));
        await TendAsync(store);
        await TendAsync(store);
        Assert.Empty(await store.AllAsync(Everything));
        Assert.Empty(await store.LatestAsync(Thing));
        await store.ReportAsync(Thing, [At(store, Day(Today + 29), 1)]);
        Assert.Equal(1, Assert.Single(await store.LatestAsync(Thing)).Observation.Value.AsInteger);
        Assert.Single(await store.AllAsync(Everything));
    }
}
