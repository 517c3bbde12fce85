using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Every import there is. Each has a folder of its own below <c>imports/</c> in the data folder.</summary>
internal sealed class Imports(DataFolder data, ImportQueue queue, AccessRules rules, ThingDirectory things, IOptions<ImportOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, ImportJob> _jobs = new(StringComparer.Ordinal);

    /// <summary>Newest first; only what the caller may see.</summary>
    public IEnumerable<ImportJob> Of(Caller caller) => _jobs.Values.Where(job => MaySee(caller, job)).OrderByDescending(job => job.Record.Created.Microseconds);

    /// <summary>All there are, whoever brought them.</summary>
    public IReadOnlyCollection<ImportJob> All => [.. _jobs.Values];

    public ImportJob? Find(string id, Caller caller) => _jobs.GetValueOrDefault(id) is { } job && MaySee(caller, job) ? job : null;

    /// <summary>Whoever brought the file, and administrators who see in clear what it may hold: reports name rows that were refused.</summary>
    private bool MaySee(Caller caller, ImportJob job) =>
        (rules.May(caller, Permission.Administer) && rules.SeesAllClear(caller, things)) || (job.Record.Caller.Kind == caller.Kind && job.Record.Caller.Name == caller.Name);

    /// <summary>Reads what is there, and has what was under way go on.</summary>
    internal void Load()
    {
        foreach (var path in Directory.EnumerateDirectories(data.Folder("imports")))
        {
            var folder = new ImportFolder(path);
            // What never became one: its upload was cut off.
            if (folder.Load() is not { } record)
            {
                if (!File.Exists(Path.Combine(path, "import.json"))) Directory.Delete(path, recursive: true);
                continue;
            }
            if (record.State == ImportState.Checking) record = record with { State = ImportState.Uploaded };
            var job = _jobs[record.Id] = new ImportJob(folder, record);
            if (record.State is ImportState.Running or ImportState.Waiting) queue.Run(job);
        }
    }

    /// <exception cref="SourceFileException">The file cannot be taken.</exception>
    public async Task<ImportJob> CreateAsync(Stream file, string name, Encoding? encoding, Caller caller, CancellationToken stop)
    {
        MakeRoom();
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N", CultureInfo.InvariantCulture);
        var folder = new ImportFolder(data.Folder("imports", id));
        try
        {
            await SourceFile.TakeAsync(file, encoding, folder, options.Value, clock, stop);
            var head = SourceFile.ReadHead(folder);
            var record = new ImportRecord
            {
                Id = id, Name = name, Created = Timestamp.Now(clock), Caller = caller, Bytes = new FileInfo(folder.Source).Length, Delimiter = head.Delimiter,
                Header = head.Header, Sample = head.Sample, FirstRow = head.FirstRow, Mapping = MappingGuess.Of(head.Header),
            };
            folder.Save(record);
            return _jobs[id] = new ImportJob(folder, record);
        }
        catch
        {
            Directory.Delete(folder.Path, recursive: true);
            throw;
        }
    }

    private void MakeRoom()
    {
        while (_jobs.Count >= options.Value.MaxKept)
        {
            var first = _jobs.Values.Where(job => job.Record.State is ImportState.Done or ImportState.Failed).MinBy(job => job.Record.Ended ?? job.Record.Created)
                ?? throw new SourceFileException($"There are {options.Value.MaxKept} imports that have not ended. Remove some, or raise Connect:Imports:MaxKept.", StatusCodes.Status409Conflict);
            if (!Remove(first)) throw new SourceFileException("An import is being removed; try again.", StatusCodes.Status409Conflict);
        }
    }

    /// <summary>Forgets an import and its files; what it brought stays. False while it is being worked on.</summary>
    public bool Remove(ImportJob job)
    {
        if (job.Record.State is ImportState.Checking or ImportState.Waiting or ImportState.Running || !_jobs.TryRemove(job.Record.Id, out _)) return false;
        Directory.Delete(job.Folder.Path, recursive: true);
        return true;
    }

    /// <summary>Has a dry run made.</summary>
    /// <returns>False when it is not the time for one.</returns>
    public bool Check(ImportJob job, ImportMapping mapping)
    {
        if (job.ChangeIf(MayBegin, record => record with { Mapping = mapping, State = ImportState.Checking, Report = null, Problem = null }) is null) return false;
        queue.Check(job);
        return true;
    }

    /// <summary>Has it run, or go on.</summary>
    /// <returns>False when it is not the time for it.</returns>
    public bool Start(ImportJob job, ImportMapping mapping)
    {
        if (job.ChangeIf(MayStart, record => record with { Mapping = mapping, State = ImportState.Waiting, Problem = null }) is null) return false;
        queue.Run(job);
        return true;
    }

    private static bool MayBegin(ImportRecord record) => record.State is ImportState.Uploaded or ImportState.Checked or ImportState.Failed && !record.HasBegun;

    private static bool MayStart(ImportRecord record) => record.State is ImportState.Uploaded or ImportState.Checked or ImportState.Stopped or ImportState.Failed;

    /// <summary>Stops a dry run, or an import where it is.</summary>
    public static bool Stop(ImportJob job)
    {
        if (job.Record.State is not (ImportState.Checking or ImportState.Waiting or ImportState.Running)) return false;
        job.StopAsked = true;
        job.Cancel();
        return true;
    }
}
