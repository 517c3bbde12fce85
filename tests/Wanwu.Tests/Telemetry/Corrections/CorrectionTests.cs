using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Corrections;

/// <summary>What is put right stays right, and what was there stays known: whatever comes after, and wherever the process ends.</summary>
public sealed class CorrectionTests : IDisposable
{
    private static readonly PropertyName P = PropertyName.Parse("p");
    private static readonly Caller Steward = new(CallerKind.Person, "li", null);
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-corrections-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Timestamp Hour(int hour) => new(TelemetryRig.Now.Microseconds + hour * 3_600_000_000L);

    private Task ReportAsync(TelemetryRig rig, params (int Hour, long Value)[] rows) =>
        rig.CommitAsync(rig.Append(_thing, [.. rows.Select(row => rig.Observe(_thing, "p", Value.OfInteger(row.Value), Hour(row.Hour)))]));

    private async Task<long> CorrectAsync(TelemetryRig rig, int hour, long value, Quality quality = Quality.Substituted)
    {
        var result = await TryCorrectAsync(rig, RowChoice.Of([Hour(hour)]), new Amended(Value.OfInteger(value), quality));
        Assert.Equal((CorrectionOutcome.Corrected, 1), (result.Outcome, result.Rows));
        return result.Number;
    }

    private async Task<CorrectionResult> TryCorrectAsync(TelemetryRig rig, RowChoice rows, Amended amended)
    {
        using var desk = new CorrectionDesk(rig.Series, rig.Database, rig.Loader, rig.Log, rig.Clock);
        return await desk.CorrectAsync(new CorrectionOrder(_thing, P, rows, "the float stuck", Steward, (StandingRow _, out string? refused) =>
        {
            refused = null;
            return amended;
        }), Stop);
    }

    private async Task<string> ReadAsync(TelemetryRig rig)
    {
        var page = await rig.Queries.ReadAsync(new SeriesQuery(_thing, P, Timestamp.Min, Timestamp.Max), Stop);
        return string.Join(' ', page.Items.Select(item => $"{item.Value}:{QualityNames.NameOf(item.Quality)}"));
    }

    private async Task<double> SumAsync(TelemetryRig rig)
    {
        var query = new BucketQuery(new SeriesQuery(_thing, P, Timestamp.Min, Timestamp.Max), BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Sum]);
        return (await rig.Queries.AggregateAsync(query, Stop)).Items.Sum(item => item.Values[0] ?? 0);
    }

    private async Task<string> KeptAsync(TelemetryRig rig)
    {
        var page = await new CorrectionQueries(rig.Series, rig.Database, rig.Loader).ReadAsync(new CorrectionQuery(_thing), Stop);
        return string.Join(' ', page.Items.Select(item => $"{item.Original.Value}:{QualityNames.NameOf(item.Original.Quality)}>{item.Value}:{QualityNames.NameOf(item.Quality)}"));
    }

    private string Latest(TelemetryRig rig) => rig.Latest.TryGet(_thing, P, out var latest) ? $"{latest.Observation.Value}:{QualityNames.NameOf(latest.Observation.Quality)}" : "";

    [Fact]
    public async Task Numbers_rise_over_a_restart_even_where_the_clock_has_not()
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, (1, 10), (2, 999));
        // A desk of its own each time, as after a start.
        var first = await CorrectAsync(rig, 1, 11);
        Assert.Equal(first + 1, await CorrectAsync(rig, 2, 12));
    }

    [Fact]
    public async Task What_was_there_is_kept_with_who_and_why()
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, (1, 10), (2, 999), (3, 12));
        var number = await CorrectAsync(rig, 2, 11);
        Assert.Equal("10:good 11:substituted 12:good", await ReadAsync(rig));
        var page = await new CorrectionQueries(rig.Series, rig.Database, rig.Loader).ReadAsync(new CorrectionQuery(_thing) { Property = P }, Stop);
        var kept = Assert.Single(page.Items);
        Assert.Equal((number, Hour(2), CallerKind.Person, "li", "the float stuck"), (kept.Note.Number, kept.Time, kept.Note.ByKind, kept.Note.By, kept.Note.Reason));
        Assert.Equal((new Original(Value.OfInteger(999), Quality.Good, TelemetryRig.Now), Value.OfInteger(11), Quality.Substituted), (kept.Original, kept.Value, kept.Quality));
        Assert.Equal(new AccountView(4, 3, 1, 0), rig.Accounts.Read().All);
        Assert.Equal(new AccountView(1, 0, 1, 0), rig.Accounts.Read().Protocols[CorrectionDesk.Protocol]);
    }

    [Fact]
    public async Task Every_kind_of_value_is_kept_as_it_was()
    {
        await using var rig = new TelemetryRig(_folder);
        Value[] values = [Value.None, Value.OfNumber(-21.5), Value.OfInteger(long.MaxValue), Value.OfBoolean(true), Value.OfText("萬物有序"), Value.OfPoint(39.9, -116.4), Value.OfObject("""{"a":[1]}""")];
        await rig.CommitAsync(rig.Append(_thing, [.. values.Select((value, i) => rig.Observe(_thing, "p", value, Hour(i)))]));
        var result = await TryCorrectAsync(rig, new RowChoice(Hour(0), Hour(7)), new Amended(Value.OfText("x"), Quality.Fault));
        Assert.Equal((CorrectionOutcome.Corrected, 7), (result.Outcome, result.Rows));
        var page = await new CorrectionQueries(rig.Series, rig.Database, rig.Loader).ReadAsync(new CorrectionQuery(_thing), Stop);
        Assert.Equal(values.Reverse(), page.Items.Select(item => item.Original.Value));
        Assert.All(page.Items, item => Assert.Equal((Value.OfText("x"), Quality.Fault), (item.Value, item.Quality)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_resend_of_the_original_does_not_undo_it(bool inOneLoad)
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, (1, 10), (2, 999));
        await rig.LoadAsync();
        if (inOneLoad)
        {
            // The desk waits for the store; the record itself may come into one load with what is around it.
            var series = rig.Series.Of(_thing).All[0];
            var note = new CorrectionNote(1, CallerKind.Person, "li", "why", [new Original(Value.OfInteger(999), Quality.Good, TelemetryRig.Now)]);
            Observation[] right = [new(series, Hour(2), Value.OfInteger(11), Quality.Substituted)];
            rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(999), Hour(2)));
            rig.Log.Append(new MessageRecord { Protocol = CorrectionDesk.Protocol, Thing = _thing, Received = TelemetryRig.Now, Observations = right, Correction = note }, null);
        }
        else await CorrectAsync(rig, 2, 11);
        await ReportAsync(rig, (2, 999), (3, 12));
        Assert.Equal("10:good 11:substituted 12:good", await ReadAsync(rig));
        await ReportAsync(rig, (2, 998), (1, 9));
        Assert.Equal("9:good 11:substituted 12:good", await ReadAsync(rig));
        var account = rig.Accounts.Read().All;
        Assert.Equal((3, account.Received - 3), (account.Stored, account.Repeated));
        await CorrectAsync(rig, 2, 13);
        Assert.Equal("9:good 13:substituted 12:good", await ReadAsync(rig));
    }

    [Fact]
    public async Task Latest_value_is_the_one_put_right_also_after_a_start_and_a_resend()
    {
        await using (var rig = new TelemetryRig(_folder))
        {
            await ReportAsync(rig, (1, 999));
            await CorrectAsync(rig, 1, 11);
            Assert.Equal("11:substituted", Latest(rig));
            await ReportAsync(rig, (1, 999));
            Assert.Equal("11:substituted", Latest(rig));
            await rig.LoadAsync();
        }
        await using (var rig = new TelemetryRig(_folder))
        {
            Assert.Equal("11:substituted", Latest(rig));
            await ReportAsync(rig, (1, 999));
            Assert.Equal("11:substituted", Latest(rig));
            await ReportAsync(rig, (2, 12));
            Assert.Equal("12:good", Latest(rig));
            Assert.Equal("11:substituted 12:good", await ReadAsync(rig));
        }
    }

    [Theory, InlineData(null), InlineData(LoadStep.BeforeTransaction), InlineData(LoadStep.AfterTransaction)]
    internal async Task A_kill_leaves_correction_and_observation_together(LoadStep? step)
    {
        await using (var rig = new TelemetryRig(_folder))
        {
            await ReportAsync(rig, (1, 999));
            await rig.LoadAsync();
            rig.Loads.At = at =>
            {
                if (step is null || at == step) throw new IOException("killed");
            };
            await CorrectAsync(rig, 1, 11);
            await rig.KillAsync();
        }
        await using (var rig = new TelemetryRig(_folder))
        {
            Assert.Equal("11:substituted", Latest(rig));
            Assert.Equal(("11:substituted", "999:good>11:substituted"), (await ReadAsync(rig), await KeptAsync(rig)));
            await ReportAsync(rig, (1, 999));
            Assert.Equal(("11:substituted", "11:substituted"), (await ReadAsync(rig), Latest(rig)));
            Assert.Equal(1, rig.Accounts.Read().All.Stored);
        }
    }

    [Fact]
    public async Task A_cold_observation_is_put_right_and_stays_so_through_compaction()
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, (-1000, 10), (-999, 999), (-998, 12));
        await rig.CompactAsync();
        Assert.Empty(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
        Assert.Equal(1021, await SumAsync(rig));
        await CorrectAsync(rig, -999, 11);
        Assert.Equal("10:good 11:substituted 12:good", await ReadAsync(rig));
        Assert.Equal(33, await SumAsync(rig));
        await ReportAsync(rig, (-999, 999));
        Assert.Equal("10:good 11:substituted 12:good", await ReadAsync(rig));
        await rig.CompactAsync();
        Assert.Empty(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
        Assert.Equal(33, await SumAsync(rig));
        await ReportAsync(rig, (-999, 998), (-998, 13));
        Assert.Equal(34, await SumAsync(rig));
        Assert.Equal("10:good 11:substituted 13:good", await ReadAsync(rig));
        Assert.Equal("999:good>11:substituted", await KeptAsync(rig));
        Assert.Equal(3, rig.Accounts.Read().All.Stored);
    }

    [Fact]
    public async Task Nothing_is_put_right_where_nothing_was_observed_or_nothing_changes()
    {
        await using var rig = new TelemetryRig(_folder);
        Assert.Equal(CorrectionOutcome.Missing, (await TryCorrectAsync(rig, RowChoice.Of([Hour(1)]), default)).Outcome);
        await ReportAsync(rig, (1, 10));
        var missing = await TryCorrectAsync(rig, RowChoice.Of([Hour(1), Hour(2)]), new Amended(Value.OfInteger(1), Quality.Good));
        Assert.Equal((CorrectionOutcome.Missing, $"'p' has no observation at {Hour(2)}; only what was observed can be put right."), (missing.Outcome, missing.Detail));
        Assert.Equal(CorrectionOutcome.Nothing, (await TryCorrectAsync(rig, RowChoice.Of([Hour(1)]), new Amended(Value.OfInteger(10), Quality.Good))).Outcome);
        Assert.Equal(("10:good", ""), (await ReadAsync(rig), await KeptAsync(rig)));
    }

    [Fact]
    public async Task Qualities_are_counted_alike_over_days_and_over_months()
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, [.. Enumerable.Range(-1200, 1200).Select(hour => (hour, (long)hour))]);
        await TryCorrectAsync(rig, new RowChoice(Hour(-1000), Hour(-900)), new Amended(Value.OfInteger(1), Quality.Maintenance));
        await rig.CompactAsync();
        await CorrectAsync(rig, -950, 2);
        var all = await rig.Queries.QualitiesAsync(new SeriesQuery(_thing, P, Timestamp.Min, Timestamp.Max), Stop);
        Assert.Equal((1100, 99, 1, 3), (all["good"], all["maintenance"], all["substituted"], all.Count));
        var some = await rig.Queries.QualitiesAsync(new SeriesQuery(_thing, P, Hour(-1010), Hour(-990)), Stop);
        Assert.Equal((10, 10, 2), (some["good"], some["maintenance"], some.Count));
    }

    [Fact]
    public async Task Corrections_are_not_checked_and_do_not_move_the_checks()
    {
        await using var rig = new TelemetryRig(_folder);
        await ReportAsync(rig, (1, 10));
        rig.Series.Of(_thing).All[0].Plausible = new Plausibility { Range = new PlausibleRange(0, 100), Rate = new PlausibleRate(5, TimeSpan.FromHours(1)) };
        await CorrectAsync(rig, 1, 500, Quality.Good);
        await CorrectAsync(rig, 1, 12, Quality.Good);
        await ReportAsync(rig, (2, 14), (3, 20));
        Assert.Equal("12:good 14:good 20:suspect", await ReadAsync(rig));
    }

    [Fact]
    public async Task Backup_check_and_a_store_of_version_2_know_of_them()
    {
        await using (var rig = new TelemetryRig(_folder))
        {
            await ReportAsync(rig, (1, 999));
            await rig.LoadAsync();
            rig.Loader.Pause((connection, _) => connection.Execute("DROP TABLE corrections; UPDATE state SET version = 2"));
        }
        await using (var rig = new TelemetryRig(_folder))
        {
            await CorrectAsync(rig, 1, 11);
            await rig.LoadAsync();
            var report = await new Wanwu.Telemetry.Backup.TelemetryCheck(rig.Database).RunAsync(_folder, Stop);
            Assert.Empty(report.Findings);
            Assert.Equal("999:good>11:substituted", await KeptAsync(rig));
        }
    }
}
