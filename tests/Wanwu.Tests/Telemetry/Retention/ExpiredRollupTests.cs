using System.Globalization;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>A month goes out of a year's rollups, and the rest of them stays as it is.</summary>
public sealed class ExpiredRollupTests : IDisposable
{
    /// <summary>Three days of each month from September to December 2025; today is 26 January.</summary>
    private static readonly int[] Days = [-140, -130, -125, -105, -100, -95, -80, -75, -70, -50, -45, -40];
    private static readonly RetentionRules WithoutSeptember = RetentionRig.Rules(RetentionRig.Policy("default", "P110D"));
    private readonly ThingId _one = ThingId.New(TimeProvider.System), _two = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-expired-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Timestamp At(int day, int hour = 0) => new(TelemetryRig.Now.Microseconds + ((25 + day) * 24L + hour) * 3_600_000_000);

    private RetentionRig Rig(RetentionRules? rules = null) => new(_folder, RetentionRig.Directory((_one, "city/water"), (_two, "city")), rules, past: TimeSpan.FromDays(25),
        cold: RetentionRig.ColdOptions with { RowsPerFile = 200, RollupsFromRows = 1 });

    private async Task<List<string>> FillAsync(RetentionRig rig)
    {
        foreach (var thing in (ThingId[])[_one, _two])
            foreach (var day in Days)
                await rig.Telemetry.CommitAsync(rig.Telemetry.Append(thing, [.. Enumerable.Range(0, 24).Select(i => rig.Telemetry.Observe(thing, "p", Value.OfNumber(day * 100 + i % 7), At(day, i)))]));
        await rig.Telemetry.CompactAsync();
        // From now on days that are over are answered of rollups.
        await rig.Telemetry.SumUpAsync();
        Assert.Equal(["2025-09-01 2026-01-01 24"], DayFiles(rig));
        return await DaysAsync(rig, _one);
    }

    private static async Task<List<string>> DaysAsync(RetentionRig rig, ThingId thing)
    {
        await rig.Telemetry.LoadAsync();
        var query = new BucketQuery(new SeriesQuery(thing, PropertyName.Parse("p"), At(-370), At(0)), new BucketWidth(1, BucketUnit.Day), TimeZoneInfo.Utc,
            [Aggregate.Count, Aggregate.Avg, Aggregate.Min, Aggregate.Last, Aggregate.Stddev]);
        return [.. (await rig.Telemetry.Queries.AggregateAsync(query, Stop)).Items.Select(bucket => $"{bucket.Start} {string.Join(' ', bucket.Values.Select(value => value?.ToString("G12", CultureInfo.InvariantCulture)))}")];
    }

    private static List<string> DayFiles(RetentionRig rig) => [.. RollupManifest.Read(rig.Telemetry.Database.Writer!).Where(rollup => rollup.Level is RollupLevel.Day)
        .Select(rollup => $"{new Timestamp(rollup.File.Span.From).ToString()[..10]} {new Timestamp(rollup.File.Span.To).ToString()[..10]} {rollup.File.Rows}")];

    private static ColdFile YearOf(RetentionRig rig) => RollupManifest.Read(rig.Telemetry.Database.Writer!).Single(rollup => rollup.Level is RollupLevel.Day).File;

    private static ColdFile OctoberOf(RetentionRig rig) => ColdManifest.Read(rig.Telemetry.Database.Writer!).First(file => file.Name.Contains("2025-10", StringComparison.Ordinal));

    private async Task IsSoundAsync(RetentionRig rig)
    {
        Assert.Equal(ColdManifest.ReadAll(rig.Telemetry.Database.Writer!).Select(file => file.Name).Order(StringComparer.Ordinal),
            ColdFiles.List(rig.Telemetry.Cold.Folder).Select(path => Path.GetRelativePath(rig.Telemetry.Cold.Folder, path)));
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task The_month_that_expired_leaves_the_years_rollups_and_nothing_is_made_anew()
    {
        await using var rig = Rig();
        var before = await FillAsync(rig);
        rig.Book.Apply(WithoutSeptember);
        rig.Faults.At = step =>
        {
            if (step is ExpiryStep.AfterCommit) Assert.Empty(RollupManifest.Pending(rig.Telemetry.Database.Writer!));
        };
        await rig.Telemetry.CompactAsync();
        Assert.Equal(["2025-09-01 2026-01-01 18"], DayFiles(rig));
        Assert.Equal(before[3..], await DaysAsync(rig, _one));
        Assert.Equal(before[3..], await DaysAsync(rig, _two));
        await IsSoundAsync(rig);

        // What comes late for a day of the span that has no file any more is counted like everything else.
        rig.Book.Apply(RetentionRig.Rules());
        await rig.Telemetry.CommitAsync(rig.Telemetry.Append(_one, rig.Telemetry.Observe(_one, "p", Value.OfNumber(7), At(-130))));
        var late = await DaysAsync(rig, _one);
        Assert.Equal($"{At(-130)} 1 7 7 7 0", late[0]);
        Assert.Equal(before[3..], late[1..]);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(late, await DaysAsync(rig, _one));
        await IsSoundAsync(rig);
    }

    [Fact]
    public async Task Of_several_classes_only_the_one_that_expired_leaves_the_years_rollups()
    {
        await using var rig = Rig();
        var before = await FillAsync(rig);
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("water", "P110D", organisation: "city/water")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(["2025-09-01 2026-01-01 21"], DayFiles(rig));
        Assert.Equal(before[3..], await DaysAsync(rig, _one));
        Assert.Equal(before, await DaysAsync(rig, _two));
        Assert.Empty(RollupManifest.Pending(rig.Telemetry.Database.Writer!));
        await IsSoundAsync(rig);
    }

    [Fact]
    public async Task The_rollups_of_another_month_stay_though_its_observations_are_damaged()
    {
        await using var rig = Rig();
        var before = await FillAsync(rig);
        var october = OctoberOf(rig);
        await File.WriteAllBytesAsync(rig.Telemetry.Cold.PathOf(october), new byte[october.Bytes], Stop);
        rig.Book.Apply(WithoutSeptember);
        Assert.True(rig.Telemetry.Cold.SetAsideDamaged(rig.Telemetry.Database.Writer!, [october]));
        Assert.Equal(before, await DaysAsync(rig, _one));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(["2025-09-01 2026-01-01 18"], DayFiles(rig));
        Assert.Equal(before[3..], await DaysAsync(rig, _one));
    }

    [Fact]
    public async Task A_damaged_years_file_is_not_written_anew_but_made_of_the_observations_there_are()
    {
        await using var rig = Rig();
        var before = await FillAsync(rig);
        var year = YearOf(rig);
        await File.WriteAllBytesAsync(rig.Telemetry.Cold.PathOf(year), new byte[year.Bytes], Stop);
        rig.Book.Apply(WithoutSeptember);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(18, RollupManifest.Read(rig.Telemetry.Database.Writer!).Where(rollup => rollup.Level is RollupLevel.Day).Sum(rollup => rollup.File.Rows));
        Assert.Equal(before[3..], await DaysAsync(rig, _one));
        await IsSoundAsync(rig);
    }

    [Fact]
    public async Task When_all_of_it_has_expired_no_rollups_are_left()
    {
        await using var rig = Rig();
        await FillAsync(rig);
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.CompactAsync();
        Assert.Empty(RollupManifest.Read(rig.Telemetry.Database.Writer!));
        Assert.Empty(await DaysAsync(rig, _one));
        await IsSoundAsync(rig);
    }

    [Theory]
    [InlineData(nameof(ExpiryStep.Written), true)]
    [InlineData(nameof(ExpiryStep.RollupsLeft), false)]
    [InlineData(nameof(ExpiryStep.RollupsLeft), true)]
    [InlineData(nameof(ExpiryStep.BeforeCommit), false)]
    [InlineData(nameof(ExpiryStep.BeforeCommit), true)]
    [InlineData(nameof(ExpiryStep.AfterCommit), false)]
    [InlineData(nameof(ExpiryStep.AfterCommit), true)]
    public async Task A_crash_at_any_step_leaves_the_years_rollups_with_the_month_or_without(string step, bool isInPart)
    {
        var rules = isInPart ? RetentionRig.Rules(RetentionRig.Policy("water", "P110D", organisation: "city/water")) : WithoutSeptember;
        List<string> before;
        await using (var rig = Rig())
        {
            before = await FillAsync(rig);
            rig.Book.Apply(rules);
            rig.Faults.At = at =>
            {
                if (at.ToString() == step) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(() => rig.Telemetry.CompactAsync());
            await rig.Telemetry.KillAsync();
        }
        await using var again = Rig(rules);
        // The month lies in one file for each of the two things at most: the first of them has gone, or none.
        var (one, two) = (await DaysAsync(again, _one), await DaysAsync(again, _two));
        Assert.Equal(step == nameof(ExpiryStep.AfterCommit) ? before[3..] : before, one);
        Assert.Contains(two, (List<List<string>>)[before, before[3..]]);
        await again.Telemetry.CompactAsync();
        Assert.Equal(before[3..], await DaysAsync(again, _one));
        Assert.Equal(isInPart ? before : before[3..], await DaysAsync(again, _two));
        Assert.Equal([isInPart ? "2025-09-01 2026-01-01 21" : "2025-09-01 2026-01-01 18"], DayFiles(again));
        await IsSoundAsync(again);
    }
}
