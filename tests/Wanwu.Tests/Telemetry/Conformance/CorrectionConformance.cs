using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>What is put right stands, against what comes for its time again and over whatever the store does with it; what was there stays known, and comes back when it is taken back.</summary>
public abstract class CorrectionConformance : StoreConformance
{
    private static string Points(string reason, params (Timestamp Time, long Value)[] points) =>
        $$"""{"reason":"{{reason}}","values":[{{string.Join(',', points.Select(point => $$"""{"t":"{{point.Time}}","value":{{point.Value}}}"""))}}]}""";

    private async Task<List<(Timestamp, long, Quality)>> AtAsync(IStoreUnderTest store, params Timestamp[] times) =>
        [.. Whole((await store.AllAsync(Everything)).Where(row => times.Contains(row.Time)))];

    private async Task<double?> SumAsync(IStoreUnderTest store) => Assert.Single(await store.AllAsync(
        new BucketQuery(Everything with { From = Day(-5), To = Day(-4) }, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Sum]))).Values[0];

    private static async Task TendAsync(IStoreUnderTest store)
    {
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: true);
    }

    [Fact]
    public async Task What_was_put_right_stands_in_series_sums_latest_and_account_whatever_comes_again_and_wherever_it_lies()
    {
        var last = Day(-3, 23);
        await using (var store = await OpenAsync())
        {
            await FillAsync(store, -5, -3);
            var before = await SumAsync(store);
            Assert.Equal(2, (await store.CorrectAsync(Thing, "p", Points("stuck", (Day(-5, 1), 1_000), (last, 2_000))))!.Corrected);
            for (var turn = 0; turn < 3; turn++)
            {
                Assert.Equal([(Day(-5, 1), 1_000, Quality.Substituted), (last, 2_000, Quality.Substituted)], await AtAsync(store, Day(-5, 1), last));
                Assert.Equal(before + 119 + 1_000, await SumAsync(store));
                var latest = (await store.LatestAsync(Thing))[0].Observation;
                Assert.Equal((last, 2_000, Quality.Substituted), (latest.Time, latest.Value.AsInteger, latest.Quality));
                Assert.Equal(new AccountView(74 + 2 * turn, 72, 2 + 2 * turn, 0), await store.AccountAsync(Thing, Stop));
                await TendAsync(store);
                await store.ReportAsync(Thing, [At(store, Day(-5, 1), -119), At(store, last, 7)]);
            }
            await TendAsync(store);
        }
        await using var again = await OpenAsync();
        await again.ReportAsync(Thing, [At(again, Day(-5, 1), -119)]);
        Assert.Equal([(Day(-5, 1), 1_000, Quality.Substituted), (last, 2_000, Quality.Substituted)], await AtAsync(again, Day(-5, 1), last));
        Assert.Equal([(last, -49L, 2_000L), (Day(-5, 1), -119L, 1_000L)], (await again.CorrectionsAsync(Thing)).Select(view => (view.T, view.Original.Value.AsInteger, view.Now.Value.AsInteger)));
        Assert.Empty(await again.CheckAsync());
    }

    [Fact]
    public async Task A_list_is_put_right_whole_or_not_at_all()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, -5, -5);
        Assert.Null(await store.CorrectAsync(Thing, "p", Points("no", (Day(-5, 1), 1), (Day(-5, 1.5), 2))));
        Assert.Equal([(Day(-5, 1), -119, Quality.Good)], await AtAsync(store, Day(-5, 1)));
        Assert.Empty(await store.CorrectionsAsync(Thing));
        var same = await store.CorrectAsync(Thing, "p", $$"""{"reason":"same","t":"{{Day(-5, 1)}}","value":-119,"quality":"good"}""");
        Assert.Equal((null, 0), (same!.Number, same.Corrected));
    }

    [Fact]
    public async Task A_range_takes_its_qualities_alone_and_taking_it_back_puts_back_what_was_there()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, -5, -5);
        await TendAsync(store);
        await store.ReportAsync(Thing, [At(store, Day(-5, 2), 5, Quality.Fault)]);
        var before = await store.AllAsync(Everything);
        var shifted = await store.CorrectAsync(Thing, "p", $$"""{"reason":"too low","from":"{{Day(-5, 1)}}","to":"{{Day(-5, 4)}}","only":["good"],"offset":10}""");
        Assert.Equal(2, shifted!.Corrected);
        (Timestamp, long, Quality)[] after = [(Day(-5, 1), -109, Quality.Substituted), (Day(-5, 2), 5, Quality.Fault), (Day(-5, 3), -107, Quality.Substituted), (Day(-5, 4), -116, Quality.Good)];
        Assert.Equal(after, await AtAsync(store, Day(-5, 1), Day(-5, 2), Day(-5, 3), Day(-5, 4)));
        await TendAsync(store);
        Assert.Equal(after, await AtAsync(store, Day(-5, 1), Day(-5, 2), Day(-5, 3), Day(-5, 4)));
        var back = await store.CorrectAsync(Thing, "p", $$"""{"reason":"was right","undo":{{shifted.Number}}}""");
        Assert.Equal(2, back!.Corrected);
        Assert.True(back.Number > shifted.Number);
        Assert.Equal(before, await store.AllAsync(Everything));
        // Taken back or not, it was put right: what comes again does not stand.
        await store.ReportAsync(Thing, [At(store, Day(-5, 1), 77)]);
        Assert.Equal(before, await store.AllAsync(Everything));
        Assert.Equal(4, (await store.CorrectionsAsync(Thing)).Count);
    }
}
