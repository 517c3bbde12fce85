using System.Threading.Channels;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Carries out orders one after the other, in the background: those that are given, those a stop cut off, and those the store has not seen because it was put back from a backup.</summary>
internal sealed partial class ErasureWork(Erasures erasures, ErasureRun run, StoreDatabase database, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ErasureWork> logger) : BackgroundService
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(1);
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        erasures.Load();
        erasures.Ordered += Look;
        return base.StartAsync(cancellationToken);
    }

    private void Look() => _due.Writer.TryWrite(true);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(ErasureWork), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        // What holds values elsewhere has read back what it has by then.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stop);
        await ReopenAsync(stop);
        await using var timer = clock.CreateTimer(static work => ((ErasureWork)work!).Look(), this, TimeSpan.Zero, TryAgain);
        while (await _due.Reader.WaitToReadAsync(stop))
        {
            _due.Reader.TryRead(out _);
            foreach (var job in erasures.All.Where(job => job.Order.State != ErasureState.Done).ToList()) await RunAsync(job, stop);
        }
    }

    /// <summary>An order that was done, and of which the store knows nothing, was done to another one: what there is now came from a backup.</summary>
    private async Task ReopenAsync(CancellationToken stop)
    {
        foreach (var job in erasures.All.Where(job => job.Order.State == ErasureState.Done))
        {
            if (await database.QueryAsync((connection, _) => ErasureJournal.IsDone(connection, job.Order.Id), stop)) continue;
            Reopened(job.Order.Id);
            job.Change(order => order with { State = ErasureState.Waiting, Ended = null, Before = null, After = null });
        }
    }

    private async Task RunAsync(ErasureJob job, CancellationToken stop)
    {
        try
        {
            if (job.Order.State != ErasureState.Held) Begins(job.Order.Id, job.Order.Series);
            await run.RunAsync(job, stop);
            Ends(job.Order.Id, job.Order.Files);
        }
        catch (Exception fault) when (fault is ErasureHeldException or StoreException or StoreReadException or DuckDBException or IOException or UnauthorizedAccessException or AuditUnavailableException && !stop.IsCancellationRequested)
        {
            if (job.Order.Problem != fault.Message) Held(fault, job.Order.Id);
            job.Change(order => order with { State = ErasureState.Held, Problem = fault.Message });
        }
        finally
        {
            job.Step = null;
        }
    }

    public override void Dispose()
    {
        erasures.Ordered -= Look;
        base.Dispose();
    }

    [LoggerMessage(3080, LogLevel.Information, "The erasure {Id} of {Series} series begins, or goes on")]
    private partial void Begins(string id, int series);

    [LoggerMessage(3081, LogLevel.Information, "The erasure {Id} is done: nothing of it was found any more; {Files} files were written anew or removed")]
    private partial void Ends(string id, int files);

    [LoggerMessage(3082, LogLevel.Warning, "The erasure {Id} cannot be done at present; it is tried again every minute")]
    private partial void Held(Exception fault, string id);

    [LoggerMessage(3083, LogLevel.Warning, "The erasure {Id} was done, and this store has not seen it: it came from a backup. It is done again")]
    private partial void Reopened(string id);
}
