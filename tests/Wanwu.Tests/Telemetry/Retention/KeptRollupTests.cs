using System.Globalization;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>Rollups that outlive their observations: what was answered before is answered after, until their own time is over.</summary>
public sealed class KeptRollupTests : IDisposable
{
    private const int Today = 25;
    private static readonly Aggregate[] All = Enum.GetValues<Aggregate>();
    private readonly ThingId _one = ThingId.New(TimeProvider.System), _two = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-kept-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Timestamp Day(int day, double hour = 0) => new(TelemetryRig.Now.Microseconds + (long)(((Today + day) * 24 + hour) * 3_600_000_000));

    private RetentionRig Rig(RetentionRules? rules = null, ColdOptions? cold = null, TimeZoneInfo? zone = null)
    {
        var rig = new RetentionRig(_folder, RetentionRig.Directory((_one, "city/water"), (_two, "city")), rules, past: TimeSpan.FromDays(Today), cold: cold);
        if (zone is not null) (rig.Telemetry.ThingZones[_one], rig.Telemetry.ThingZones[_two]) = (zone, zone);
        return rig;
    }

    private static RetentionRules Keep(string coldFor, string? rollupsFor) => RetentionRig.Rules(RetentionRig.Policy("default", coldFor, rollupsFor: rollupsFor));

    /// <summary>Thirty observations of a counter that begins anew now and then, some of them suspect, and a way beside it; several in one hour.</summary>
    private static async Task FillAsync(RetentionRig rig, ThingId thing, int firstDay, int lastDay, double shift = 0)
    {
        var result = default(AppendResult);
        for (var day = firstDay; day <= lastDay; day++)
            for (var i = 0; i < 30; i++)
            {
                var at = Day(day, shift + i * 0.79);
                result = rig.Telemetry.Append(thing,
                    rig.Telemetry.Observe(thing, "p", Value.OfNumber(i % 11 * 1.37 + day), at, i < 15 ? Quality.Good : Quality.Suspect),
                    rig.Telemetry.Observe(thing, "way", Value.OfPoint(31 + i * 0.01, 121 + day * 0.02), at));
            }
        await rig.Telemetry.CommitAsync(result);
        await rig.Telemetry.LoadAsync();
    }

    private static async Task<List<string>> AskAsync(RetentionRig rig, ThingId thing, string every, TimeZoneInfo? zone = null, int from = -400, int to = 0, string property = "p")
    {
        await rig.Telemetry.LoadAsync();
        Assert.True(BucketWidth.TryParse(every, out var width));
        var query = new BucketQuery(new SeriesQuery(thing, PropertyName.Parse(property), Day(from), Day(to)) { Limit = 10_000 }, width, zone ?? TimeZoneInfo.Utc, All);
        return [.. (await rig.Telemetry.Queries.AggregateAsync(query, Stop)).Items.Select(bucket => $"{bucket.Start} {string.Join(' ', bucket.Values.Select(value => value?.ToString("G12", CultureInfo.InvariantCulture) ?? "-"))}")];
    }

    private static string[] Kept(RetentionRig rig) =>
        [.. ColdFiles.List(rig.Telemetry.Cold.Folder).Select(path => Path.GetRelativePath(rig.Telemetry.Cold.Folder, path)).Where(name => name.StartsWith("kept/", StringComparison.Ordinal))];

    /// <summary>Without what a counter rose by: of the first bucket that is left, what came before it is gone.</summary>
    private static List<string> Plain(IEnumerable<string> lines) => [.. lines.Select(line => string.Join(' ', line.Split(' ').Where((_, i) => i != 8)))];

    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Europe/Berlin")]
    public async Task What_was_answered_before_the_observations_went_is_answered_after_and_after_a_restart(string name)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var before = new Dictionary<(string, string), List<string>>();
        // Hours of a zone that begin with a half of those of UTC are not kept.
        (string, string)[] questions = [.. new[] { "1h", "1d", "1w", "1mo" }.Where(every => every != "1h" || name != "Asia/Kolkata").SelectMany(every => new[] { (every, "p"), (every, "way") })];
        await using (var rig = Rig(zone: zone))
        {
            await FillAsync(rig, _one, -8, -1);
            await rig.Telemetry.CompactAsync();
            foreach (var (every, property) in questions) before[(every, property)] = await AskAsync(rig, _one, every, zone, property: property);
            rig.Book.Apply(Keep("P1D", "P1Y"));
            await rig.Telemetry.CompactAsync();
            Assert.Equal(Day(-1), (await rig.ReadAsync(_one, "p"))[0].Time);
            foreach (var (every, property) in questions) Assert.Equal(before[(every, property)], await AskAsync(rig, _one, every, zone, property: property));
        }
        await using var again = Rig(Keep("P1D", "P1Y"), zone: zone);
        foreach (var (every, property) in questions) Assert.Equal(before[(every, property)], await AskAsync(again, _one, every, zone, property: property));
        Assert.Empty((await new TelemetryCheck(again.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task Nothing_finer_than_what_is_kept_is_answered_and_no_bucket_is_answered_in_part()
    {
        await using var rig = Rig(Keep("P5D", "P1Y"));
        await FillAsync(rig, _one, -8, -4);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CompactAsync();
        Assert.StartsWith(Day(-5).ToString(), (await AskAsync(rig, _one, "10m"))[0], StringComparison.Ordinal);
        var query = new BucketQuery(new SeriesQuery(_one, PropertyName.Parse("p"), Day(-8, 0.5), Day(-8, 3.5)), new BucketWidth(1, BucketUnit.Hour), TimeZoneInfo.Utc, [Aggregate.Count]);
        Assert.Equal([Day(-8, 1), Day(-8, 2)], (await rig.Telemetry.Queries.AggregateAsync(query, Stop)).Items.Select(bucket => bucket.Start));
    }

    [Fact]
    public async Task Rollups_go_when_their_own_time_is_over_and_not_before()
    {
        await using var rig = Rig(Keep("P5D", "P10D"));
        await FillAsync(rig, _one, -12, -4);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CompactAsync();
        Assert.Equal(7, (await AskAsync(rig, _one, "1d")).Count);
        Assert.Equal(10, Kept(rig).Length);
        var all = await AskAsync(rig, _one, "1d");
        rig.Telemetry.Clock.Advance(TimeSpan.FromHours(23));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(all, await AskAsync(rig, _one, "1d"));
        rig.Telemetry.Clock.Advance(TimeSpan.FromHours(1));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(Plain(all[1..]), Plain(await AskAsync(rig, _one, "1d")));
        Assert.Equal(1 * 30, (await rig.ReadAsync(_one, "p")).Count);
        var journal = await rig.JournalAsync();
        Assert.Equal(2, journal.Count(entry => entry.Kind == ExpiryKind.Rollups));
        Assert.Equal(2 * 8 * 30L, rig.Telemetry.Accounts.Expired);
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task Of_several_classes_in_one_file_each_goes_at_its_own_time()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -16, -13);
        await FillAsync(rig, _two, -16, -13);
        await rig.Telemetry.CompactAsync();
        var (one, two) = (await AskAsync(rig, _one, "1d"), await AskAsync(rig, _two, "1d"));
        var water = RetentionRig.Policy("water", "P5D", organisation: "city/water", rollupsFor: "forever");
        rig.Book.Apply(RetentionRig.Rules(water));
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await rig.ReadAsync(_one, "p"));
        Assert.Equal(120, (await rig.ReadAsync(_two, "p")).Count);
        Assert.Equal(one, await AskAsync(rig, _one, "1d"));
        Assert.Equal(two, await AskAsync(rig, _two, "1d"));
        rig.Book.Apply(RetentionRig.Rules(water, RetentionRig.Policy("default", "P5D", rollupsFor: "P15D")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(one, await AskAsync(rig, _one, "1d"));
        Assert.Equal(Plain(two[1..]), Plain(await AskAsync(rig, _two, "1d")));
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("water", "P5D", organisation: "city/water"), RetentionRig.Policy("default", "P5D", rollupsFor: "P15D")));
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await AskAsync(rig, _one, "1d"));
        Assert.Equal(Plain(two[1..]), Plain(await AskAsync(rig, _two, "1d")));
    }

    [Fact]
    public async Task A_hold_holds_rollups_too_and_what_it_holds_in_the_middle_of_an_hour_is_counted_once()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -11);
        await rig.Telemetry.CompactAsync();
        var before = await AskAsync(rig, _one, "1d");
        var rules = Keep("P2D", "P12D");
        rig.Book.Apply(rules with { Holds = [RetentionRig.Hold(_one, Day(-15, 6.4), Day(-13, 7.3))] });
        await rig.Telemetry.CompactAsync();
        Assert.Equal(before[5..].Select(Count), (await AskAsync(rig, _one, "1d")).Select(Count).TakeLast(5).Select((count, i) => i < 3 ? before[5 + i].Split(' ')[4] : count));
        Assert.Equal(before[8..], (await AskAsync(rig, _one, "1d"))[^2..]);
        rig.Book.Apply(Keep("P2D", "P30D"));
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await rig.ReadAsync(_one, "p"));
        // What had gone as rollups stays gone; the held rest is kept now, and no hour of it twice.
        Assert.Equal(before[6], (await AskAsync(rig, _one, "1d"))[1]);
        Assert.Equal(before[8..], (await AskAsync(rig, _one, "1d"))[^2..]);

        static string Count(string line) => line.Split(' ')[4];
    }

    [Fact]
    public async Task What_comes_late_for_expired_time_goes_and_changes_no_history()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -11);
        await FillAsync(rig, _two, -20, -11);
        await rig.Telemetry.CompactAsync();
        var before = await AskAsync(rig, _one, "1d");
        rig.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("water", "P5D", organisation: "city/water", rollupsFor: "P1Y")));
        await rig.Telemetry.CompactAsync();
        for (var round = 0; round < 2; round++)
        {
            // The device sends all of two days once more; of one of them a file is there still, with the other's rows.
            await FillAsync(rig, _one, -15, -14);
            await rig.Telemetry.CompactAsync();
            await rig.Telemetry.CompactAsync();
            Assert.Empty(await rig.ReadAsync(_one, "p"));
            Assert.Equal(before, await AskAsync(rig, _one, "1d"));
        }
        Assert.Equal(300, (await rig.ReadAsync(_two, "p")).Count);
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Fact]
    public async Task What_was_not_there_before_is_summed_up_when_it_comes_late_and_goes()
    {
        await using var rig = Rig(Keep("P5D", "P1Y"));
        await FillAsync(rig, _one, -20, -16);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CompactAsync();
        await FillAsync(rig, _one, -10, -9);
        var before = await AskAsync(rig, _one, "1d");
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await rig.ReadAsync(_one, "p"));
        Assert.Equal(7, before.Count);
        Assert.Equal(before, await AskAsync(rig, _one, "1d"));
    }

    [Fact]
    public async Task Hot_rows_leave_their_rollups_too()
    {
        await using var rig = Rig(cold: RetentionRig.ColdOptions with { CloseAfterHours = 8_760 });
        await FillAsync(rig, _one, -20, -1);
        var before = await AskAsync(rig, _one, "1d");
        rig.Book.Apply(Keep("P10D", "P1Y"));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(300, (await rig.ReadAsync(_one, "p")).Count);
        Assert.Equal(before, await AskAsync(rig, _one, "1d"));
        await rig.Telemetry.SumUpAsync();
        Assert.Equal(before, await AskAsync(rig, _one, "1d"));
    }

    [Fact]
    public async Task A_correction_that_still_is_hot_is_what_the_rollups_say()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -20, -11);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CommitAsync(rig.Telemetry.Append(_one, rig.Telemetry.Observe(_one, "p", Value.OfNumber(7_000), Day(-15))));
        var before = await AskAsync(rig, _one, "1d");
        Assert.Contains("7000", before[5], StringComparison.Ordinal);
        rig.Book.Apply(Keep("P5D", "P1Y"));
        await rig.Telemetry.CompactAsync();
        Assert.Equal(before, await AskAsync(rig, _one, "1d"));
    }

    public static TheoryData<string, bool> EveryStep
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var step in Enum.GetNames<ExpiryStep>())
            {
                data.Add(step, true);
                if (step != nameof(ExpiryStep.Written)) data.Add(step, false);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public async Task A_crash_at_any_step_leaves_the_observations_or_their_rollups(string step, bool isInPart)
    {
        var rules = RetentionRig.Rules(RetentionRig.Policy("default", "P5D", rollupsFor: "P1Y"), RetentionRig.Policy("kept", isInPart ? null : "P5D", organisation: "city/water", rollupsFor: isInPart ? null : "P1Y"));
        List<string> one, two;
        await using (var rig = Rig())
        {
            await FillAsync(rig, _one, -13, -11);
            await FillAsync(rig, _two, -13, -11);
            await rig.Telemetry.CompactAsync();
            (one, two) = (await AskAsync(rig, _one, "1d"), await AskAsync(rig, _two, "1d"));
            rig.Book.Apply(rules);
            rig.Faults.At = at =>
            {
                if (at.ToString() == step) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(() => rig.Telemetry.CompactAsync());
            await rig.Telemetry.KillAsync();
        }
        await using var again = Rig(rules);
        Assert.Equal(one, await AskAsync(again, _one, "1d"));
        Assert.Equal(two, await AskAsync(again, _two, "1d"));
        await again.Telemetry.CompactAsync();
        Assert.Empty(await again.ReadAsync(_two, "p"));
        Assert.Equal(one, await AskAsync(again, _one, "1d"));
        Assert.Equal(two, await AskAsync(again, _two, "1d"));
        Assert.Equal(6, Kept(again).Length);
        Assert.Empty((await new TelemetryCheck(again.Telemetry.Database).RunAsync(_folder, Stop)).Findings);
    }

    [Theory]
    [InlineData(nameof(ExpiryStep.BeforeCommit))]
    [InlineData(nameof(ExpiryStep.AfterCommit))]
    public async Task A_crash_while_rollups_go_leaves_them_or_not(string step)
    {
        var rules = Keep("P5D", "P6D");
        List<string> all;
        await using (var rig = Rig(Keep("P5D", "P1Y")))
        {
            await FillAsync(rig, _one, -13, -11);
            await rig.Telemetry.CompactAsync();
            await rig.Telemetry.CompactAsync();
            all = await AskAsync(rig, _one, "1d");
            Assert.Equal(3, all.Count);
            rig.Book.Apply(rules);
            rig.Faults.At = at =>
            {
                if (at.ToString() == step) throw new IOException("killed");
            };
            await Assert.ThrowsAsync<IOException>(() => rig.Telemetry.CompactAsync());
            await rig.Telemetry.KillAsync();
        }
        await using var again = Rig(rules);
        Assert.Equal(step == nameof(ExpiryStep.BeforeCommit) ? 6 : 5, Kept(again).Length);
        await again.Telemetry.CompactAsync();
        Assert.Empty(await AskAsync(again, _one, "1d"));
        Assert.Empty(Kept(again));
    }

    [Fact]
    public async Task An_observation_that_comes_while_its_time_is_summed_up_puts_the_step_off()
    {
        await using var rig = Rig();
        await FillAsync(rig, _one, -13, -13);
        await rig.Telemetry.CompactAsync();
        rig.Book.Apply(Keep("P5D", "P1Y"));
        var came = false;
        rig.Faults.At = at =>
        {
            if (at != ExpiryStep.RollupsKept || came) return;
            came = true;
            using var isThere = new ManualResetEventSlim();
            _ = Task.Run(async () =>
            {
                await rig.Telemetry.CommitAsync(rig.Telemetry.Append(_one, rig.Telemetry.Observe(_one, "p", Value.OfNumber(9_000), Day(-13, 23.5))));
                await rig.Telemetry.LoadAsync();
                isThere.Set();
            }, Stop);
            Assert.True(isThere.Wait(TimeSpan.FromSeconds(60), Stop));
        };
        Assert.Equal(1, (await rig.Telemetry.CompactAsync()).PutOff);
        var before = await AskAsync(rig, _one, "1d");
        Assert.Contains("9000", before[0], StringComparison.Ordinal);
        await rig.Telemetry.CompactAsync();
        await rig.Telemetry.CompactAsync();
        Assert.Empty(await rig.ReadAsync(_one, "p"));
        Assert.Equal(before, await AskAsync(rig, _one, "1d"));
    }
}
