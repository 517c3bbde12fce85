using MQTTnet.Formatter;
using Wanwu.EndToEnd.Crash;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Clients;

/// <summary>The simulator's devices against a broker that is not ours: what they say must be MQTT, not a dialect between friends.</summary>
public sealed class SimulatedDeviceTests
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task Device_delivers_everything_though_the_broker_dies_and_returns(MqttProtocolVersion version)
    {
        var port = Ports.Free();
        var thing = new ThingCredentials("device", "user", "password");
        var reporter = new MqttReporter(new MqttDoor("127.0.0.1", port, version).SignIn(thing) with { LongestPause = TimeSpan.FromMilliseconds(100) }, thing, timed: false);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var enough = new CancellationTokenSource();
        var run = Task.CompletedTask;
        for (var life = 0; life < 3; life++)
        {
            using var broker = await Mosquitto.StartAsync(port);
            if (life == 0) run = reporter.RunAsync(enough.Token, limit.Token);
            var before = reporter.Acknowledged.Count;
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (reporter.Acknowledged.Count < before + 200) await timer.WaitForNextTickAsync(limit.Token);
            if (life < 2) continue;
            await enough.CancelAsync();
            await run;
        }
        Assert.Equal(reporter.Published, reporter.Acknowledged.Count);
        Assert.Equal(0, reporter.Refusals);
    }
}
