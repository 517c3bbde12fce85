using Microsoft.EntityFrameworkCore;

namespace Wanwu.Registry;

/// <summary>Opens the registry before any door opens, then looks once a second for changes made by other processes.</summary>
internal sealed partial class RegistryStart(RegistryDatabase database, IDbContextFactory<RegistryDb> contexts, RegistryFeed feed, ThingDirectory things,
    TimeProvider clock, ILogger<RegistryStart> log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        await database.PrepareAsync(contexts, cancellationToken);
        await feed.FollowAsync(cancellationToken);
        LogOpened(things.Count, things.Models.Count, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(RegistryStart), LoopAsync, clock, log, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        await WarmUpAsync(stop);
        using var timer = new PeriodicTimer(LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stop)) await LookAsync(stop);
    }

    /// <summary>Builds Entity Framework's model while other rooms start, so that the first change does not wait for it.</summary>
    private async Task WarmUpAsync(CancellationToken stop)
    {
        await Task.Yield();
        await using var db = await contexts.CreateDbContextAsync(stop);
        await db.Counters.FirstAsync(stop);
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            await feed.LookAsync(stop);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogNotRead(fault);
        }
    }

    [LoggerMessage(1000, LogLevel.Information, "Registry open: {Things} things, {Models} models, in {Milliseconds} ms")]
    private partial void LogOpened(int things, int models, long milliseconds);

    [LoggerMessage(1001, LogLevel.Warning, "The registry could not be read again; trying once a second")]
    private partial void LogNotRead(Exception fault);
}
