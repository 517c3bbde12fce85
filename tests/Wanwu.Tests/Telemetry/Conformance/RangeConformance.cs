using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>Ranges of time, pages, buckets of calendars with and without daylight saving, and questions that are given up.</summary>
public abstract class RangeConformance : StoreConformance
{
    private static readonly Aggregate[] AllAggregates = Enum.GetValues<Aggregate>();

    private static Value NumberOf(Quality quality, double number) => quality == Quality.Missing ? Value.None : Value.OfNumber(number);

    private async Task<NaiveStore> FillAsync(IStoreUnderTest store, IEnumerable<(Timestamp Time, double Number, Quality Quality)> rows)
    {
        var naive = new NaiveStore();
        foreach (var part in rows.Chunk(500))
        {
            Observation[] observations = [.. part.Select(row => store.Observe(Thing, "p", NumberOf(row.Quality, row.Number), row.Time, row.Quality))];
            foreach (var observation in observations) naive.Report("mqtt", observation);
            await store.ReportAsync(Thing, observations);
        }
        return naive;
    }

    /// <summary>Some of it in the place where what is over lies, late ones beside it.</summary>
    private static async Task TendAsync(IStoreUnderTest store)
    {
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_follow_one_another_without_gap_or_repeat(bool descending)
    {
        await using var store = await OpenAsync(settings: new StoreSettings(InSmallPieces: true));
        var random = new Random(1);
        var times = Enumerable.Range(0, 1_000).Select(i => Day(-20, i * 0.7)).OrderBy(_ => random.Next()).ToList();
        var naive = await FillAsync(store, times.Take(900).Select(time => (time, (double)time.Microseconds, Quality.Good)));
        await TendAsync(store);
        foreach (var late in times.Skip(900)) naive.Report("mqtt", store.Observe(Thing, "p", Value.OfNumber(1), late));
        await store.ReportAsync(Thing, [.. times.Skip(900).Select(late => store.Observe(Thing, "p", Value.OfNumber(1), late))]);
        var query = Everything with { From = Day(-19), To = Day(3), Limit = 37, Descending = descending };
        StoreUnderTest.AssertSame(naive.Read(query), await store.AllAsync(query));
    }

    [Fact]
    public async Task Qualities_filter_a_series_and_missing_and_faulty_values_are_not_averaged()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, [(Day(-2), 10, Quality.Good), (Day(-2, 0.1), 20, Quality.Suspect), (Day(-2, 0.2), 999, Quality.Fault), (Day(-2, 0.3), 0, Quality.Missing), (Day(-2, 0.4), 888, Quality.Maintenance)]);
        for (var turn = 0; turn < 2; turn++)
        {
            var bad = await store.AllAsync(Everything with { Qualities = [Quality.Fault, Quality.Missing] });
            Assert.Equal([Day(-2, 0.2), Day(-2, 0.3)], bad.Select(item => item.Time));
            Assert.Equal(ValueKind.None, bad[1].Value.Kind);
            var hour = new BucketQuery(Everything, new BucketWidth(1, BucketUnit.Hour), TimeZoneInfo.Utc, [Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.Count, Aggregate.Sum, Aggregate.First, Aggregate.Last]);
            Assert.Equal([15, 10, 20, 2, 30, 10, 20], Assert.Single(await store.AllAsync(hour)).Values);
            var faults = await store.AllAsync(hour with { Series = Everything with { Qualities = [Quality.Fault] } });
            Assert.Equal([999, 999, 999, 1, 999, 999, 999], Assert.Single(faults).Values);
            var missing = await store.AllAsync(hour with { Series = Everything with { Qualities = [Quality.Missing] } });
            Assert.Equal([null, null, null, 1, null, null, null], Assert.Single(missing).Values);
            await TendAsync(store);
        }
    }

    private static readonly (string Zone, string Width, int Limit)[] Calendars =
    [
        ("Asia/Shanghai", "1h", 90), ("Europe/Berlin", "1h", 1_000), ("Europe/Berlin", "1d", 17), ("Europe/Berlin", "5h", 31), ("America/Sao_Paulo", "1w", 2), ("Europe/Berlin", "1mo", 5),
        ("Asia/Shanghai", "1y", 1), ("Asia/Kathmandu", "15m", 250), ("Australia/Lord_Howe", "1d", 50),
    ];

    [Fact]
    public async Task Buckets_of_every_calendar_are_what_a_count_by_hand_finds_page_by_page()
    {
        await using var store = await OpenAsync();
        var random = new Random(2);
        // Thick and thin stretches and long gaps, over both changes of clocks; the last weeks are not over yet.
        var rows = Enumerable.Range(0, 1_500)
            .Select(i => (new Timestamp(Day(-210).Microseconds + random.NextInt64(220L * 86_400_000_000) / (i % 3 == 0 ? 1 : 20)), Math.Round(random.NextDouble() * 100, 2), (Quality)(i % 5 == 0 ? random.Next(11) : 0)))
            .DistinctBy(row => row.Item1).ToList();
        var naive = await FillAsync(store, rows.Take(1_200));
        await TendAsync(store);
        foreach (var row in rows.Skip(1_200)) naive.Report("mqtt", store.Observe(Thing, "p", NumberOf(row.Item3, row.Item2), row.Item1, row.Item3));
        await FillAsync(store, rows.Skip(1_200));
        foreach (var (zone, width, limit) in Calendars)
        {
            Assert.True(BucketWidth.TryParse(width, out var every));
            var series = Everything with { From = Day(-209, 0.3), To = Day(-10, 5), Limit = limit };
            var query = new BucketQuery(series, every, TimeZoneInfo.FindSystemTimeZoneById(zone), AllAggregates);
            NaiveStore.AssertSame(naive.Buckets(query), await store.AllAsync(query));
        }
    }

    [Fact]
    public async Task Empty_ranges_are_empty_and_huge_ones_hold_all()
    {
        await using var store = await OpenAsync();
        var far = Timestamp.Parse("1990-01-01T00:00:00Z");
        var naive = await FillAsync(store, [(far, 1, Quality.Good), (Day(-400), 2, Quality.Good), (Day(-2), 3, Quality.Good), (Day(0), 4, Quality.Good)]);
        for (var turn = 0; turn < 2; turn++)
        {
            StoreUnderTest.AssertSame(naive.Read(Everything), await store.AllAsync(Everything));
            (Timestamp From, Timestamp To)[] empty = [(Day(-2), Day(-2)), (Day(1), Day(-3)), (Timestamp.Min, far), (Day(0, 1), Timestamp.Max), (Day(-399), Day(-398)), (Timestamp.Max, Timestamp.Max), (Timestamp.Min, Timestamp.Min)];
            foreach (var (from, to) in empty)
            {
                var nothing = Everything with { From = from, To = to };
                Assert.Empty(await store.AllAsync(nothing));
                Assert.Empty(await store.AllAsync(nothing with { Descending = true }));
                Assert.Empty(await store.AllAsync(new BucketQuery(nothing, BucketWidth.Day, TimeZoneInfo.Utc, AllAggregates)));
            }
            // One microsecond is a range, its end is out.
            Assert.Single(await store.AllAsync(Everything with { From = Day(-2), To = new Timestamp(Day(-2).Microseconds + 1) }));
            foreach (var width in (string[])["1s", "1h", "1d", "1y"])
            {
                Assert.True(BucketWidth.TryParse(width, out var every));
                var query = new BucketQuery(Everything with { Limit = 2 }, every, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), AllAggregates);
                NaiveStore.AssertSame(naive.Buckets(query), await store.AllAsync(query));
            }
            await TendAsync(store);
        }
    }

    [Fact]
    public async Task A_question_that_is_given_up_ends_and_the_next_is_answered()
    {
        await using var store = await OpenAsync();
        var naive = await FillAsync(store, Enumerable.Range(0, 10_000).Select(i => (Day(-40, i * 0.08), (double)i, Quality.Good)));
        await TendAsync(store);
        var query = new BucketQuery(Everything, new BucketWidth(1, BucketUnit.Minute), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), AllAggregates);
        using var before = new CancellationTokenSource();
        await before.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync(Everything, before.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AggregateAsync(query, before.Token));
        for (var turn = 0; turn < 10; turn++)
        {
            using var during = new CancellationTokenSource();
            var asked = store.AggregateAsync(query, during.Token);
            await during.CancelAsync();
            try
            {
                await asked.WaitAsync(TimeSpan.FromSeconds(30), Stop);
            }
            catch (OperationCanceledException)
            {
                // Given up in time; it may also have been answered before.
            }
        }
        Assert.Equal(naive.Read(Everything).Count, (await store.AllAsync(Everything)).Count);
    }
}
