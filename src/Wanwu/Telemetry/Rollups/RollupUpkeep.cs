using System.Threading.Channels;
using DuckDB.NET.Data;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Keeps the rollups of hot hours up to date, in the background: from the start on, whenever it is time to look, and as soon as a compaction has moved what is over.</summary>
internal sealed partial class RollupUpkeep(HourSummary summary, Compaction compaction, IOptions<RollupOptions> options, TimeProvider clock, ILogger<RollupUpkeep> logger) : IHostedService, IDisposable
{
    private readonly RollupOptions _options = options.Value;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_options.IsEnabled) return Task.CompletedTask;
        compaction.Ended += Look;
        _loop = LoopAsync(_stop.Token);
        return Task.CompletedTask;
    }

    private void Look() => _due.Writer.TryWrite(true);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        compaction.Ended -= Look;
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task LoopAsync(CancellationToken stop)
    {
        var period = TimeSpan.FromSeconds(_options.LookEverySeconds);
        await using var timer = clock.CreateTimer(static upkeep => ((RollupUpkeep)upkeep!).Look(), this, TimeSpan.Zero, period);
        while (true)
        {
            try
            {
                await _due.Reader.ReadAsync(stop);
                await RunAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: what failed has changed nothing, and is tried again at the next tick.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Failed(fault);
            }
        }
    }

    /// <summary>Does what is due, step by step. A compaction comes first: what it makes cold need not be summed up here.</summary>
    /// <returns>How many rollup rows were written.</returns>
    public async Task<long> RunAsync(CancellationToken stop)
    {
        var over = Timestamp.Now(clock).Microseconds - _options.GraceMinutes * 60_000_000L;
        var rows = 0L;
        try
        {
            while (!compaction.IsRunning)
            {
                using var pause = await compaction.PauseAsync(stop);
                var step = await Task.Run(() => summary.RunStep(over, compaction.LeavesBefore, stop), stop);
                rows += step.Rows;
                if (step.IsLast) break;
            }
            return rows;
        }
        catch (Exception fault) when (fault is DuckDBException or StoreException && stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(stop);
        }
    }

    public void Dispose() => _stop.Dispose();

    [LoggerMessage(3050, LogLevel.Error, "Hours could not be summed up; questions are answered from the observations, and it is tried again")]
    private partial void Failed(Exception fault);
}
