using Wanwu.Telemetry.Log;
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
}
