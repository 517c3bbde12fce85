using Microsoft.Extensions.Options;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Once a second: silent connections, expired sessions, delayed wills. When grants change: what open sessions may no longer. When the server stops: goodbye to every client.</summary>
internal sealed class MqttHousekeeping(MqttDoor door, IOptions<MqttOptions> options, CurrentGrants grants, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private ITimer? _timer;
    private int _reviewIsDue;
    private (uint Classes, object? Mappings) _known;
    private long _version;
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!System.Net.IPAddress.IsLoopback(options.Value.Ip)) door.Log.PlaintextBeyondLoopback(options.Value.Address, options.Value.Port);
        if (options.Value.AllowAnonymous) door.Log.AnonymousAllowed();
        _timer = door.Intake.Clock.CreateTimer(_ => Sweep(), null, Every, Every);
        grants.Changed += ReviewSoon;
        // Before the web server waits for its connections to end.
        _stopping = lifetime.ApplicationStopping.Register(door.CloseAll);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        grants.Changed -= ReviewSoon;
        if (_timer is not null) await _timer.DisposeAsync();
    }

    private void Sweep()
    {
        // A mapping or the class of a property may take from somebody what was allowed before.
        var things = door.Intake.Things;
        var known = (AccessRules.ClassesInUse(things), things.Mappings.All);
        var hasChanged = known != _known;
        var haveThings = things.Version != _version;
        (_known, _version) = (known, things.Version);
        if (Interlocked.Exchange(ref _reviewIsDue, 0) == 1 || hasChanged) door.ReviewRights();
        else if (haveThings) door.ReviewQueues();
        door.Sweep();
    }

    private void ReviewSoon()
    {
        Volatile.Write(ref _reviewIsDue, 1);
        _timer?.Change(TimeSpan.Zero, Every);
    }

    public void Dispose()
    {
        grants.Changed -= ReviewSoon;
        _timer?.Dispose();
        _stopping.Dispose();
    }
}
