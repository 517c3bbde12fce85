using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Checks;

/// <summary>What the checks do on the way into the log, seen in the store.</summary>
public sealed class ChecksAtIngestTests
{
    private static readonly Plausibility Rules = new() { Range = new PlausibleRange(0, 100), Rate = new PlausibleRate(1, TimeSpan.FromSeconds(1)) };
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Observation At(TelemetryRig rig, int second, double value, Quality quality = Quality.Good) =>
        rig.Observe(_thing, "p", Value.OfNumber(value), new Timestamp(TelemetryRig.Now.Microseconds + second * 1_000_000L), quality);

    private Series Checked(TelemetryRig rig, Plausibility? rules)
    {
        var series = rig.Series.Of(_thing).GetOrAdd(PropertyName.Parse("p"));
        series.Plausible = rules;
        return series;
    }

    private static async Task<string> KeptAsync(TelemetryRig rig, Series series) =>
        string.Join(' ', (await rig.RowsAsync(series)).Select(row => $"{row.Value}:{QualityNames.NameOf(row.Quality)}"));

    [Fact]
    public async Task Good_values_are_marked_and_kept_and_others_are_left_as_they_are()
    {
        await using var rig = new TelemetryRig();
        var series = Checked(rig, Rules);
        Observation[] sent = [At(rig, 1, 50), At(rig, 2, 150), At(rig, 3, 51), At(rig, 4, 150, Quality.Maintenance), At(rig, 5, 150, Quality.OverRange), At(rig, 6, 52)];
        await rig.CommitAsync(rig.Append(_thing, sent));
        Assert.Equal("50:good 150:suspect 51:good 150:maintenance 150:overRange 52:good", await KeptAsync(rig, series));
        Assert.Equal(Quality.Good, sent[1].Quality);
        Assert.Equal((1, 1, 0), (rig.Log.Suspect.TotalOf(PlausibilityCheck.Range), rig.Log.Suspect.TotalOf(PlausibilityCheck.Rate), rig.Log.Suspect.TotalOf(PlausibilityCheck.Spike)));
    }

    [Fact]
    public async Task Subscribers_and_latest_values_see_the_mark()
    {
        await using var rig = new TelemetryRig();
        Checked(rig, Rules);
        var seen = new TaskCompletionSource<Quality>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = rig.Batches.Subscribe(batch => seen.TrySetResult(batch.Observations[0].Quality));
        await rig.CommitAsync(rig.Append(_thing, At(rig, 1, -1)));
        Assert.Equal(Quality.Suspect, await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.True(rig.Latest.TryGet(_thing, PropertyName.Parse("p"), out var latest));
        Assert.Equal(Quality.Suspect, latest.Observation.Quality);
    }

    [Fact]
    public async Task A_start_holds_the_first_value_against_the_one_before_it()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-checks-").FullName;
        await using (var rig = new TelemetryRig(folder))
        {
            Checked(rig, Rules);
            await rig.CommitAsync(rig.Append(_thing, At(rig, 1, 50)));
            await rig.KillAsync();
        }
        await using (var rig = new TelemetryRig(folder))
        {
            var series = Checked(rig, Rules);
            await rig.CommitAsync(rig.Append(_thing, At(rig, 2, 60), At(rig, 3, 51)));
            Assert.Equal("50:good 60:suspect 51:good", await KeptAsync(rig, series));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Rules_that_change_hold_from_the_next_value_on()
    {
        await using var rig = new TelemetryRig();
        var series = Checked(rig, null);
        await rig.CommitAsync(rig.Append(_thing, At(rig, 1, 500)));
        Checked(rig, new Plausibility { Range = new PlausibleRange(null, 100) });
        await rig.CommitAsync(rig.Append(_thing, At(rig, 2, 500)));
        Checked(rig, new Plausibility { Rate = new PlausibleRate(1, TimeSpan.FromSeconds(1)) });
        await rig.CommitAsync(rig.Append(_thing, At(rig, 3, 500), At(rig, 4, 600)));
        Checked(rig, null);
        await rig.CommitAsync(rig.Append(_thing, At(rig, 5, 900)));
        Assert.Equal("500:good 500:suspect 500:good 600:suspect 900:good", await KeptAsync(rig, series));
    }

    [Fact]
    public async Task Every_value_of_many_connections_is_checked_once()
    {
        await using var rig = new TelemetryRig();
        var series = Checked(rig, new Plausibility { Range = new PlausibleRange(null, 0), Stuck = new StuckRule(1_000_000, null, 0, []) });
        const int Each = 500;
        await Parallel.ForAsync(0, 4, Stop, async (connection, _) =>
        {
            var result = default(AppendResult);
            for (var i = 0; i < Each; i++) result = rig.Append(_thing, At(rig, i * 4 + connection, i % 2));
            await rig.CommitAsync(result);
        });
        var checks = rig.Log.ChecksOf(series)!;
        Assert.Equal((4 * Each, 2 * Each), (checks.Checked, checks.Marked["range"]));
        Assert.Equal(2 * Each, (await rig.RowsAsync(series)).Count(row => row.Quality == Quality.Suspect));
    }

    [Fact]
    public async Task A_message_the_log_does_not_take_is_not_checked()
    {
        await using var rig = new TelemetryRig();
        var series = Checked(rig, Rules);
        await rig.CommitAsync(rig.Append(_thing, At(rig, 1, 50)));
        await rig.Log.StopAsync();
        Assert.Equal(AppendOutcome.NoRoom, rig.Append(_thing, At(rig, 2, 500)).Outcome);
        Assert.Equal((1, 0), (rig.Log.ChecksOf(series)!.Checked, rig.Log.Suspect.TotalOf(PlausibilityCheck.Range)));
    }
}
