using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>Observations that become cold are the same observations.</summary>
public sealed class TierTests : IDisposable
{
    private static readonly PropertyName P = PropertyName.Parse("p");
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-tiers-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Timestamp Day(int day, double hour = 0) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hour) * 3_600_000_000));

    private Observation At(TelemetryRig rig, Timestamp time, long value, Quality quality = Quality.Good) => rig.Observe(_thing, "p", Value.OfInteger(value), time, quality);

    private async Task<List<(Timestamp, long, Quality)>> ReadAsync(TelemetryRig rig, Func<SeriesQuery, SeriesQuery>? change = null)
    {
        var query = new SeriesQuery(_thing, P, Timestamp.Min, Timestamp.Max) { Limit = 10_000 };
        var page = await rig.Queries.ReadAsync(change is null ? query : change(query), Stop);
        return [.. page.Items.Select(item => (item.Time, item.Value.AsInteger, item.Quality))];
    }

    private async Task FillAsync(TelemetryRig rig, int firstDay, int lastDay)
    {
        var result = default(AppendResult);
        for (var day = firstDay; day <= lastDay; day++)
            for (var hour = 0; hour < 24; hour++) result = rig.Append(_thing, At(rig, Day(day, hour), day * 24 + hour));
        await rig.CommitAsync(result);
    }

    private static List<string> FilesOf(TelemetryRig rig) => [.. ColdFiles.List(rig.Cold.Folder).Select(path => Path.GetRelativePath(rig.Cold.Folder, path))];

    [Fact]
    public async Task Days_that_are_over_become_files_and_every_answer_stays_the_same()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -40, 0);
        var before = await ReadAsync(rig);
        var done = await rig.CompactAsync();
        // At midnight of January 1st with six hours to wait, December 31st is not over: November is a month, December's days are on their own.
        Assert.Equal((39 * 24, 0), (done.Rows, done.PutOff));
        Assert.Equal(["2025/2025-11.s0.g", "2025/2025-12-01.s0.g"], FilesOf(rig).Take(2).Select(name => name[..name.LastIndexOf('g')] + 'g'));
        Assert.Equal(31, done.Files);
        Assert.Equal(2 * 24, (await rig.RowsAsync(rig.Series.Of(_thing).All[0])).Count);
        Assert.Equal(before, await ReadAsync(rig));
        Assert.Equal(before.AsEnumerable().Reverse().Skip(30).Take(500),
            await ReadAsync(rig, query => query with { Descending = true, After = before[^30].Item1, Limit = 500 }));
        Assert.Equal(before.Where(row => row.Item1 >= Day(-20, 5) && row.Item1 < Day(-3, 2)), await ReadAsync(rig, query => query with { From = Day(-20, 5), To = Day(-3, 2) }));
        Assert.Equal(before.Count, rig.Accounts.Read().All.Stored);
    }

    [Fact]
    public async Task A_month_that_is_over_becomes_one_file_and_a_small_year_too()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -3, 40);
        var before = await ReadAsync(rig);
        rig.Clock.Advance(TimeSpan.FromDays(5));
        await rig.CompactAsync();
        Assert.Equal(5, FilesOf(rig).Count);
        Assert.StartsWith("2025/2025.s0", FilesOf(rig)[0], StringComparison.Ordinal);
        rig.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(31, (await rig.CompactAsync()).Merged);
        Assert.Equal(["2025/2025.s0", "2026/2026-01.s0", "2026/2026-02-01.s0", "2026/2026-02-02.s0", "2026/2026-02-03.s0"], FilesOf(rig).Select(name => name[..name.LastIndexOf(".g", StringComparison.Ordinal)]));
        Assert.Equal(before, await ReadAsync(rig));
    }

    [Fact]
    public async Task Late_and_corrected_observations_are_found_at_once_and_taken_in_by_the_next_compaction()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -3);
        await rig.CompactAsync();
        await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-4, 3), -1), At(rig, Day(-4, 3.5), -2), At(rig, Day(-4, 4), -3, Quality.Fault)));
        async Task SeeAsync()
        {
            var rows = await ReadAsync(rig);
            Assert.Equal(3 * 24 + 1, rows.Count);
            Assert.Equal([(Day(-4, 3), -1, Quality.Good), (Day(-4, 3.5), -2, Quality.Good), (Day(-4, 4), -3, Quality.Fault)],
                rows.Where(row => row.Item1 >= Day(-4, 3) && row.Item1 <= Day(-4, 4)));
            // The good value that a faulty one replaced is gone for those who ask for good ones.
            Assert.DoesNotContain(await ReadAsync(rig, query => query with { Qualities = [Quality.Good] }), row => row.Item1 == Day(-4, 4));
            var day = new BucketQuery(new SeriesQuery(_thing, P, Day(-4), Day(-3)), BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Min]);
            Assert.Equal([24, -96], Assert.Single((await rig.Queries.AggregateAsync(day, Stop)).Items).Values);
            Assert.Equal(new AccountView(75, 73, 2, 0), rig.Accounts.Read(_thing));
        }
        await SeeAsync();
        var done = await rig.CompactAsync();
        Assert.Equal((3, 1), (done.Rows, done.Files));
        Assert.Empty(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
        await SeeAsync();
        Assert.Empty((await new TelemetryCheck(rig.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task A_few_late_observations_wait_until_their_file_is_a_day_old()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -3);
        await rig.CompactAsync();
        await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-4, 3), -1)));
        await rig.LoadAsync();
        Assert.Equal(0, (await rig.Compaction.RunAsync(isEverythingDue: false, Stop)).Files);
        rig.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(1, (await rig.Compaction.RunAsync(isEverythingDue: false, Stop)).Rows);
    }

    [Fact]
    public async Task Latest_values_bounds_and_accounts_come_back_from_cold_files_at_a_start()
    {
        var text = ThingId.New(TimeProvider.System);
        await using (var rig = new TelemetryRig(_folder))
        {
            await FillAsync(rig, -5, -3);
            await rig.CommitAsync(rig.Append(text, rig.Observe(text, "note", Value.OfText("first"), Day(-5)), rig.Observe(text, "note", Value.OfText("萬物"), Day(-4), Quality.Suspect)));
            await rig.CompactAsync();
            await rig.CommitAsync(rig.Append(text, rig.Observe(text, "note", Value.OfText("older"), Day(-4, -1))));
        }
        await using var again = new TelemetryRig(_folder);
        Assert.True(again.Latest.TryGet(_thing, P, out var latest));
        Assert.Equal((Day(-3, 23), -49), (latest.Observation.Time, latest.Observation.Value.AsInteger));
        Assert.True(again.Latest.TryGet(text, PropertyName.Parse("note"), out latest));
        Assert.Equal((Day(-4), "萬物", Quality.Suspect), (latest.Observation.Time, latest.Observation.Value.ToString(), latest.Observation.Quality));
        Assert.Equal(72, (await ReadAsync(again)).Count);
        await again.CommitAsync(again.Append(_thing, At(again, Day(-5), 7)));
        await again.LoadAsync();
        Assert.Equal(new AccountView(73, 72, 1, 0), again.Accounts.Read(_thing));
    }

    /// <summary>Rollups of the smallest files, too.</summary>
    private static readonly ColdOptions WithRollups = new() { MemoryMegabytes = 64, RollupsFromRows = 1 };

    public static TheoryData<string> EveryStep => [.. Enum.GetNames<ColdStep>().Where(step => !step.StartsWith("Hours", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(EveryStep))]
    public async Task A_crash_at_any_step_loses_nothing_doubles_nothing_and_leaves_no_file_behind(string stepName)
    {
        var step = Enum.Parse<ColdStep>(stepName);
        List<(Timestamp, long, Quality)> before;
        await using (var rig = new TelemetryRig(_folder, coldOptions: WithRollups))
        {
            await FillAsync(rig, -10, 2);
            await rig.CompactAsync();
            await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 2), -1), At(rig, Day(-5, 2.5), -2)));
            before = await ReadAsync(rig);
            rig.Clock.Advance(TimeSpan.FromDays(2));
            rig.Moves.At = now =>
            {
                if (now == step) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(rig.CompactAsync);
            Assert.Equal(before, await ReadAsync(rig));
            await rig.KillAsync();
        }
        await using var again = new TelemetryRig(_folder, coldOptions: WithRollups);
        Assert.Equal(before, await ReadAsync(again));
        Assert.Equal(ColdManifest.ReadAll(again.Database.Writer!).Select(file => file.Name).Order(StringComparer.Ordinal), FilesOf(again));
        Assert.False(Directory.Exists(Path.Combine(again.Cold.Folder, ColdFiles.WorkFolder)));
        again.Clock.Advance(TimeSpan.FromDays(2));
        await again.CompactAsync();
        Assert.Equal(before, await ReadAsync(again));
        Assert.Equal(ColdManifest.ReadAll(again.Database.Writer!).Select(file => file.Name).Order(StringComparer.Ordinal), FilesOf(again));
        Assert.Empty((await new TelemetryCheck(again.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task What_is_replaced_while_its_day_is_being_written_puts_the_file_off_and_the_newer_value_stands()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -5);
        await rig.LoadAsync();
        rig.Moves.At = step =>
        {
            if (step != ColdStep.Written) return;
            rig.Moves.At = null;
            rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 1), -1), At(rig, Day(-5, 1.5), -2))).GetAwaiter().GetResult();
            rig.LoadAsync().GetAwaiter().GetResult();
        };
        Assert.Equal((0, 1), (await rig.CompactAsync()) switch { var done => (done.Files, done.PutOff) });
        Assert.Equal([(Day(-5), -120, Quality.Good), (Day(-5, 1), -1, Quality.Good), (Day(-5, 1.5), -2, Quality.Good)], (await ReadAsync(rig)).Take(3));
        Assert.Equal((1, 0), (await rig.CompactAsync()) switch { var done => (done.Files, done.PutOff) });
        Assert.Equal(25, (await ReadAsync(rig)).Count);
        Assert.Single(FilesOf(rig));
    }

    [Fact]
    public async Task What_a_move_that_was_put_off_left_behind_does_not_take_the_next_one_with_it_while_somebody_reads()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -5);
        await rig.LoadAsync();
        rig.Moves.At = step =>
        {
            if (step != ColdStep.Written) return;
            rig.Moves.At = null;
            rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 1), -1))).GetAwaiter().GetResult();
            rig.LoadAsync().GetAwaiter().GetResult();
        };
        Assert.Equal(1, (await rig.CompactAsync()).PutOff);
        var left = Assert.Single(FilesOf(rig));
        using (rig.Cold.Hold()) Assert.Equal(1, (await rig.CompactAsync()).Files);
        Assert.Equal(left, Assert.Single(FilesOf(rig)));
        Assert.Equal(24, (await ReadAsync(rig)).Count);
    }

    [Fact]
    public async Task What_comes_late_while_its_day_is_being_written_stays_hot_and_is_found()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -5);
        await rig.LoadAsync();
        rig.Moves.At = step =>
        {
            if (step != ColdStep.Written) return;
            rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 1.5), -2))).GetAwaiter().GetResult();
            rig.LoadAsync().GetAwaiter().GetResult();
        };
        Assert.Equal(24, (await rig.CompactAsync()).Rows);
        Assert.Single(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
        Assert.Equal(25, (await ReadAsync(rig)).Count);
    }

    [Fact]
    public async Task A_question_that_is_under_way_keeps_the_files_it_may_name()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -5);
        await rig.CompactAsync();
        await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 1), -1)));
        await rig.LoadAsync();
        var read = await rig.Database.QueryAsync((connection, view, _) =>
        {
            rig.CompactAsync().GetAwaiter().GetResult();
            var reading = new SeriesReading(connection, view, rig.Series.Of(_thing).All[0], null);
            return (Rows: reading.Page(Timestamp.Min.Microseconds, Timestamp.Max.Microseconds, false, 100), Files: FilesOf(rig).Count);
        }, Stop);
        Assert.Equal((24, 2), (read.Rows.Count, read.Files));
        Assert.Equal(-1, read.Rows[1].Value.AsInteger);
        Assert.Single(FilesOf(rig));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("short")]
    [InlineData("changed")]
    public async Task A_damaged_file_is_set_aside_and_named_and_the_rest_goes_on_until_it_is_put_back(string damage)
    {
        byte[] whole;
        string path;
        await using (var rig = new TelemetryRig(_folder))
        {
            await FillAsync(rig, -10, -5);
            await rig.CompactAsync();
            path = Path.Combine(rig.Cold.Folder, FilesOf(rig)[2]);
            whole = await File.ReadAllBytesAsync(path, Stop);
            if (damage == "missing") File.Delete(path);
            else if (damage == "short") await File.WriteAllBytesAsync(path, whole[..^100], Stop);
            else await File.WriteAllBytesAsync(path, [.. whole[..^200], .. new byte[200]], Stop);
            Assert.Equal(5 * 24, (await ReadAsync(rig)).Count);
            Assert.Equal("2025/2025-12-24", Assert.Single(rig.Cold.Damaged).Key[..15]);
            // What comes for the damaged file's day is kept hot, and nothing is written over it.
            await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-8, 3), -1)));
            Assert.Equal(0, (await rig.CompactAsync()).Files);
            Assert.Equal(5 * 24 + 1, (await ReadAsync(rig)).Count);
            Assert.Equal("cold/" + rig.Cold.Damaged.First().Key, Assert.Single((await new TelemetryCheck(rig.Database).RunAsync(_folder, Stop)).Findings).File);
        }
        await using (var again = new TelemetryRig(_folder)) Assert.Single(again.Cold.Damaged);
        await File.WriteAllBytesAsync(path, whole, Stop);
        await using var healed = new TelemetryRig(_folder);
        Assert.Empty(healed.Cold.Damaged);
        Assert.Equal(6 * 24, (await ReadAsync(healed)).Count);
        Assert.Contains((Day(-8, 3), -1, Quality.Good), await ReadAsync(healed));
    }

    [Fact]
    public async Task A_file_changed_where_nobody_looks_is_found_by_the_check_and_never_written_anew()
    {
        await using var rig = new TelemetryRig(_folder);
        await FillAsync(rig, -5, -4);
        await rig.CompactAsync();
        var path = Path.Combine(rig.Cold.Folder, FilesOf(rig)[0]);
        using (var file = File.OpenWrite(path)) file.Write([0xAA]);
        await rig.CommitAsync(rig.Append(_thing, At(rig, Day(-5, 3), -1)));
        Assert.Equal(0, (await rig.CompactAsync()).Files);
        Assert.Single(rig.Cold.Damaged);
        Assert.Single((await new TelemetryCheck(rig.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task A_backup_holds_the_cold_files_and_starts_as_a_server_of_its_own()
    {
        var target = Path.Combine(_folder, "backup");
        Directory.CreateDirectory(target);
        await using (var rig = new TelemetryRig(Path.Combine(_folder, "data")))
        {
            await FillAsync(rig, -5, 0);
            await rig.CompactAsync();
            var files = await new TelemetryBackup(rig.Database, rig.Compaction, rig.Cleanup, rig.Log).RunAsync(rig.Folder, target, Stop);
            Assert.Equal(4, files.Count(file => file.Path.StartsWith("cold/2025/", StringComparison.Ordinal)));
        }
        Assert.Empty(TelemetryCheck.RunOffline(target, Stop).Findings);
        await using var copy = new TelemetryRig(target);
        Assert.Equal(6 * 24, (await ReadAsync(copy)).Count);
    }
}
