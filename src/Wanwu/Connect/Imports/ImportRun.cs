using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;

namespace Wanwu.Connect.Imports;

/// <summary>Takes one import from where it has come to, to its end. Everything goes the way of live reports: through the log, held against the model.</summary>
/// <remarks>
/// What is live comes first: while the store has more than a part of the log's bound to load, nothing is added to it. How far the import is, is noted behind the commit;
/// what a crash took from that note is found by the origin that the last message of each chunk carries, so that nothing comes twice.
/// </remarks>
internal sealed class ImportRun(MessageIntake intake, StoreLoader loader, ConnectMetrics metrics, IOptions<LogOptions> log)
{
    /// <summary>The name of imports among the protocols.</summary>
    public const string Protocol = "import";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1), SaveEvery = TimeSpan.FromMilliseconds(250);

    private readonly SenderPlace _place = new();

    /// <summary>So much may wait for the store: a part of what lets live senders be held back.</summary>
    private readonly long _mayWait = ((long)log.Value.MaxUnloadedMegabytes << 20) / 4;

    /// <exception cref="OperationCanceledException">It was stopped; what it has come to is noted.</exception>
    public async Task RunAsync(ImportJob job, ColumnPlan plan, CancellationToken stop)
    {
        using var reader = new ImportReader(job.Folder, job.Record, plan, intake, scratch: null);
        using var refused = new RefusedValues(job.Folder.Refused, job.Record.Progress.RefusedBytes);
        var progress = job.Record.Progress with { Position = Math.Max(job.Record.FirstRow, job.Record.Progress.Position), Line = Math.Max(2, job.Record.Progress.Line) };
        reader.Seek(progress.Position, progress.Line);
        var saved = intake.Clock.GetTimestamp();
        var isInDoubt = true;
        try
        {
            while (reader.Read(intake.Now))
            {
                stop.ThrowIfCancellationRequested();
                var origin = OriginOf(job.Record.Id, progress.Position);
                isInDoubt = isInDoubt && intake.Log.SeenOrigin(origin);
                if (!isInDoubt && !await AppendAsync(job, reader.Chunk, origin, stop))
                {
                    reader.Seek(progress.Position, progress.Line);
                    continue;
                }
                progress = After(progress, reader, refused);
                job.Show(progress);
                if (intake.Clock.GetElapsedTime(saved) < SaveEvery) continue;
                Save(job, refused, progress);
                saved = intake.Clock.GetTimestamp();
            }
        }
        finally
        {
            Save(job, refused, progress);
        }
    }

    private static void Save(ImportJob job, RefusedValues refused, ImportProgress progress)
    {
        refused.Flush();
        job.Change(record => record with { Progress = progress });
    }

    private static ImportProgress After(ImportProgress before, ImportReader reader, RefusedValues refused)
    {
        foreach (var value in reader.Chunk.Refused) refused.Add(value);
        return before with
        {
            Position = reader.Position, Line = reader.Line, Rows = before.Rows + reader.Chunk.Lines, Accepted = before.Accepted + reader.Chunk.Observations,
            Refused = before.Refused + reader.Chunk.RefusedCount, Empty = before.Empty + reader.Chunk.Empty, RefusedBytes = refused.Length,
        };
    }

    /// <summary>False: it is not on disk, and to be tried again.</summary>
    private async Task<bool> AppendAsync(ImportJob job, ImportChunk chunk, ulong origin, CancellationToken stop)
    {
        if (chunk.Parts == 0) return true;
        var problem = await HoldBackAsync(stop);
        if (problem is null)
        {
            var received = intake.Now;
            var result = intake.Log.AppendTogether(chunk.Parts, index => chunk.Message(index, received, origin), _place);
            if (result.Outcome == AppendOutcome.Full)
            {
                await intake.Log.WaitForRoomAsync(_place, stop);
                return false;
            }
            if (result.Outcome == AppendOutcome.Appended && await intake.Log.CommittedAsync(result.Batch, CancellationToken.None) == CommitOutcome.Committed)
            {
                metrics.Received(Protocol, chunk.Parts, chunk.Observations, chunk.RefusedCount);
                job.Tell(null);
                return true;
            }
            problem = intake.Log.State.Reason ?? "The disk takes nothing at present.";
        }
        job.Tell($"{problem} The import goes on by itself when it can.");
        await Task.Delay(Again, intake.Clock, stop);
        return false;
    }

    private async Task<string?> HoldBackAsync(CancellationToken stop)
    {
        try
        {
            while (intake.Log.Tail.Bytes > _mayWait) await loader.LoadedAsync(intake.Log.CommittedPosition, stop);
            return null;
        }
        catch (StoreException fault)
        {
            return fault.Message;
        }
    }

    private static ulong OriginOf(string id, long position)
    {
        Span<byte> bytes = stackalloc byte[64];
        var length = Encoding.UTF8.GetBytes(id, bytes[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position);
        return XxHash3.HashToUInt64(bytes[..(8 + length)]) | 1;
    }
}
