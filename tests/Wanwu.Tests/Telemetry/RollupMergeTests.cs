using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>Files of days are put together, and answer as they did.</summary>
public sealed class RollupMergeTests : IDisposable
{
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly ColdOptions Small = new() { MemoryMegabytes = 64, RollupsFromRows = 1 };
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-merge-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Timestamp At(int day, double hours) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hours) * 3_600_000_000));

    private static async Task FillAsync(TelemetryRig rig, params IEnumerable<int> days)
    {
        foreach (var day in days)
            await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 24).Select(i => rig.Observe(Thing, "p", Value.OfNumber(day * 100 + i % 7), At(day, i)))]));
    }

    private static async Task<List<string>> DaysAsync(TelemetryRig rig)
    {
        Assert.True(BucketWidth.TryParse("1d", out var width));
        var query = new BucketQuery(new SeriesQuery(Thing, PropertyName.Parse("p"), At(-370, 0), At(0, 0)), width, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Avg, Aggregate.Min, Aggregate.Last, Aggregate.Stddev]);
        return [.. (await rig.Queries.AggregateAsync(query, Stop)).Items.Select(bucket => $"{bucket.Start} {string.Join(' ', bucket.Values.Select(value => value?.ToString("R", CultureInfo.InvariantCulture)))}")];
    }

    /// <summary>The same out of rollups alone: the files of observations are away meanwhile.</summary>
    private static async Task<List<string>> DaysOfRollupsAsync(TelemetryRig rig)
    {
        await rig.SumUpAsync();
        var files = ColdManifest.Read(rig.Database.Writer!).Select(rig.Cold.PathOf).ToList();
        Assert.NotEmpty(files);
        foreach (var file in files) File.Move(file, file + ".away");
        try
        {
            return await DaysAsync(rig);
        }
        finally
        {
            foreach (var file in files) File.Move(file + ".away", file);
        }
    }

    private static List<string> DayFilesOf(TelemetryRig rig) =>
        [.. RollupManifest.Read(rig.Database.Writer!).Where(rollup => rollup.Level is RollupLevel.Day).Select(rollup => $"{new Timestamp(rollup.File.Span.From).ToString()[..10]} {new Timestamp(rollup.File.Span.To).ToString()[..10]} {rollup.File.Rows}")];

    [Fact]
    public async Task Days_of_a_month_under_way_become_one_file_and_take_in_what_comes_late()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, [-5, -4, -3, -2]);
        await rig.CompactAsync();
        Assert.Equal(4, DayFilesOf(rig).Count);
        await FillAsync(rig, [-6]);
        var before = await DaysAsync(rig);
        await rig.CompactAsync();
        Assert.Equal(["2025-12-26 2025-12-31 5"], DayFilesOf(rig));
        Assert.Equal(before, await DaysOfRollupsAsync(rig));

        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(1_000), At(-4, 23.5))));
        var late = await DaysAsync(rig);
        Assert.NotEqual(before, late);
        await rig.CompactAsync();
        Assert.Equal(["2025-12-26 2025-12-31 5"], DayFilesOf(rig));
        Assert.Equal(late, await DaysOfRollupsAsync(rig));
        Assert.Equal(0, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
    }

    [Fact]
    public async Task Months_become_one_file_of_the_year_so_far_beside_the_days_of_the_month_under_way()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small with { RowsPerFile = 200 });
        await FillAsync(rig, [-100, -90, -89, -88, -70, -60, -59, -45, -40, -7, -6, -5, -4, -3]);
        var before = await DaysAsync(rig);
        await rig.CompactAsync();
        Assert.Equal(["2025-09-01 2025-12-01 9", "2025-12-25 2025-12-30 5"], DayFilesOf(rig));
        Assert.Equal(before, await DaysOfRollupsAsync(rig));
        Assert.Equal(ColdManifest.ReadAll(rig.Database.Writer!).Select(file => file.Name).Order(StringComparer.Ordinal),
            ColdFiles.List(rig.Cold.Folder).Select(path => Path.GetRelativePath(rig.Cold.Folder, path)));
    }

    [Fact]
    public async Task What_was_noted_of_all_series_leaves_with_the_days_that_become_cold()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, [-4, -3]);
        var before = await DaysAsync(rig);
        // Days that are over are not summed up while they are hot, but noted.
        await rig.SumUpAsync();
        Assert.NotEqual(0, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
        await rig.CompactAsync();
        Assert.Equal(0, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
        Assert.Equal(before, await DaysOfRollupsAsync(rig));
    }

    [Fact]
    public async Task Time_without_rollups_is_not_bridged()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, [-9, -8, -7, -5, -4, -3]);
        await rig.CompactAsync();
        Assert.Equal(6, DayFilesOf(rig).Count);
        // What fills the gap later is summed up like everything else.
        await FillAsync(rig, [-6]);
        var before = await DaysAsync(rig);
        await rig.CompactAsync();
        Assert.Equal(["2025-12-23 2025-12-30 7"], DayFilesOf(rig));
        Assert.Equal(before, await DaysOfRollupsAsync(rig));
    }

    [Theory]
    [InlineData("MergeWritten")]
    [InlineData("MergeCommitted")]
    public async Task A_crash_while_files_are_put_together_leaves_answers_as_they_were(string stepName)
    {
        List<string> before;
        await using (var rig = new TelemetryRig(_folder, coldOptions: Small))
        {
            await FillAsync(rig, [-6, -5, -4, -3, -2]);
            before = await DaysAsync(rig);
            rig.Moves.At = step =>
            {
                if (step == Enum.Parse<ColdStep>(stepName)) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(rig.CompactAsync);
            Assert.Equal(before, await DaysAsync(rig));
            await rig.KillAsync();
        }
        await using var again = new TelemetryRig(_folder, coldOptions: Small);
        Assert.Equal(before, await DaysAsync(again));
        await again.CompactAsync();
        Assert.Equal(["2025-12-26 2025-12-31 5"], DayFilesOf(again));
        Assert.Equal(before, await DaysOfRollupsAsync(again));
    }

    [Fact]
    public async Task A_file_with_many_rows_is_sorted_in_slices_of_time_and_in_each_by_series_and_time()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: new ColdOptions());
        for (var i = 0; i < 100; i++) await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, $"p{i}", Value.OfNumber(1), TelemetryRig.Now)));
        await rig.LoadAsync();
        var (day, hour) = (At(-3, 0).Microseconds, 3_600_000_000L);
        rig.Database.Writer!.Execute($"INSERT INTO observations SELECT i % 100 + 1, {day} + i // 100 * {24 * hour / 10_000}, {day}, 0, 1, i, NULL, NULL, NULL FROM range(1000000) r(i)");
        Assert.Equal(0, (await rig.CompactAsync()).PutOff);
        var file = ColdManifest.Read(rig.Database.Writer!).Single();
        Assert.Equal(1_000_000, file.Rows);
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var parquet = $"read_parquet({ColdSql.Quote(rig.Cold.PathOf(file))}, file_row_number = true)";
        // Four slices of six hours, of two row groups each.
        Assert.Equal(0, connection.Scalar($"""
            SELECT count(*) FROM (SELECT series, t, epoch_us(t - TIMESTAMPTZ '{At(-3, 0)}') // {6 * hour} AS slice, lag((slice, series, t)) OVER (ORDER BY file_row_number) AS before FROM {parquet})
            WHERE (slice, series, t) <= before
            """));
        Assert.Equal(0, connection.Scalar($"""
            SELECT count(*) FROM parquet_metadata({ColdSql.Quote(rig.Cold.PathOf(file))})
            WHERE path_in_schema = 't' AND date_diff('minute', stats_min::TIMESTAMPTZ, stats_max::TIMESTAMPTZ) > 12 * 60
            """));
    }

    [Theory]
    [InlineData("10", 100, "0")]
    [InlineData("60 60", 100, "0 2")]
    [InlineData("40 40 40 40 40 40", 100, "0 3 5")]
    [InlineData("1000 1 1 1", 100, "0 2")]
    [InlineData("1 1 1 1000", 100, "0 4")]
    public void A_span_is_cut_into_few_ranges_of_series_about_the_same(string rows, long rowsPerFile, string firstSeries)
    {
        var counts = rows.Split(' ').Select((text, i) => (i + 1, long.Parse(text, CultureInfo.InvariantCulture))).ToList();
        var spans = ColdPlan.Cut(new ColdSpan(0, 1, 0, int.MaxValue), counts, rowsPerFile);
        Assert.Equal(firstSeries, string.Join(' ', spans.Select(span => span.LowSeries)));
        Assert.Equal(int.MaxValue, spans[^1].HighSeries);
        Assert.All(spans.Zip(spans.Skip(1)), pair => Assert.Equal(pair.First.HighSeries + 1, pair.Second.LowSeries));
    }
}
