using System.Threading.Channels;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>What waits to be done: one dry run and one import at a time, so that history never crowds out what is live.</summary>
internal sealed class ImportQueue
{
    private readonly Channel<ImportJob> _checks = Channel.CreateUnbounded<ImportJob>();
    private readonly Channel<ImportJob> _runs = Channel.CreateUnbounded<ImportJob>();

    public ChannelReader<ImportJob> Checks => _checks.Reader;
    public ChannelReader<ImportJob> Runs => _runs.Reader;

    // There are never more of them than imports are kept.
    public void Check(ImportJob job) => _checks.Writer.TryWrite(job);

    public void Run(ImportJob job) => _runs.Writer.TryWrite(job);
}

/// <summary>Does the work of imports, from before the doors open until the server stops.</summary>
internal sealed partial class ImportService(Imports imports, ImportQueue queue, DryRun dryRun, ImportRun run, TimeProvider clock, ILogger<ImportService> logger) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        imports.Load();
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Lasting.RunAsync("The checks of imports", stop => Task.Run(() => EachAsync(queue.Checks, CheckAsync, stop), stop), clock, logger, stoppingToken),
        Lasting.RunAsync("The runs of imports", stop => Task.Run(() => EachAsync(queue.Runs, ImportAsync, stop), stop), clock, logger, stoppingToken));

    private async Task EachAsync(ChannelReader<ImportJob> jobs, Func<ImportJob, CancellationToken, Task> work, CancellationToken stop)
    {
        await foreach (var job in jobs.ReadAllAsync(stop))
        {
            var before = job.Record.State;
            using var mine = job.Begin(stop);
            try
            {
                if (job.StopAsked) mine.Cancel();
                mine.Token.ThrowIfCancellationRequested();
                await work(job, mine.Token);
            }
            catch (OperationCanceledException)
            {
                // A server that stops leaves it as it is: the next one goes on with it.
                if (!stop.IsCancellationRequested) job.Change(record => record with { State = before == ImportState.Checking ? ImportState.Uploaded : ImportState.Stopped });
            }
            // The edge of the loop: one import that cannot go on must not keep others from it.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                ImportFailed(fault, job.Record.Id, job.Record.Name);
                job.Change(record => record with { State = ImportState.Failed, Problem = fault.Message, Ended = Timestamp.Now(clock) });
            }
            finally
            {
                job.End();
            }
        }
    }

    private async Task CheckAsync(ImportJob job, CancellationToken stop)
    {
        var report = await dryRun.RunAsync(job, PlanOf(job), stop);
        job.Change(record => record with { State = ImportState.Checked, Report = report });
    }

    private async Task ImportAsync(ImportJob job, CancellationToken stop)
    {
        job.Change(record => record with { State = ImportState.Running });
        ImportBegins(job.Record.Id, job.Record.Name, job.Record.Caller.Name, job.Record.Progress.Rows);
        await run.RunAsync(job, PlanOf(job), stop);
        job.Change(record => record with { State = ImportState.Done, Problem = null, Ended = Timestamp.Now(clock) });
        ImportEnds(job.Record.Id, job.Record.Progress.Rows, job.Record.Progress.Accepted, job.Record.Progress.Refused);
    }

    /// <exception cref="InvalidDataException">A mapping that was good is none any more.</exception>
    private static ColumnPlan PlanOf(ImportJob job)
    {
        var faults = new FieldFaults();
        return ColumnPlan.TryMake(job.Record.Mapping, job.Record.Header, faults) ?? throw new InvalidDataException(string.Join(" ", faults.All.SelectMany(fault => fault.Value)));
    }

    [LoggerMessage(5601, LogLevel.Information, "Import {Id} of {Name} for {Caller} runs, from line {Rows} on")]
    private partial void ImportBegins(string id, string name, string caller, long rows);

    [LoggerMessage(5602, LogLevel.Information, "Import {Id} has ended: {Rows} lines, {Accepted} observations, {Refused} refused")]
    private partial void ImportEnds(string id, long rows, long accepted, long refused);

    [LoggerMessage(5603, LogLevel.Warning, "Import {Id} of {Name} cannot go on")]
    private partial void ImportFailed(Exception fault, string id, string name);
}
