using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class StoreTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    [Fact]
    public async Task Much_that_has_come_together_is_loaded_without_waiting_for_its_time()
    {
        // The clock stands still: no load is due by time.
        await using var rig = new TelemetryRig(logOptions: new LogOptions { ReserveMegabytes = 1, MaxUnloadedMegabytes = 1 });
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Loader.Loaded += _ => loaded.TrySetResult();
        var text = Value.OfText(new string('x', 8_000));
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", text, new Timestamp(1))));
        Assert.Equal(0, rig.Loader.Position);
        for (var i = 2; i < 40; i++) await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", text, new Timestamp(i))));
        await loaded.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.InRange(rig.Loader.Position, 256 * 1024, rig.Log.CommittedPosition);
    }

    [Fact]
    public async Task A_load_that_found_no_memory_is_tried_again_over_a_file_written_anew_and_the_bound_of_memory_stands_again()
    {
        await using var rig = new TelemetryRig(storeOptions: new StoreOptions { MemoryMegabytes = 64 });
        rig.Loads.At = step => throw new StoreException("FATAL Error: Failed to create checkpoint because of error: could not allocate block of size 256.0 KiB (63.7 MiB/64.0 MiB used)");
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(1), new Timestamp(1))));
        await Assert.ThrowsAsync<StoreException>(rig.LoadAsync);
        var limits = new List<long>();
        rig.Loads.At = step => limits.Add(rig.Database.Writer!.Scalar("SELECT (current_setting('memory_limit') = '64.0 MiB')::INTEGER"));
        await rig.LoadAsync();
        Assert.Equal([1, 1], limits);
        Assert.Equal(rig.Log.CommittedPosition, rig.Loader.Position);
        Assert.Single(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
    }
}
