using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class RollupTests : IDisposable
{
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly ColdOptions Small = new() { MemoryMegabytes = 64, RollupsFromRows = 1 };
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-rollups-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Timestamp At(int day, double hours) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hours) * 3_600_000_000));

    /// <summary>A counter, every ten minutes.</summary>
    private static async Task FillAsync(TelemetryRig rig, int fromDay, int toDay)
    {
        for (var day = fromDay; day <= toDay; day++)
            await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 144).Select(i => rig.Observe(Thing, "p", Value.OfNumber(1_000 + day * 144 + i), At(day, i / 6.0)))]));
    }

    private static BucketQuery Query(string every, int fromDay, int toDay)
    {
        Assert.True(BucketWidth.TryParse(every, out var width));
        return new BucketQuery(new SeriesQuery(Thing, PropertyName.Parse("p"), At(fromDay, 0), At(toDay, 0)), width, TimeZoneInfo.Utc,
            [Aggregate.Count, Aggregate.Avg, Aggregate.Increase, Aggregate.Max]);
    }

    private static async Task<List<string>> AskAsync(TelemetryRig rig, BucketQuery query) =>
        [.. (await rig.Queries.AggregateAsync(query, Stop)).Items.Select(bucket => $"{bucket.Start} {string.Join(' ', bucket.Values.Select(value => value?.ToString("R", CultureInfo.InvariantCulture)))}")];

    private static List<string> RollupFilesOf(TelemetryRig rig) =>
        [.. ColdFiles.List(rig.Cold.Folder).Select(path => Path.GetRelativePath(rig.Cold.Folder, path)).Where(name => name.StartsWith("rollups/", StringComparison.Ordinal))];

    /// <summary>The files the answer was made of.</summary>
    private static Task<List<string>> FilesReadAsync(TelemetryRig rig, BucketQuery query) => rig.Database.QueryAsync((connection, cold, stop) =>
    {
        new BucketReading(connection, cold, rig.Series.Of(Thing).All[0], query).Read(query.Series.From.Microseconds, query.Series.To.Microseconds, stop);
        return cold.Named.Select(file => file.Name[..file.Name.LastIndexOf(".g", StringComparison.Ordinal)]).Distinct().ToList();
    }, Stop);

    [Fact]
    public async Task Days_and_hours_are_answered_from_their_rollups_and_what_is_cut_from_the_observations()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, -3, -2);
        await rig.CompactAsync();
        await rig.SumUpAsync();
        var days = Query("1d", -3, -1) with { Aggregates = [Aggregate.Avg] };
        Assert.Equal(["rollups/1d/2025/2025-12-29.s0", "rollups/1d/2025/2025-12-30.s0"], await FilesReadAsync(rig, days));
        Assert.Equal(["rollups/1h/2025/2025-12-29.s0", "rollups/1h/2025/2025-12-30.s0"], await FilesReadAsync(rig, days with { Every = new BucketWidth(1, BucketUnit.Hour) }));
        // The day begins half an hour after an hour of UTC: that hour alone is read as it was reported.
        var cut = days with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata") };
        Assert.Contains("2025/2025-12-29.s0", await FilesReadAsync(rig, cut));
        Assert.Contains("rollups/1h/2025/2025-12-29.s0", await FilesReadAsync(rig, cut));
    }

    [Fact]
    public async Task What_comes_late_is_counted_at_once_and_summed_up_anew_later()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, -1, -1);
        // The last hour is over for less than the grace.
        Assert.Equal(23, await rig.SumUpAsync());
        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(5_000), At(-1, 3.05)), rig.Observe(Thing, "p", Value.OfNumber(7_000), At(-1, 3.5))));
        await rig.LoadAsync();
        Assert.Equal("145", (await AskAsync(rig, Query("1d", -1, 0))).Single().Split(' ')[1]);
        var before = await AskAsync(rig, Query("1h", -1, 0));
        Assert.EndsWith(" 7000", before[3], StringComparison.Ordinal);
        Assert.Equal(1, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
        Assert.Equal(1, await rig.SumUpAsync());
        Assert.Equal(0, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
        Assert.Equal(before, await AskAsync(rig, Query("1h", -1, 0)));
        Assert.Equal(0, await rig.SumUpAsync());
    }

    [Fact]
    public async Task Very_many_late_observations_are_noted_by_the_hour()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        await FillAsync(rig, -1, -1);
        await rig.SumUpAsync();
        var things = Enumerable.Range(0, 5_000).Select(_ => ThingId.New(TimeProvider.System)).ToList();
        foreach (var thing in things) rig.Append(thing, rig.Observe(thing, "q", Value.OfNumber(1), At(-1, 2)));
        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(5_000), At(-1, 2.05))));
        await rig.LoadAsync();
        Assert.InRange(rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"), 1, 4_096);
        Assert.Equal("145", (await AskAsync(rig, Query("1d", -1, 0))).Single().Split(' ')[1]);
        await rig.SumUpAsync();
        Assert.Equal(5_023, rig.Database.Writer!.Scalar("SELECT count(*) FROM rollup_hours"));
        Assert.Equal("145", (await AskAsync(rig, Query("1d", -1, 0))).Single().Split(' ')[1]);
    }

    [Fact]
    public async Task A_series_of_few_observations_is_whole_in_the_minutes_of_a_busy_one()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: new ColdOptions { MemoryMegabytes = 64, RollupsFromRows = 1, RowsPerFile = 3_000 });
        var busy = ThingId.New(TimeProvider.System);
        for (var i = 0; i < 10; i++)
            await rig.CommitAsync(rig.Append(busy, [.. Enumerable.Range(0, 1_000).Select(k => rig.Observe(busy, "p", Value.OfNumber(k), At(-1, i / 6.0 + k / 6_000.0)))]));
        await FillAsync(rig, -1, -1);
        await FillAsync(rig, -2, -2);
        rig.Clock.Advance(TimeSpan.FromDays(40));
        await rig.CompactAsync();
        await rig.SumUpAsync();
        Assert.Contains(RollupFilesOf(rig), name => name.StartsWith("rollups/1m/", StringComparison.Ordinal));
        Assert.Equal(144, (await AskAsync(rig, Query("5m", -1, 0))).Count);
    }

    [Theory]
    [InlineData("HoursSummedUp")]
    [InlineData("HoursCommitted")]
    [InlineData("SummedUp")]
    [InlineData("BeforeCommit")]
    [InlineData("AfterCommit")]
    public async Task A_crash_at_any_step_of_summing_up_leaves_answers_as_they_were(string stepName)
    {
        List<string> before;
        await using (var rig = new TelemetryRig(_folder, coldOptions: Small))
        {
            await FillAsync(rig, -4, -1);
            await rig.CompactAsync();
            await rig.SumUpAsync();
            await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(3), At(-3, 3.05)), rig.Observe(Thing, "p", Value.OfNumber(4), At(0, -0.05))));
            await rig.LoadAsync();
            before = await AskAsync(rig, Query("1h", -4, 1));
            rig.Moves.At = now =>
            {
                if (now == Enum.Parse<ColdStep>(stepName)) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                await rig.SumUpAsync();
                await rig.CompactAsync();
            });
            Assert.Equal(before, await AskAsync(rig, Query("1h", -4, 1)));
            await rig.KillAsync();
        }
        await using var again = new TelemetryRig(_folder, coldOptions: Small);
        Assert.Equal(before, await AskAsync(again, Query("1h", -4, 1)));
        await again.SumUpAsync();
        await again.CompactAsync();
        Assert.Equal(before, await AskAsync(again, Query("1h", -4, 1)));
        Assert.Equal(0, again.Database.Writer!.Scalar("SELECT count(*) FROM rollup_dirty"));
        Assert.Empty((await new TelemetryCheck(again.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task A_damaged_file_of_rollups_is_named_and_the_observations_answer_until_it_is_put_back()
    {
        byte[] whole;
        string path;
        List<string> before;
        await using (var rig = new TelemetryRig(_folder, coldOptions: Small))
        {
            await FillAsync(rig, -3, -2);
            await rig.CompactAsync();
            await rig.SumUpAsync();
            path = Path.Combine(rig.Cold.Folder, RollupFilesOf(rig).First(name => name.StartsWith("rollups/1d/", StringComparison.Ordinal)));
            whole = await File.ReadAllBytesAsync(path, Stop);
            await File.WriteAllBytesAsync(path, [.. whole[..^200], .. new byte[200]], Stop);
            before = await AskAsync(rig, Query("1d", -3, 0));
            Assert.Equal(["2025-12-29T00:00:00Z 144 639.5 143 711", "2025-12-30T00:00:00Z 144 783.5 144 855"], before);
            Assert.StartsWith("rollups/1d/2025/2025-12-29", Assert.Single(rig.Cold.Damaged).Key, StringComparison.Ordinal);
            Assert.Equal("cold/" + rig.Cold.Damaged.First().Key, Assert.Single((await new TelemetryCheck(rig.Database).RunAsync(_folder, Stop)).Findings).File);
        }
        await File.WriteAllBytesAsync(path, whole, Stop);
        await using var healed = new TelemetryRig(_folder, coldOptions: Small);
        Assert.Empty(healed.Cold.Damaged);
        Assert.Equal(before, await AskAsync(healed, Query("1d", -3, 0)));
    }

    [Fact]
    public async Task A_store_of_the_version_before_is_opened_and_its_files_get_their_rollups()
    {
        List<string> before;
        await using (var rig = new TelemetryRig(_folder, coldOptions: Small))
        {
            await FillAsync(rig, -3, -1);
            await rig.CompactAsync();
            await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(3), At(-3, 3.05))));
            before = await AskAsync(rig, Query("1d", -3, 0));
            foreach (var table in RollupManifest.Tables) rig.Database.Writer!.Execute($"DROP TABLE {table}");
            rig.Database.Writer!.Execute("UPDATE state SET version = 2");
        }
        await using var again = new TelemetryRig(_folder, coldOptions: Small);
        Assert.Empty(RollupFilesOf(again));
        Assert.Equal(before, await AskAsync(again, Query("1d", -3, 0)));
        await again.SumUpAsync();
        await again.Compaction.RunAsync(isEverythingDue: false, Stop);
        Assert.NotEmpty(RollupFilesOf(again));
        Assert.Equal(before, await AskAsync(again, Query("1d", -3, 0)));
    }

    [Fact]
    public async Task A_backup_holds_the_rollups()
    {
        var target = Path.Combine(_folder, "backup");
        Directory.CreateDirectory(target);
        List<string> before;
        await using (var rig = new TelemetryRig(Path.Combine(_folder, "data"), coldOptions: Small))
        {
            await FillAsync(rig, -3, -1);
            await rig.CompactAsync();
            await rig.SumUpAsync();
            before = await AskAsync(rig, Query("1d", -3, 0));
            var files = await new TelemetryBackup(rig.Database, rig.Compaction, rig.Cleanup, rig.Log).RunAsync(rig.Folder, target, Stop);
            Assert.Equal(RollupFilesOf(rig), files.Select(file => file.Path).Where(name => name.StartsWith("cold/rollups/", StringComparison.Ordinal)).Select(name => name[5..]).Order(StringComparer.Ordinal));
        }
        Assert.Empty(TelemetryCheck.RunOffline(target, Stop).Findings);
        await using var copy = new TelemetryRig(target, coldOptions: Small);
        Assert.Equal(before, await AskAsync(copy, Query("1d", -3, 0)));
    }

    private static string Golden => Repository.File("tests", "Wanwu.Tests", "Telemetry", "Golden", "rollup-v1.parquet");

    private static List<string> Read(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "-" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    private static List<string> Layout(string path) =>
    [
        .. Read($"SELECT name, type, converted_type, logical_type FROM parquet_schema('{path}') WHERE type IS NOT NULL"),
        .. Read($"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}') ORDER BY 1"),
        .. Read($"SELECT * REPLACE (epoch_us(start) AS start, epoch_us(finish) AS finish, round(distance, 3) AS distance) FROM read_parquet('{path}') ORDER BY ALL"),
    ];

    /// <summary>A counter that begins anew, a way of three points, and texts; two qualities.</summary>
    private static async Task<string> WriteAsync(TelemetryRig rig)
    {
        Value[] values = [Value.OfNumber(10), Value.OfNumber(12.5), Value.OfInteger(3), Value.OfText("萬物"), Value.OfPoint(39.9, 116.4), Value.OfPoint(39.91, 116.4), Value.OfPoint(39.91, 116.41)];
        for (var hour = 0; hour < 4; hour++)
            await rig.CommitAsync(rig.Append(Thing, [.. values.Select((value, i) => rig.Observe(Thing, "p", value, At(-3, hour + i * 0.1), i == 1 ? Quality.Suspect : Quality.Good))]));
        await rig.CompactAsync();
        return Path.Combine(rig.Cold.Folder, RollupFilesOf(rig).Single(name => name.StartsWith("rollups/1d/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_of_rollups_reads_as_it_did_when_the_layout_was_made()
    {
        await using var rig = new TelemetryRig(_folder, coldOptions: Small);
        var written = await WriteAsync(rig);
        Assert.Equal(Layout(Golden), Layout(written));
        var document = await File.ReadAllTextAsync(Repository.File("docs", "formats", "rollups.md"), Stop);
        Assert.All(Read($"SELECT column_name FROM (DESCRIBE FROM read_parquet('{Golden}'))"), column => Assert.Contains($"`{column}`", document, StringComparison.Ordinal));
        Assert.Equal(RollupSql.Columns, string.Join(", ", Read($"SELECT column_name FROM (DESCRIBE FROM read_parquet('{Golden}'))")));
    }
}
