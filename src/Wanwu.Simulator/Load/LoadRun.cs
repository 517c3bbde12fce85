using System.Globalization;
using System.Text;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Replays;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Load;

/// <summary>Devices that publish as fast as the server acknowledges, each message with a number of its own.</summary>
internal sealed class LoadRun(LoadOptions options, MqttDoor door, IDeliveryAccount deliveries, ReplayAccount account, TimeProvider clock)
{
    /// <summary>The property that carries the number.</summary>
    public const string Property = "n";
    private readonly Timestamp _epoch = Timestamp.Now(clock);

    public async Task RunAsync(IReadOnlyList<ThingCredentials> things, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(options.AtMost, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        await Task.WhenAll(things.Select((thing, i) => RunDeviceAsync(thing, ShareOf(i, things.Count), end.Token, stop)));
    }

    private long ShareOf(int i, int connections) => (options.Count / connections) + (i < options.Count % connections ? 1 : 0);

    private async Task RunDeviceAsync(ThingCredentials thing, long count, CancellationToken end, CancellationToken stop)
    {
        using var device = new MqttDevice(door.SignIn(thing) with { Window = options.Window }, deliveries, clock);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connection = device.RunAsync(hangUp.Token);
        try
        {
            await PublishAsync(device, thing, count, end);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The time is over: what is in flight is still waited for.
        }
        finally
        {
            await Task.WhenAny(device.DrainAsync(stop), Task.Delay(TimeSpan.FromSeconds(30), clock, stop));
            await hangUp.CancelAsync();
            await connection;
        }
    }

    private async Task PublishAsync(MqttDevice device, ThingCredentials thing, long count, CancellationToken end)
    {
        for (var n = 1L; n <= count; n++)
        {
            end.ThrowIfCancellationRequested();
            account.Publishing(1);
            await device.PublishAsync(Replay.Topic, Payload(n), new LoadMessage(thing.Id, n), end);
        }
    }

    private byte[] Payload(long n) => Encoding.UTF8.GetBytes(options.Timed
        ? $$$"""{"t":"{{{new Timestamp(_epoch.Microseconds + n)}}}","values":{"{{{Property}}}":{{{n.ToString(CultureInfo.InvariantCulture)}}}}}"""
        : $$"""{"{{Property}}":{{n.ToString(CultureInfo.InvariantCulture)}}}""");
}
