using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>What the policies no longer keep goes, and nothing else does.</summary>
public sealed class ExpiryTests : IDisposable
{
    private readonly ThingId _one = ThingId.New(TimeProvider.System), _two = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-retention-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The day of the tests: the 26th, so that the days of the month lie in files of their own.</summary>
    private const int Today = 25;

    private static Timestamp Day(int day, double hour = 0) => new(TelemetryRig.Now.Microseconds + (long)(((Today + day) * 24 + hour) * 3_600_000_000));

    private RetentionRig Rig(RetentionRules? rules = null, ColdOptions? cold = null) =>
        new(_folder, RetentionRig.Directory((_one, "city/water"), (_two, "city")), rules, past: TimeSpan.FromDays(Today), cold: cold);

    private static async Task FillAsync(RetentionRig rig, ThingId thing, int firstDay, int lastDay, string property = "p")
    {
        var result = default(AppendResult);
        for (var day = firstDay; day <= lastDay; day++)
            for (var hour = 0; hour < 24; hour += 6) result = rig.Telemetry.Append(thing, rig.Telemetry.Observe(thing, property, Value.OfInteger(day * 24 + hour), Day(day, hour)));
        await rig.Telemetry.CommitAsync(result);
        await rig.Telemetry.LoadAsync();
    }

    private static int Files(RetentionRig rig) => ColdFiles.List(rig.Telemetry.Cold.Folder).Count();

    [Fact]
    public async Task A_file_goes_when_the_last_of_its_rows_has_expired_and_not_before()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(20, Files(rig));
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(10, Files(rig));
        Assert.Equal(Day(-10), (await rig.ReadAsync(_one, "p"))[0].Time);
        rig.Telemetry.Clock.Advance(TimeSpan.FromHours(23));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(10, Files(rig));
        rig.Telemetry.Clock.Advance(TimeSpan.FromHours(1));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(36, (await rig.ReadAsync(_one, "p")).Count);
        Assert.Equal((80, 44L), (rig.Telemetry.Accounts.Read().All.Stored, rig.Telemetry.Accounts.Expired));
        var journal = await rig.JournalAsync();
        Assert.Equal(11, journal.Count);
        Assert.All(journal, entry => Assert.Equal((ExpiryKind.File, 4L, "default"), (entry.Kind, entry.Rows, entry.Policies)));
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task Of_a_file_only_the_series_that_have_expired_go_when_it_is_worth_it()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -11);
        await FillAsync(rig, _two, -20, -11);
        await rig.Telemetry.CompactAsync();
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("water", "P5D", organisation: "city/water")));
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await rig.ReadAsync(_one, "p"));
        Assert.Equal(40, (await rig.ReadAsync(_two, "p")).Count);
        Assert.Equal(10, Files(rig));
        Assert.All(await rig.JournalAsync(), entry => Assert.Equal((ExpiryKind.Rewritten, 4L, "water"), (entry.Kind, entry.Rows, entry.Policies)));
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task A_few_expired_rows_wait_until_the_bound_of_days()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -62, -32);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(1, Files(rig));
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P58D")));
        await rig.Telemetry.CompactAsync();
        var before = (await rig.ReadAsync(_one, "p")).Count;
        Assert.True(before > 27 * 4, $"{before} rows");
        for (var day = 0; day < 31; day++)
        {
            rig.Telemetry.Clock.Advance(TimeSpan.FromDays(1));
            await rig.Telemetry.CompactAsync();
            var oldest = (await rig.ReadAsync(_one, "p")).FirstOrDefault();
            Assert.True(oldest == default || oldest.Time.Microseconds >= rig.Now.Microseconds - (58 + 31 + 1) * ColdPeriod.MicrosecondsPerDay);
        }
        Assert.Empty(await rig.ReadAsync(_one, "p"));
    }

    [Fact]
    public async Task A_few_rows_that_are_overdue_go_though_those_before_them_are_held()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -62, -59);
        await FillAsync(rig, _two, -62, -32);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(1, Files(rig));
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("water", "P10D", organisation: "city/water")) with { Holds = [RetentionRig.Hold(_one, Day(-62), Day(-61))] });
        await rig.Telemetry.CompactAsync();
        Assert.Equal([Day(-62), Day(-62, 6), Day(-62, 12), Day(-62, 18)], (await rig.ReadAsync(_one, "p")).Select(row => row.Time));
        Assert.Equal(31 * 4, (await rig.ReadAsync(_two, "p")).Count);
    }

    [Fact]
    public async Task Hot_rows_expire_too_and_late_ones_older_than_everything_kept_are_counted_and_let_go()
    {
        await using var rig = Rig(cold: RetentionRig.ColdOptions with { CloseAfterHours = 8_760 });
        await FillAsync(rig, _one, -20, -1);
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(40, (await rig.ReadAsync(_one, "p")).Count);
        await FillAsync(rig, _one, -400, -400);
        Assert.Equal(44, (await rig.ReadAsync(_one, "p")).Count);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(40, (await rig.ReadAsync(_one, "p")).Count);
        Assert.Equal((0, 84L, 44L), (Files(rig), rig.Telemetry.Accounts.Read().All.Stored, rig.Telemetry.Accounts.Expired));
    }

    [Fact]
    public async Task Nothing_held_goes_until_the_hold_is_lifted()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await FillAsync(rig, _two, -20, -1);
        await rig.Telemetry.CompactAsync();
        var rules = RetentionRig.Rules(RetentionRig.Policy("default", "P2D"));
        rig.Book.Apply(rules with { Holds = [RetentionRig.Hold(_one, Day(-15, 6), Day(-12))] });
        await rig.Telemetry.CompactAsync();
        Assert.Equal([Day(-15, 6), Day(-15, 12), Day(-15, 18), Day(-14), Day(-14, 6)], (await rig.ReadAsync(_one, "p")).Take(5).Select(row => row.Time));
        Assert.Equal(11 + 8, (await rig.ReadAsync(_one, "p")).Count);
        Assert.Equal(8, (await rig.ReadAsync(_two, "p")).Count);
        rig.Book.Apply(rules);
        await rig.Telemetry.CompactAsync();
        Assert.Equal(8, (await rig.ReadAsync(_one, "p")).Count);
    }

    [Fact]
    public async Task Until_a_change_takes_effect_the_longer_of_both_counts()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await rig.Telemetry.CompactAsync();
        var shorter = RetentionRig.Policy("default", "P2D").Policy;
        rig.Book.Apply(new RetentionRules([new PolicyEntry("default", 1, rig.Now, RetentionRig.Policy("default", "P10D").Policy, new PendingChange(shorter, Day(1), "test"))], []));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(40, (await rig.ReadAsync(_one, "p")).Count);
        rig.Telemetry.Clock.Advance(TimeSpan.FromDays(1));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(4, (await rig.ReadAsync(_one, "p")).Count);
    }

    [Fact]
    public async Task The_latest_value_goes_with_its_row_before_a_start_and_after_it()
    {
        var rules = RetentionRig.Rules(RetentionRig.Policy("default", "P5D"), RetentionRig.Policy("kept", null, "kept"));
        await using (var rig = Rig(rules))
        {
            await FillAsync(rig, _one, -20, -11);
            await FillAsync(rig, _one, -20, -11, "kept");
            rig.Book.Apply(RetentionRules.None);
            await rig.Telemetry.CompactAsync();
            Assert.True(rig.Telemetry.Latest.TryGet(_one, PropertyName.Parse("p"), out _));
            rig.Book.Apply(rules);
            await rig.Telemetry.CompactAsync();
            See(rig);
        }
        await using var again = Rig(rules);
        See(again);
        Assert.Equal(40, again.Telemetry.Accounts.Expired);

        void See(RetentionRig rig)
        {
            Assert.False(rig.Telemetry.Latest.TryGet(_one, PropertyName.Parse("p"), out _));
            Assert.True(rig.Telemetry.Latest.TryGet(_one, PropertyName.Parse("kept"), out var latest));
            Assert.Equal(Day(-11, 18), latest.Observation.Time);
        }
    }

    [Fact]
    public async Task What_is_held_of_a_series_becomes_its_latest()
    {
        var rules = RetentionRig.Rules(RetentionRig.Policy("default", "P2D")) with { Holds = [RetentionRig.Hold(_one, Day(-15), Day(-14))] };
        await using (var rig = Rig())
        {
            await FillAsync(rig, _one, -20, -10);
            await rig.Telemetry.CompactAsync();
            rig.Book.Apply(rules);
            await rig.Telemetry.CompactAsync();
            Assert.True(rig.Telemetry.Latest.TryGet(_one, PropertyName.Parse("p"), out var latest));
            Assert.Equal((Day(-15, 18), -15 * 24 + 18), (latest.Observation.Time, latest.Observation.Value.AsInteger));
        }
        await using var again = Rig(rules);
        Assert.True(again.Telemetry.Latest.TryGet(_one, PropertyName.Parse("p"), out var same));
        Assert.Equal(Day(-15, 18), same.Observation.Time);
        Assert.Equal(4, (await again.ReadAsync(_one, "p")).Count);
    }

    [Fact]
    public async Task A_correction_does_not_leave_the_older_value_behind()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CommitAsync(rig.Telemetry.Append(_one, rig.Telemetry.Observe(_one, "p", Value.OfInteger(7), Day(-12, 6))));
        await rig.Telemetry.LoadAsync();
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.Compaction.RunAsync(isEverythingDue: false, Stop);
        Assert.Equal(40, (await rig.ReadAsync(_one, "p")).Count);
        Assert.Equal((80, 40L), (rig.Telemetry.Accounts.Read().All.Stored, rig.Telemetry.Accounts.Expired));
    }

    [Fact]
    public async Task What_a_correction_kept_of_an_observation_goes_with_it()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await rig.Telemetry.CompactAsync();
        var number = rig.Telemetry.Series.Of(_one).All[0].Number;
        rig.Telemetry.Loader.Pause((connection, _) =>
        {
            foreach (var time in new[] { Day(-12, 6), Day(-3, 6) })
                connection.Execute($"INSERT INTO corrections (number, series, t, corrected, by_kind, by_name, reason, old_received, old_quality, old_kind, new_quality, new_kind) VALUES (1, {number}, {time.Microseconds}, 0, 0, 'a', 'b', 0, 0, 0, 0, 0)");
        });
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.CompactAsync();
        var left = await rig.Telemetry.Database.QueryAsync((connection, _) => connection.Scalar("SELECT max(t) FROM corrections HAVING count(*) = 1"), Stop);
        Assert.Equal(Day(-3, 6).Microseconds, left);
    }

    [Fact]
    public async Task A_damaged_file_is_left_alone()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -1);
        await rig.Telemetry.CompactAsync();
        var damaged = ColdFiles.List(rig.Telemetry.Cold.Folder).First();
        await File.WriteAllBytesAsync(damaged, [1, 2, 3], Stop);
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P10D")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(11, Files(rig));
        Assert.True(File.Exists(damaged));
        Assert.Single(rig.Telemetry.Cold.Damaged);
    }

    public static TheoryData<string, bool> EverySteps
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var step in Enum.GetNames<ExpiryStep>().Where(step => step != nameof(ExpiryStep.RollupsKept)))
            {
                data.Add(step, true);
                if (step != nameof(ExpiryStep.Written)) data.Add(step, false);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EverySteps))]
    public async Task A_crash_at_any_step_leaves_the_file_or_what_is_to_stay_of_it(string step, bool isInPart)
    {
        var rules = RetentionRig.Rules(RetentionRig.Policy("default", "P5D"), RetentionRig.Policy("kept", isInPart ? null : "P5D", organisation: "city/water"));
        await using (var rig = Rig())
        {
            await FillAsync(rig, _one, -20, -11);
            await FillAsync(rig, _two, -20, -11);
            await rig.Telemetry.CompactAsync();
            rig.Book.Apply(rules);
            rig.Faults.At = at =>
            {
                if (at.ToString() == step) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(() => rig.Telemetry.CompactAsync());
            await rig.Telemetry.KillAsync();
        }
        await using var again = Rig(rules);
        var gone = step == nameof(ExpiryStep.AfterCommit) ? 4 : 0;
        Assert.Equal(40 - gone, (await again.ReadAsync(_two, "p")).Count);
        Assert.Equal(isInPart ? 40 : 40 - gone, (await again.ReadAsync(_one, "p")).Count);
        Assert.Equal(isInPart ? gone : 2 * gone, again.Telemetry.Accounts.Expired);
        await again.Telemetry.CompactAsync();
        Assert.Empty(await again.ReadAsync(_two, "p"));
        Assert.Equal(isInPart ? 40 : 0, (await again.ReadAsync(_one, "p")).Count);
        Assert.Equal(isInPart ? 10 : 0, Files(again));
        Assert.Equal(isInPart ? 40 : 80, again.Telemetry.Accounts.Expired);
    }
}
