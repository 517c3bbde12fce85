using System.Data.Common;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Closes connections whose token has ended: within a second of its revocation, and some seconds after its time is over. The session stays, for a client that comes back with another.</summary>
internal sealed partial class TokenWatch : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int TicksBetween = 10;
    private readonly MqttDoor _door;
    private readonly TokenStanding _standing;
    private readonly RegistryFeed _feed;
    private readonly TimeProvider _clock;
    private readonly ILogger<TokenWatch> _logger;
    private volatile bool _hasChanged;

    public TokenWatch(MqttDoor door, TokenStanding standing, RegistryFeed feed, TimeProvider clock, ILogger<TokenWatch> logger)
    {
        (_door, _standing, _feed, _clock, _logger) = (door, standing, feed, clock, logger);
        feed.FileChanged += Mark;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(TokenWatch), LoopAsync, _clock, _logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, _clock);
        for (var tick = 0; await timer.WaitForNextTickAsync(stop); tick++)
            if (_hasChanged || tick % TicksBetween == 0) await LookAsync(stop);
    }

    /// <summary>Looks once at every connection that came with a token.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        _hasChanged = false;
        var connected = _door.Sessions.All.Where(session => session is { Connection: not null, Caller.Token: not null }).ToList();
        if (connected.Count == 0) return;
        try
        {
            var ended = await _standing.EndedAsync([.. connected.Select(session => session.Caller.Token!).Distinct()], stop);
            foreach (var session in connected)
                if (ended.Contains(session.Caller.Token ?? "")) session.Connection?.Close(ReasonCode.NotAuthorized, "its token has ended");
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            // Asked again with the next tick.
            _hasChanged = true;
            NotAsked(fault);
        }
    }

    private void Mark() => _hasChanged = true;

    public override void Dispose()
    {
        _feed.FileChanged -= Mark;
        base.Dispose();
    }

    [LoggerMessage(5046, LogLevel.Warning, "Which tokens of connected clients have ended could not be asked; it is tried again every second")]
    private partial void NotAsked(Exception fault);
}
