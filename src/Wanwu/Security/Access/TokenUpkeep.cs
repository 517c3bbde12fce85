using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>Writes once a minute, and at the end, which tokens were used.</summary>
internal sealed partial class TokenUpkeep(TokenUses uses, TimeProvider clock, ILogger<TokenUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(TokenUpkeep), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await WriteAsync();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await uses.WriteAsync(CancellationToken.None);
        }
        // The edge of the loop: the last use is a courtesy; a later one is written the next time.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            NotWritten(fault);
        }
    }

    [LoggerMessage(6201, LogLevel.Warning, "When tokens were last used could not be written")]
    private partial void NotWritten(Exception fault);
}
