using System.Text;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>Order, duplicates, late and corrected observations, and the account of them.</summary>
public abstract class ObservationConformance : StoreConformance
{
    [Fact]
    public async Task Every_kind_of_value_and_quality_is_stored_as_it_came_and_stays_so()
    {
        Value[] values =
        [
            Value.None, Value.OfNumber(-0.1), Value.OfInteger(42), Value.OfInteger(long.MinValue), Value.OfInteger((1L << 53) + 1), Value.OfBoolean(false),
            Value.OfText(""), Value.OfText("萬物有序" + new string('x', 100)), Value.OfPoint(-90, 180), Value.OfObject("""{"a":1}"""),
        ];
        var expected = values.Select((value, i) => new StoredObservation(Day(-3, i), value, value == Value.None ? Quality.Missing : (Quality)i)).ToList();
        await using (var store = await OpenAsync())
        {
            await store.ReportAsync(Thing, [.. expected.Select(row => store.Observe(Thing, "p", row.Value, row.Time, row.Quality))]);
            Assert.Equal(expected, await store.AllAsync(Everything));
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
            Assert.Equal(expected, await store.AllAsync(Everything));
        }
        await using var again = await OpenAsync();
        Assert.Equal(expected, await again.AllAsync(Everything));
    }

    [Fact]
    public async Task The_same_series_and_time_twice_is_one_observation_and_the_last_write_stands()
    {
        await using var store = await OpenAsync();
        Observation One(long time, int value) => At(store, new Timestamp(time), value);
        await store.ReportAsync(Thing, [One(10, 1), One(10, 2), One(5, 3)], "mqtt");
        await store.ReportAsync(Thing, [One(20, 4)], "http");
        await store.LoadAsync();
        await store.ReportAsync(Thing, [One(5, 5), One(5, 6), One(7, 7), One(30, 8), One(20, 9), One(30, 10)], "http");
        Assert.Equal([(5, 6L), (7, 7L), (10, 2L), (20, 9L), (30, 10L)], (await store.AllAsync(Everything)).Select(row => (row.Time.Microseconds, row.Value.AsInteger)));
        var (all, protocols) = await store.AccountAsync(Stop);
        Assert.Equal(new AccountView(10, 5, 5, 0), all);
        Assert.Equal(new AccountView(3, 2, 1, 0), protocols["mqtt"]);
        Assert.Equal(new AccountView(7, 3, 4, 0), protocols["http"]);
        Assert.Equal(all, await store.AccountAsync(Thing, Stop));
    }

    [Fact]
    public async Task What_was_acknowledged_is_found_at_once()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await store.ReportAsync(Thing, [At(store, new Timestamp(i), i)]);
            Assert.Equal(i + 1, (await store.ReadAsync(Everything, Stop)).Items.Count);
            Assert.Equal(i, (await store.LatestAsync(Thing))[0].Observation.Value.AsInteger);
            Assert.Equal(i + 1, (await store.AccountAsync(Stop)).All.Stored);
        }
    }

    [Fact]
    public async Task Late_and_corrected_observations_are_found_at_once_and_stay_when_the_store_has_taken_them_in()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, -5, -3);
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: true);
        await store.ReportAsync(Thing, [At(store, Day(-4, 3), -1), At(store, Day(-4, 3.5), -2), At(store, Day(-4, 4), -3, Quality.Fault)]);
        for (var turn = 0; turn < 2; turn++)
        {
            var rows = await store.AllAsync(Everything);
            Assert.Equal(3 * 24 + 1, rows.Count);
            Assert.Equal([(Day(-4, 3), -1, Quality.Good), (Day(-4, 3.5), -2, Quality.Good), (Day(-4, 4), -3, Quality.Fault)],
                Whole(rows.Where(row => row.Time >= Day(-4, 3) && row.Time <= Day(-4, 4))));
            // The good value that a faulty one replaced is gone for those who ask for good ones.
            Assert.DoesNotContain(await store.AllAsync(Everything with { Qualities = [Quality.Good] }), row => row.Time == Day(-4, 4));
            var day = new BucketQuery(Everything with { From = Day(-4), To = Day(-3) }, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Min]);
            Assert.Equal([24, -96], Assert.Single(await store.AllAsync(day)).Values);
            Assert.Equal(new AccountView(75, 73, 2, 0), await store.AccountAsync(Thing, Stop));
            await store.TendAsync(isEverythingDue: true);
        }
        Assert.Empty(await store.CheckAsync());
    }

    [Fact]
    public async Task Refusals_count_by_protocol_and_thing_and_a_message_without_a_thing_counts_too()
    {
        await using var store = await OpenAsync();
        var broken = new Refusal(RefusalReason.BrokenJson, "Not JSON at byte 3.", Thing, null, 1, "{{{"u8.ToArray(), "v1/report");
        var stranger = new Refusal(RefusalReason.WrongCredentials, "Unknown user.", null, null, 1, default, "127.0.0.1");
        await store.ReportAsync(Thing, [At(store, Now, 1)], "mqtt", [broken, broken with { Count = 3, Property = "q" }]);
        await store.ReportAsync(default, [], "http", [stranger]);
        var (all, protocols) = await store.AccountAsync(Stop);
        Assert.Equal(new AccountView(6, 1, 0, 5), all);
        Assert.Equal(new AccountView(1, 0, 0, 1), protocols["http"]);
        Assert.Equal(new AccountView(5, 1, 0, 4), await store.AccountAsync(Thing, Stop));
    }

    [Fact]
    public async Task Refusals_are_kept_newest_first_filtered_paged_and_bounded()
    {
        await using var store = await OpenAsync(settings: new StoreSettings(RefusalsKept: 100));
        for (var i = 0; i < 30; i++)
        {
            var refusals = Enumerable.Range(0, 10).Select(n => new Refusal(n == 0 ? RefusalReason.BrokenJson : RefusalReason.WrongType, $"{i}-{n}", Thing, "p", 1, Encoding.UTF8.GetBytes($"{{{n}"), "v1/report"));
            await store.ReportAsync(Thing, [], i % 2 == 0 ? "mqtt" : "http", [.. refusals]);
            if (i % 7 == 0) await store.LoadAsync();
        }
        var all = await store.RefusedAsync(new RefusedQuery { Limit = 1_000 }, Stop);
        Assert.Equal(100, all.Items.Count);
        Assert.Equal("29-9", all.Items[0].Refusal.Detail);
        Assert.Equal(300, (await store.AccountAsync(Stop)).All.Refused);

        var query = new RefusedQuery { Limit = 3, Protocol = "http", Reason = RefusalReason.BrokenJson, Thing = Thing };
        var page = await store.RefusedAsync(query, Stop);
        Assert.Equal(["29-0", "27-0", "25-0"], page.Items.Select(item => item.Refusal.Detail));
        Assert.Equal("{0", Encoding.UTF8.GetString(page.Items[0].Refusal.Bytes.Span));
        var second = await store.RefusedAsync(query with { Before = page.Next }, Stop);
        Assert.Equal(["23-0", "21-0"], second.Items.Select(item => item.Refusal.Detail));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task A_thing_that_never_reported_has_empty_answers()
    {
        await using var store = await OpenAsync();
        Assert.Empty(await store.LatestAsync(Thing));
        var page = await store.ReadAsync(Everything, Stop);
        Assert.Empty(page.Items);
        Assert.Null(page.Next);
        Assert.Empty(await store.AllAsync(new BucketQuery(Everything, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count])));
        Assert.Equal(new AccountView(0, 0, 0, 0), await store.AccountAsync(Thing, Stop));
        Assert.Empty((await store.RefusedAsync(new RefusedQuery(), Stop)).Items);
    }

    [Fact]
    public async Task Series_latest_values_and_accounts_are_the_same_after_a_restart_whatever_has_been_moved()
    {
        var text = ThingId.New(TimeProvider.System);
        await using (var store = await OpenAsync())
        {
            await FillAsync(store, -5, -3);
            await store.ReportAsync(text, [store.Observe(text, "note", Value.OfText("first"), Day(-5)), store.Observe(text, "note", Value.OfText("萬物"), Day(-4), Quality.Suspect)]);
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
            await store.ReportAsync(text, [store.Observe(text, "note", Value.OfText("older"), Day(-4, -1)), store.Observe(text, "another", Value.OfInteger(1), Day(0))]);
        }
        await using var again = await OpenAsync();
        Assert.Equal((Day(-3, 23), -49), ((await again.LatestAsync(Thing))[0].Observation.Time, (await again.LatestAsync(Thing))[0].Observation.Value.AsInteger));
        var latest = await again.LatestAsync(text);
        Assert.Equal(["another", "note"], latest.Select(one => one.Observation.Series.Property.ToString()));
        Assert.Equal((Day(-4), "萬物", Quality.Suspect), (latest[1].Observation.Time, latest[1].Observation.Value.ToString(), latest[1].Observation.Quality));
        Assert.Equal(72, (await again.AllAsync(Everything)).Count);
        await again.ReportAsync(Thing, [At(again, Day(-5), 7), At(again, Day(1), 8)]);
        Assert.Equal(new AccountView(74, 73, 1, 0), await again.AccountAsync(Thing, Stop));
        Assert.Equal(new AccountView(4, 4, 0, 0), await again.AccountAsync(text, Stop));
        Assert.Equal(8, (await again.LatestAsync(Thing))[0].Observation.Value.AsInteger);
    }
}
