using System.Data.Common;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>
/// Closes connections whose right to be there has ended, within a second: of things that are quarantined, retired, banned or came with a password that was replaced,
/// of addresses that are banned, and of people whose account is disabled. The session stays, for a client that comes back rightly.
/// </summary>
internal sealed partial class StandingWatch : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private readonly MqttDoor _door;
    private readonly IdentifierDoor _devices;
    private readonly TokenStanding _standing;
    private readonly RegistryFeed _feed;
    private readonly TimeProvider _clock;
    private readonly ILogger<StandingWatch> _logger;
    private volatile bool _peopleChanged;
    private long _version = -1;

    public StandingWatch(MqttDoor door, TokenStanding standing, RegistryFeed feed, TimeProvider clock, ILogger<StandingWatch> logger)
    {
        (_door, _devices, _standing, _feed, _clock, _logger) = (door, door.Admission.Gate.Door, standing, feed, clock, logger);
        feed.FileChanged += Mark;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(StandingWatch), LoopAsync, _clock, _logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, _clock);
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (HasChanged()) LookAtDevices();
            if (_peopleChanged) await LookAtPeopleAsync(stop);
        }
    }

    /// <summary>Whether anything has happened that may end somebody's standing: a change, or the end of a password that is in use.</summary>
    private bool HasChanged()
    {
        var now = Timestamp.Now(_clock).Microseconds;
        if (_devices.Version == _version && _devices.TakeNextEnd(now) > now) return false;
        _version = _devices.Version;
        return true;
    }

    private void LookAtDevices()
    {
        foreach (var session in _door.Sessions.All)
        {
            if (session.Connection is not { Facts: { } facts } connection) continue;
            if (_devices.Refuses(session.Caller, facts.Remote?.Address) is { } refusal)
                connection.Close(refusal.Fault == DoorFault.Banned ? ReasonCode.AdministrativeAction : ReasonCode.NotAuthorized, refusal.Sentence);
        }
    }

    private async Task LookAtPeopleAsync(CancellationToken stop)
    {
        _peopleChanged = false;
        var connected = _door.Sessions.All.Where(session => session is { Connection: not null, Caller: { Kind: CallerKind.Person, Token: null, Id: not null } }).ToList();
        if (connected.Count == 0) return;
        try
        {
            var gone = await _standing.GoneAsync([.. connected.Select(session => session.Caller.Id!).Distinct()], stop);
            foreach (var session in connected)
                if (gone.Contains(session.Caller.Id!)) session.Connection?.Close(ReasonCode.NotAuthorized, "the account is disabled");
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            // Asked again with the next tick.
            _peopleChanged = true;
            NotAsked(fault);
        }
    }

    private void Mark() => _peopleChanged = true;

    public override void Dispose()
    {
        _feed.FileChanged -= Mark;
        base.Dispose();
    }

    [LoggerMessage(5047, LogLevel.Warning, "Which accounts of connected people are disabled could not be asked; it is tried again at once")]
    private partial void NotAsked(Exception fault);
}
