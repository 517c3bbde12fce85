using System.Text;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Erasure;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Files that were handed in to be imported, with what was refused of them: one that has some of a thing is removed whole. What it brought stays, but for what is erased elsewhere.</summary>
internal sealed class ImportErasure(Imports imports, MessageIntake intake, ThingDirectory things) : IErasurePlace
{
    private const int ShortestName = 6, Window = 1 << 20;

    public ErasureTurn Turn => ErasureTurn.Beside;

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) =>
        Task.Run<IReadOnlyList<ErasedCount>>(() => [new ErasedCount("imports", Of(subject, stop).Count)], stop);

    public Task EraseAsync(ErasureSubject subject, CancellationToken stop) => Task.Run(() =>
    {
        foreach (var job in Of(subject, stop))
            if (!imports.Remove(job)) throw new ErasureHeldException($"The import {job.Record.Id} ({job.Record.Name}) has some of it and is under way. Stop it, or wait for its end.");
    }, stop);

    private List<ImportJob> Of(ErasureSubject subject, CancellationToken stop) =>
        [.. imports.All.Where(job => job.Record.Created <= subject.Order.Ordered && (NamesAny(job, subject, stop) || BringsAny(job, subject, stop)))];

    /// <summary>Whether the file has a thing's id or one of its identifiers anywhere, whatever its columns mean.</summary>
    private bool NamesAny(ImportJob job, ErasureSubject subject, CancellationToken stop)
    {
        List<byte[]> names = [.. subject.Order.Things.SelectMany(thing => NamesOf(thing.Thing)).Select(Encoding.UTF8.GetBytes)];
        return new[] { job.Folder.Source, job.Folder.Refused }.Any(path => File.Exists(path) && Has(path, names, stop));
    }

    private IEnumerable<string> NamesOf(ThingId thing) =>
        [thing.ToString(), .. things.Find(thing)?.Identifiers.Select(identifier => identifier.Value).Where(value => value.Length >= ShortestName) ?? []];

    private static bool Has(string path, List<byte[]> names, CancellationToken stop)
    {
        var overlap = names.Max(name => name.Length) - 1;
        var bytes = new byte[Window + overlap];
        using var file = File.OpenRead(path);
        for (var kept = 0; ;)
        {
            stop.ThrowIfCancellationRequested();
            var read = file.Read(bytes, kept, bytes.Length - kept);
            if (read == 0) return false;
            var there = bytes.AsSpan(0, kept + read);
            foreach (var name in names)
                if (there.IndexOf(name) >= 0) return true;
            kept = Math.Min(overlap, there.Length);
            there[^kept..].CopyTo(bytes);
        }
    }

    /// <summary>Whether the file, read by its mapping, has lines of one of the things.</summary>
    private bool BringsAny(ImportJob job, ErasureSubject subject, CancellationToken stop)
    {
        if (ColumnPlan.TryMake(job.Record.Mapping, job.Record.Header, new FieldFaults()) is not { } plan) return false;
        using var reader = new ImportReader(job.Folder, job.Record, plan, intake, new SeriesTable());
        reader.Seek(job.Record.FirstRow, 2);
        while (reader.Read(intake.Now))
        {
            stop.ThrowIfCancellationRequested();
            if (reader.Chunk.All.Any(observation => subject.Has(observation.Series.Thing)) || reader.Chunk.Refused.Exists(value => value.Refusal.Thing is { } thing && subject.Has(thing))) return true;
        }
        return false;
    }
}
