using Wanwu.Registry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Telemetry;

/// <summary>Brings telemetry up before the doors open and down after they are closed.</summary>
internal sealed class TelemetryStart(DataFolder data, LogReplay replay, Committer committer, ObservationLog log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = data.Folder("log");
        committer.Open(folder, replay.Run(folder, loaded: 0, makeRoom: static () => { }, cancellationToken));
        log.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => log.StopAsync();
}
