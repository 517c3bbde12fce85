using Microsoft.Extensions.Options;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Reads a file as an import would, and writes nothing: what would be refused, what is new, which series there would be.</summary>
internal sealed class DryRun(MessageIntake intake, SeriesTable series, StoredTimes stored, IOptions<ImportOptions> options)
{
    public async Task<ImportReport> RunAsync(ImportJob job, ColumnPlan plan, CancellationToken stop)
    {
        var (import, scratch, tally) = (job.Record, new SeriesTable(), new Tally());
        using var reader = new ImportReader(job.Folder, import, plan, intake, scratch);
        using var times = new ImportTimes(job.Folder.Work, options.Value.MemoryMegabytes);
        reader.Seek(import.FirstRow, 2);
        while (reader.Read(intake.Now))
        {
            stop.ThrowIfCancellationRequested();
            tally.Add(reader.Chunk);
            foreach (var observation in reader.Chunk.All) times.Add(observation.Series.Number, observation.Time.Microseconds);
            job.Show(import.Progress with { Position = reader.Position, Line = reader.Line, Rows = tally.Rows, Accepted = tally.Observations, Refused = tally.Refused, Empty = tally.Empty });
        }
        var spans = times.End();
        var made = 0;
        foreach (var span in spans)
        {
            stop.ThrowIfCancellationRequested();
            var wanted = scratch.Find(span.Series)!;
            if (series.FindThing(wanted.Thing)?.Find(wanted.Property) is { } known) await stored.ReadAsync(known, span.First, span.Last + 1, time => times.AddStored(span.Series, time), stop);
            else made++;
        }
        var fresh = times.CountNew();
        return new ImportReport(tally.Rows, tally.Observations, fresh, tally.Observations - fresh, tally.Refused, tally.Empty,
            spans.Select(span => scratch.Find(span.Series)!.Thing).Distinct().Count(), spans.Count, made,
            spans.Count == 0 ? null : new Timestamp(spans.Min(span => span.First)), spans.Count == 0 ? null : new Timestamp(spans.Max(span => span.Last)), tally.Reasons());
    }

    private sealed class Tally
    {
        private const int Examples = 10;
        private readonly Dictionary<RefusalReason, (long Count, List<RefusedExample> Examples)> _reasons = [];

        public long Rows { get; private set; }
        public long Observations { get; private set; }
        public long Refused { get; private set; }
        public long Empty { get; private set; }

        public void Add(ImportChunk chunk)
        {
            Rows += chunk.Lines;
            Observations += chunk.Observations;
            Refused += chunk.RefusedCount;
            Empty += chunk.Empty;
            foreach (var (line, refusal) in chunk.Refused)
            {
                var (count, examples) = _reasons.GetValueOrDefault(refusal.Reason, (0, []));
                if (examples.Count < Examples) examples.Add(new RefusedExample(line, refusal.Thing?.ToString(), refusal.Property, refusal.Detail));
                _reasons[refusal.Reason] = (count + refusal.Count, examples);
            }
        }

        public IReadOnlyList<RefusedReason> Reasons() =>
            [.. _reasons.Select(reason => new RefusedReason(reason.Key, reason.Value.Count, reason.Value.Examples)).OrderByDescending(reason => reason.Count)];
    }
}
