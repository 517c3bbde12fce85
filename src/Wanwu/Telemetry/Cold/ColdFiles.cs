using System.Collections.Concurrent;
using System.Security.Cryptography;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Cold;

/// <summary>The folder of Parquet files and what is known of them: read by questions, changed by the compaction alone.</summary>
/// <remarks>
/// A question reads list and rows in one transaction, so it sees each row in one place, hot or cold, whatever moves meanwhile. A file that is replaced is deleted
/// when the last question that could name it has ended. A damaged file is set aside: it stays where it is, is named, and answers nothing. Thread-safe.
/// </remarks>
internal sealed partial class ColdFiles(ILogger<ColdFiles> logger)
{
    public const string FolderName = "cold", WorkFolder = ".work", Extension = ".parquet";
    private readonly Lock _gate = new();
    private readonly ColdFooters _footers = new();
    private readonly ConcurrentDictionary<string, string> _damaged = new(StringComparer.Ordinal);
    private readonly Dictionary<object, long> _leases = [];
    private readonly List<(string Path, long Moment)> _retired = [];
    private string _folder = "";
    private long _moment;
    private volatile Known? _known;

    private sealed record Known(long Generation, IReadOnlyList<ColdFile> Files, IReadOnlyList<RollupFile> Rollups, IReadOnlyList<RollupFile> Kept);

    public string Folder => _folder;

    /// <summary>Damaged files by name, and what is wrong with each.</summary>
    public IReadOnlyDictionary<string, string> Damaged => _damaged;

    public void Begin(string dataFolder)
    {
        _folder = Path.Combine(dataFolder, FolderName);
        Directory.CreateDirectory(_folder);
    }

    public string PathOf(ColdFile file) => Path.Combine(_folder, file.Name);

    /// <summary>What a start does: what a crash left behind goes, what is missing or cut short is named, and a file put back in place of a damaged one counts again.</summary>
    public void Start(DuckDBConnection connection)
    {
        _known = null;
        _damaged.Clear();
        if (Directory.Exists(Path.Combine(_folder, WorkFolder))) Directory.Delete(Path.Combine(_folder, WorkFolder), recursive: true);
        foreach (var file in ColdManifest.ReadAll(connection).ToList())
        {
            var fault = FaultOf(file, file.Damage is not null);
            if (fault is not null) SetAside(connection, file, fault);
            else if (file.Damage is not null) ColdManifest.SetDamage(connection, file.Name, null);
        }
        Sweep(connection);
    }

    /// <summary>The files below a cold folder that bear names of ours; what others put there is left alone.</summary>
    public static IEnumerable<string> List(string folder) => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*" + Extension, SearchOption.AllDirectories)
        .Where(path => ColdName.IsOurs(Path.GetRelativePath(folder, path))).Order(StringComparer.Ordinal);

    /// <summary>
    /// Deletes files no list names: a crash between writing and switching leaves such, and what was put off. At once, whoever may be reading: no question was ever told
    /// of them, and the next attempt gives their names to files that count.
    /// </summary>
    public void Sweep(DuckDBConnection connection)
    {
        var named = ColdManifest.ReadAll(connection).Select(PathOf).ToHashSet(StringComparer.Ordinal);
        lock (_gate) named.UnionWith(_retired.Select(file => file.Path));
        List<string> left = [.. List(_folder).Where(path => !named.Contains(path))];
        foreach (var path in left)
        {
            Swept(path);
            Delete(path);
        }
    }

    /// <summary>Asks hot rows and files as of one moment. Should a file prove damaged it is set aside and the question put again to the rest.</summary>
    public T Read<T>(DuckDBConnection connection, Func<ColdView, T> question)
    {
        using var lease = new Lease(this);
        while (true)
        {
            ColdView? view = null;
            connection.Execute("BEGIN TRANSACTION");
            try
            {
                view = Current(connection);
                var answer = question(view);
                connection.Execute("COMMIT");
                return answer;
            }
            catch (Exception fault) when (fault is DuckDBException { ErrorType: not (DuckDBErrorType.Interrupt or DuckDBErrorType.OutOfMemory) } or StoreReadException { ErrorType: not (DuckDBErrorType.Interrupt or DuckDBErrorType.OutOfMemory) })
            {
                connection.RollBack();
                // A question that has names of its own takes them with it: without, the list itself has none.
                connection.Execute("RESET search_path");
                if (view is null || !SetAsideDamaged(connection, view.Named)) throw;
            }
            catch
            {
                connection.RollBack();
                throw;
            }
        }
    }

    /// <summary>The files as the open transaction sees them.</summary>
    public ColdView Current(DuckDBConnection connection)
    {
        var generation = ColdManifest.Generation(connection);
        var known = _known;
        if (known?.Generation != generation) _known = known = new Known(generation, ColdManifest.Read(connection), RollupManifest.Read(connection), KeptManifest.Read(connection));
        return new ColdView(_folder, known.Files, known.Rollups, file => !_damaged.ContainsKey(file.Name)) { AllKept = known.Kept, Footers = _footers };
    }

    /// <summary>No file goes away before the lease ends.</summary>
    public IDisposable Hold() => new Lease(this);

    /// <summary>The list no longer names them: they go once nobody can be reading them.</summary>
    public void Retire(IEnumerable<ColdFile> replaced) => Retire([.. replaced.Select(PathOf)]);

    private void Retire(IReadOnlyList<string> paths)
    {
        lock (_gate)
        {
            _moment++;
            foreach (var path in paths) _retired.Add((path, _moment));
        }
        DeleteRetired();
    }

    private void DeleteRetired()
    {
        List<string> free;
        lock (_gate)
        {
            var oldest = _leases.Count == 0 ? long.MaxValue : _leases.Values.Min();
            free = [.. _retired.Where(file => file.Moment <= oldest).Select(file => file.Path)];
            _retired.RemoveAll(file => file.Moment <= oldest);
        }
        foreach (var path in free) Delete(path);
    }

    /// <summary>Reads the files' bytes, and sets those aside that are not as they were written.</summary>
    public bool SetAsideDamaged(DuckDBConnection connection, IReadOnlyList<ColdFile> suspects)
    {
        var found = false;
        foreach (var file in suspects.DistinctBy(file => file.Name))
        {
            if (_damaged.ContainsKey(file.Name) || FaultOf(file, withContent: true) is not { } fault) continue;
            SetAside(connection, file, fault);
            found = true;
        }
        return found;
    }

    public void SetAside(DuckDBConnection connection, ColdFile file, string fault)
    {
        if (!_damaged.TryAdd(file.Name, fault)) return;
        FoundDamaged(file.Name, file.Rows, fault);
        try
        {
            ColdManifest.SetDamage(connection, file.Name, fault);
        }
        catch (StoreException)
        {
            // The list changed at the same moment. This server knows; the next start finds out again.
        }
    }

    /// <summary>What is wrong with the file's bytes, or null.</summary>
    /// <param name="withContent">Whether to read all of it; otherwise only that it is there and as long as it should be.</param>
    public string? FaultOf(ColdFile file, bool withContent) => FaultOf(PathOf(file), file, withContent);

    public static string? FaultOf(string path, ColdFile file, bool withContent)
    {
        try
        {
            using var bytes = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (bytes.Length != file.Bytes) return $"has {bytes.Length} bytes, should have {file.Bytes}";
            return !withContent || Convert.ToHexStringLower(SHA256.HashData(bytes)) == file.Sha256 ? null : "its content has changed (SHA-256 differs)";
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return "is missing";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {fault.Message}";
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException fault)
        {
            NotDeleted(fault, path);
        }
    }

    private sealed class Lease : IDisposable
    {
        private readonly ColdFiles _owner;

        public Lease(ColdFiles owner)
        {
            _owner = owner;
            lock (owner._gate) owner._leases.Add(this, owner._moment);
        }

        public void Dispose()
        {
            bool hasRetired;
            lock (_owner._gate)
            {
                _owner._leases.Remove(this);
                hasRetired = _owner._retired.Count > 0;
            }
            if (hasRetired) _owner.DeleteRetired();
        }
    }

    [LoggerMessage(3030, LogLevel.Error, "The cold file {File} ({Rows} rows) is damaged and set aside: {Fault}. Everything else is answered; put the file back from a backup and start again")]
    private partial void FoundDamaged(string file, long rows, string fault);

    [LoggerMessage(3031, LogLevel.Information, "A file left behind by an unfinished compaction was deleted: {Path}")]
    private partial void Swept(string path);

    [LoggerMessage(3032, LogLevel.Warning, "The replaced cold file {Path} could not be deleted; the next start tries again")]
    private partial void NotDeleted(Exception fault, string path);
}
