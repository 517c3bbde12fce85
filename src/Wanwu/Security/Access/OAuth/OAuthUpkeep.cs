using OpenIddict.Abstractions;
using Wanwu.Registry;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Once an hour: keys are renewed when it is time, and what has been over for a day is let go.</summary>
internal sealed partial class OAuthUpkeep(OAuthKeys keys, IServiceScopeFactory scopes, TimeProvider clock, ILogger<OAuthUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1), KeepEnded = TimeSpan.FromDays(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(OAuthUpkeep), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stop)) await RunAsync(stop);
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            keys.Renew();
            await using var scope = scopes.CreateAsyncScope();
            var before = clock.GetUtcNow() - KeepEnded;
            await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(before, stop);
            await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>().PruneAsync(before, stop);
        }
        // The edge of the loop: what failed is tried again in an hour.
#pragma warning disable CA1031
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Failed(fault);
        }
    }

    [LoggerMessage(6303, LogLevel.Warning, "Keys and ended tokens of programs could not be looked after; it is tried again in an hour")]
    private partial void Failed(Exception fault);
}
