using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Replays;

internal sealed record ReplayOptions
{
    public double Speed { get; init; } = 3_600;
    public Rebase Rebase { get; init; }
    public bool Loop { get; init; }
    public int Qos { get; init; } = 1;
    public int Window { get; init; } = 20;
}

/// <summary>Plays a recording: one device a thing, each over its own connection, all on one timeline.</summary>
internal sealed class Replay(Recording recording, ReplayOptions options, MqttDoor door, ReplayAccount account, TimeProvider clock)
{
    public const string Topic = "v1/report";

    /// <summary>Returns when every row is acknowledged, or at <paramref name="stop"/>.</summary>
    public async Task RunAsync(IReadOnlyList<(SimulatedThing Thing, ThingCredentials Credentials)> fleet, CancellationToken stop)
    {
        var timeline = new Timeline(recording.Rows, options.Speed, options.Rebase, clock);
        await Task.WhenAll(fleet.Select(member => PlayAsync(member.Thing, member.Credentials, timeline, stop)));
    }

    private async Task PlayAsync(SimulatedThing thing, ThingCredentials credentials, Timeline timeline, CancellationToken stop)
    {
        using var device = new MqttDevice(door.SignIn(credentials) with { Qos = options.Qos, Window = options.Window }, account, clock);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connection = device.RunAsync(hangUp.Token);
        try
        {
            await PublishRowsAsync(device, thing, timeline, stop);
            await device.DrainAsync(stop);
        }
        finally
        {
            await hangUp.CancelAsync();
            await connection;
        }
    }

    private async Task PublishRowsAsync(MqttDevice device, SimulatedThing thing, Timeline timeline, CancellationToken stop)
    {
        for (var lap = 0L; ; lap++)
        {
            for (var i = 0; i < recording.Rows.Count; i++)
            {
                var wait = timeline.Wait(lap, i);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, stop);
                var values = recording.Rows[(i + thing.RowsLater) % recording.Rows.Count].Values;
                if (values.Count == 0) continue;
                account.Publishing(values.Count);
                await device.PublishAsync(Topic, ReportWriter.Write(timeline.TimeOf(lap, i), values), null, stop);
            }
            if (!options.Loop) return;
        }
    }
}
