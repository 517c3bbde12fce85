using Microsoft.Extensions.Options;

namespace Wanwu.Connect.Mqtt;

/// <summary>Once a second: silent connections, expired sessions, delayed wills. When the server stops: goodbye to every client.</summary>
internal sealed class MqttHousekeeping(MqttDoor door, IOptions<MqttOptions> options, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private ITimer? _timer;
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!System.Net.IPAddress.IsLoopback(options.Value.Ip)) door.Log.PlaintextBeyondLoopback(options.Value.Address, options.Value.Port);
        if (options.Value.AllowAnonymous) door.Log.AnonymousAllowed();
        _timer = door.Intake.Clock.CreateTimer(_ => door.Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        // Before the web server waits for its connections to end.
        _stopping = lifetime.ApplicationStopping.Register(door.CloseAll);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null) await _timer.DisposeAsync();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _stopping.Dispose();
    }
}
