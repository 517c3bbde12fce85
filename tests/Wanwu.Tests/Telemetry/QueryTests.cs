using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class QueryTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task FillAsync(TelemetryRig rig, int first, int count)
    {
        var result = default(AppendResult);
        foreach (var time in Enumerable.Range(first, count)) result = rig.Append(_thing, rig.Observe(_thing, "p", Value.OfNumber(time), new Timestamp(time)));
        await rig.CommitAsync(result);
    }

    [Fact]
    public async Task Who_asks_of_the_past_waits_for_what_came_late_and_for_nothing_that_is_newer()
    {
        await using var rig = new TelemetryRig();
        async Task<List<long>> Before(long to) =>
            [.. (await rig.Queries.ReadAsync(new SeriesQuery(_thing, PropertyName.Parse("p"), new Timestamp(0), new Timestamp(to)), Stop)).Items.Select(item => item.Time.Microseconds)];
        await FillAsync(rig, 0, 3);
        await rig.LoadAsync();
        var loaded = rig.Loader.Position;

        await FillAsync(rig, 10, 3);
        Assert.Equal([0, 1, 2], await Before(10));
        Assert.Equal(loaded, rig.Loader.Position);

        await FillAsync(rig, 5, 1);
        await FillAsync(rig, 20, 1);
        Assert.Equal([0, 1, 2, 5], await Before(10));
        Assert.Equal(rig.Log.CommittedPosition, rig.Loader.Position);

        // All is loaded: what comes now begins anew.
        loaded = rig.Loader.Position;
        await FillAsync(rig, 30, 1);
        Assert.Equal([0, 1, 2, 5], await Before(10));
        Assert.Equal(loaded, rig.Loader.Position);
        Assert.Equal([0, 1, 2, 5, 10, 11, 12, 20, 30], await Before(31));
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
                await FillAsync(rig, 0, 5_000);
                await rig.LoadAsync();
                await FillAsync(rig, 5_000, 500);
                acknowledged = 5_500;
                var more = Task.Run(() => FillAsync(rig, 5_500, 5_000), Stop);
                var files = await new TelemetryBackup(rig.Database, rig.Compaction, rig.Cleanup, rig.Log).RunAsync(rig.Folder, target, Stop);
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
            await using (var rig = new TelemetryRig(folder)) await FillAsync(rig, 0, 100);
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
