using System.Text;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class QueryTests
{
    private static readonly PropertyName P = PropertyName.Parse("p");
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SeriesQuery All => new(_thing, P, Timestamp.Min, Timestamp.Max);

    private async Task<ObservationQueries> FillAsync(TelemetryRig rig, IEnumerable<(long Time, double Number, Quality Quality)> rows)
    {
        var result = default(AppendResult);
        foreach (var (time, number, quality) in rows)
            result = rig.Append(_thing, rig.Observe(_thing, "p", quality == Quality.Missing ? Value.None : Value.OfNumber(number), new Timestamp(time), quality));
        await rig.CommitAsync(result);
        return rig.Queries;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_follow_one_another_without_gap_or_repeat(bool descending)
    {
        await using var rig = new TelemetryRig();
        var random = new Random(1);
        var times = Enumerable.Range(0, 1_000).Select(i => (long)i * 7).OrderBy(_ => random.Next()).ToList();
        var queries = await FillAsync(rig, times.Select(time => (time, (double)time, Quality.Good)));
        var seen = new List<long>();
        Timestamp? next = null;
        do
        {
            var page = await queries.ReadAsync(All with { From = new Timestamp(70), To = new Timestamp(6_000), Limit = 37, After = next, Descending = descending }, Stop);
            seen.AddRange(page.Items.Select(item => item.Time.Microseconds));
            Assert.True(page.Items.Count == 37 || page.Next is null);
            next = page.Next;
        }
        while (next is not null);
        var expected = times.Where(time => time is >= 70 and < 6_000).Order();
        Assert.Equal(descending ? expected.Reverse() : expected, seen);
    }

    [Fact]
    public async Task What_was_acknowledged_is_found_at_once()
    {
        await using var rig = new TelemetryRig();
        for (var i = 0; i < 50; i++)
        {
            var queries = await FillAsync(rig, [(i, i, Quality.Good)]);
            Assert.Equal(i + 1, (await queries.ReadAsync(All, Stop)).Items.Count);
            Assert.Equal(i, queries.Latest(_thing)[0].Observation.Value.AsNumber);
            Assert.Equal(i + 1, (await queries.AccountAsync(Stop)).All.Stored);
        }
    }

    [Fact]
    public async Task Qualities_filter_a_series_and_missing_and_faulty_values_are_not_averaged()
    {
        await using var rig = new TelemetryRig();
        var queries = await FillAsync(rig, [(1, 10, Quality.Good), (2, 20, Quality.Suspect), (3, 999, Quality.Fault), (4, 0, Quality.Missing), (5, 888, Quality.Maintenance)]);
        var bad = await queries.ReadAsync(All with { Qualities = [Quality.Fault, Quality.Missing] }, Stop);
        Assert.Equal([3L, 4L], bad.Items.Select(item => item.Time.Microseconds));
        Assert.Equal(ValueKind.None, bad.Items[1].Value.Kind);

        Aggregate[] aggregates = [Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.Count, Aggregate.Sum, Aggregate.First, Aggregate.Last];
        var hour = new BucketQuery(All, new BucketWidth(1, BucketUnit.Hour), TimeZoneInfo.Utc, aggregates);
        Assert.Equal([15, 10, 20, 2, 30, 10, 20], Assert.Single((await queries.AggregateAsync(hour, Stop)).Items).Values);
        var faults = await queries.AggregateAsync(hour with { Series = All with { Qualities = [Quality.Fault] } }, Stop);
        Assert.Equal([999, 999, 999, 1, 999, 999, 999], Assert.Single(faults.Items).Values);
        var missing = await queries.AggregateAsync(hour with { Series = All with { Qualities = [Quality.Missing] } }, Stop);
        Assert.Equal([null, null, null, 1, null, null, null], Assert.Single(missing.Items).Values);
    }

    [Theory]
    [InlineData("Asia/Shanghai", "1h", 10)]
    [InlineData("Europe/Berlin", "1h", 1_000)]
    [InlineData("Europe/Berlin", "1d", 7)]
    [InlineData("Europe/Berlin", "5h", 3)]
    [InlineData("America/Sao_Paulo", "1w", 2)]
    [InlineData("Europe/Berlin", "1mo", 5)]
    [InlineData("Asia/Shanghai", "1y", 1)]
    [InlineData("Asia/Kathmandu", "15m", 100)]
    public async Task Buckets_are_what_a_count_by_hand_finds_page_by_page(string zone, string width, int limit)
    {
        await using var rig = new TelemetryRig();
        var random = new Random(2);
        var start = Timestamp.Parse("2025-10-01T00:00:00Z").Microseconds;
        // Thick and thin stretches and long gaps, over both changes of clocks.
        var rows = Enumerable.Range(0, 3_000).Select(i => (Time: start + random.NextInt64(220L * 86_400_000_000) / (i % 3 == 0 ? 1 : 20), Number: Math.Round(random.NextDouble() * 100, 2), Quality.Good))
            .DistinctBy(row => row.Time).ToList();
        var queries = await FillAsync(rig, rows);
        Assert.True(BucketWidth.TryParse(width, out var every));
        var calendar = new BucketCalendar(every, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var (from, to) = (start + 86_400_000_000, start + 200L * 86_400_000_000);
        var expected = rows.Where(row => row.Time >= from && row.Time < to).GroupBy(row => calendar.Floor(row.Time)).OrderBy(group => group.Key)
            .Select(group => (group.Key, Count: group.Count(), Min: group.Min(row => row.Number), Max: group.Max(row => row.Number), Last: group.MaxBy(row => row.Time).Number)).ToList();

        var found = new List<(long, int, double, double, double)>();
        Timestamp? next = null;
        do
        {
            var series = All with { From = new Timestamp(from), To = new Timestamp(to), Limit = limit, After = next };
            var page = await queries.AggregateAsync(
                new BucketQuery(series, every, TimeZoneInfo.FindSystemTimeZoneById(zone), [Aggregate.Count, Aggregate.Min, Aggregate.Max, Aggregate.Last]), Stop);
            found.AddRange(page.Items.Select(item => (item.Start.Microseconds, (int)item.Values[0]!.Value, item.Values[1]!.Value, item.Values[2]!.Value, item.Values[3]!.Value)));
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task A_thing_that_never_reported_has_empty_answers()
    {
        await using var rig = new TelemetryRig();
        Assert.Empty(rig.Queries.Latest(_thing));
        Assert.Equal(([], null), await rig.Queries.ReadAsync(All, Stop) is var page ? (page.Items, page.Next) : default);
        Assert.Equal(new AccountView(0, 0, 0, 0), await rig.Queries.AccountAsync(_thing, Stop));
        Assert.Empty((await rig.Queries.RefusedAsync(new RefusedQuery(), Stop)).Items);
    }

    [Fact]
    public async Task Refusals_are_kept_newest_first_filtered_paged_and_bounded()
    {
        await using var rig = new TelemetryRig(storeOptions: new Wanwu.Telemetry.Store.StoreOptions { RefusalsKept = 100 });
        for (var i = 0; i < 30; i++)
        {
            var refusals = Enumerable.Range(0, 10).Select(n => new Refusal(n == 0 ? RefusalReason.BrokenJson : RefusalReason.WrongType, $"{i}-{n}", _thing, "p", 1, Encoding.UTF8.GetBytes($"{{{n}"), "v1/report"));
            await rig.CommitAsync(rig.Append(i % 2 == 0 ? "mqtt" : "http", _thing, [], [.. refusals]));
            if (i % 7 == 0) await rig.LoadAsync();
        }
        var all = await rig.Queries.RefusedAsync(new RefusedQuery { Limit = 1_000 }, Stop);
        Assert.Equal(100, all.Items.Count);
        Assert.Equal("29-9", all.Items[0].Refusal.Detail);
        Assert.Equal(300, rig.Accounts.Read().All.Refused);

        var page = await rig.Queries.RefusedAsync(new RefusedQuery { Limit = 3, Protocol = "http", Reason = RefusalReason.BrokenJson, Thing = _thing }, Stop);
        Assert.Equal(["29-0", "27-0", "25-0"], page.Items.Select(item => item.Refusal.Detail));
        Assert.Equal("{0", Encoding.UTF8.GetString(page.Items[0].Refusal.Bytes.Span));
        var second = await rig.Queries.RefusedAsync(new RefusedQuery { Limit = 3, Protocol = "http", Reason = RefusalReason.BrokenJson, Before = page.Next }, Stop);
        Assert.Equal(["23-0", "21-0"], second.Items.Select(item => item.Refusal.Detail));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task A_watcher_sees_its_thing_and_is_told_what_it_lost()
    {
        await using var rig = new TelemetryRig();
        using var watch = new ObservationWatch(rig.Batches);
        using var watcher = watch.Open(_thing, capacity: 4);
        var other = ThingId.New(TimeProvider.System);
        for (var i = 0; i < 10; i++)
        {
            rig.Append(other, rig.Observe(other, "p", Value.OfInteger(-1)));
            await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(i), new Timestamp(i))));
        }
        await rig.Log.StopAsync();
        Assert.Equal(6, watcher.TakeDropped());
        var seen = new List<long>();
        while (watcher.Observations.TryRead(out var value)) seen.Add(value.Observation.Value.AsInteger);
        Assert.Equal([6, 7, 8, 9], seen);
    }

    [Fact]
    public async Task A_backup_made_under_load_starts_with_everything_that_was_acknowledged_and_passes_the_check()
    {
        var target = Directory.CreateTempSubdirectory("wanwu-backup-").FullName;
        try
        {
            int acknowledged;
            await using (var rig = new TelemetryRig())
            {
                await FillAsync(rig, Enumerable.Range(0, 5_000).Select(i => ((long)i, (double)i, Quality.Good)));
                await rig.LoadAsync();
                await FillAsync(rig, Enumerable.Range(5_000, 500).Select(i => ((long)i, (double)i, Quality.Good)));
                acknowledged = 5_500;
                var more = Task.Run(() => FillAsync(rig, Enumerable.Range(5_500, 5_000).Select(i => ((long)i, (double)i, Quality.Good))), Stop);
                var files = await new TelemetryBackup(rig.Database, rig.Loader, rig.Compaction, rig.Cleanup, rig.Log).RunAsync(rig.Folder, target, Stop);
                await more;
                Assert.All(files, file => Assert.Matches("^[0-9a-f]{64}$", file.Sha256));
                Assert.Contains(files, file => file.Path == "telemetry.duckdb");
                Assert.Empty((await new TelemetryCheck(rig.Database).RunAsync(rig.Folder, Stop)).Findings);
            }
            await using (var copy = new TelemetryRig(target))
            {
                await copy.LoadAsync();
                var stored = copy.Accounts.Read().All.Stored;
                Assert.InRange(stored, acknowledged, 10_500);
                Assert.Equal(stored, (await copy.RowsAsync(copy.Series.Of(_thing).All[0])).Count);
            }
            var report = TelemetryCheck.RunOffline(target, Stop);
            Assert.Empty(report.Findings);
            Assert.True(report.Rows > acknowledged);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    [Fact]
    public async Task The_check_names_a_damaged_segment()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-telemetry-").FullName;
        try
        {
            await using (var rig = new TelemetryRig(folder)) await FillAsync(rig, Enumerable.Range(0, 100).Select(i => ((long)i, (double)i, Quality.Good)));
            var segment = Wanwu.Telemetry.Log.LogFolder.List(Path.Combine(folder, "log"))[0].Path;
            using (var file = File.OpenWrite(segment))
            {
                file.Position = 500;
                file.Write([0xAA, 0xBB]);
            }
            Assert.Contains(TelemetryCheck.RunOffline(folder, Stop).Findings, finding => finding.File == "log/" + Path.GetFileName(segment));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
