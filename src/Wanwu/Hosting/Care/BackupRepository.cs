using System.Security.Cryptography;
using Wanwu.Telemetry.Backup;
using Wanwu.Things;

namespace Wanwu.Hosting.Care;

/// <summary>A backup of a repository.</summary>
/// <param name="Id">Its folder's name: the moment it was begun, in UTC.</param>
internal sealed record KeptBackup(string Id, string Folder, BackupManifest Manifest);

/// <param name="Copied">Bytes written for it; the others are in earlier backups too.</param>
internal sealed record AddedBackup(KeptBackup Backup, long Copied);

/// <summary>A folder of backups. Each is a folder whole in itself; what several have in common they share as links to the same bytes, so that the next one costs what is new.</summary>
/// <remarks>One process changes it at a time. What a crash leaves has a name that begins with a dot, and is removed by the next change.</remarks>
internal sealed class BackupRepository
{
    private const string Half = ".part", LockName = ".lock", DamagedName = ".damaged";
    private readonly string _path;

    public BackupRepository(string path)
    {
        _path = Path.GetFullPath(path);
        if (File.Exists(Path.Combine(_path, BackupManifest.FileName)))
            throw new InvalidDataException($"{_path} is a backup itself; name the folder of backups, or a new one.");
        if (Directory.Exists(_path) && Directory.EnumerateFileSystemEntries(_path).Any() && List().Count == 0 && !File.Exists(Path.Combine(_path, LockName)))
            throw new InvalidDataException($"{_path} is there already and holds no backups; name a new folder.");
    }

    /// <summary>Newest first. A folder without a manifest that can be read is no backup.</summary>
    public IReadOnlyList<KeptBackup> List()
    {
        if (!Directory.Exists(_path)) return [];
        var backups = new List<KeptBackup>();
        foreach (var folder in Directory.EnumerateDirectories(_path).Where(folder => !Path.GetFileName(folder).StartsWith('.')))
        {
            try
            {
                backups.Add(new KeptBackup(Path.GetFileName(folder), folder, BackupManifest.Read(folder)));
            }
            catch (Exception fault) when (fault is InvalidDataException or IOException)
            {
                // Other things may lie beside backups; verify of one by its name says what is wrong with it.
            }
        }
        return [.. backups.OrderByDescending(backup => backup.Id, StringComparer.Ordinal)];
    }

    /// <summary>Takes over what was gathered in a folder: what an earlier backup has is linked, the rest copied and read back by its checksum.</summary>
    public async Task<AddedBackup> AddAsync(string staged, BackupManifest manifest, CancellationToken stop)
    {
        using var alone = Lock();
        var id = Path.GetFileName(staged);
        var half = Path.Combine(_path, '.' + id + Half);
        var known = Known();
        var (copied, files, leftOut) = (0L, new List<BackupFile>(), new List<CheckFinding>(manifest.LeftOut ?? []));
        foreach (var file in manifest.Files)
        {
            var to = Path.Combine(half, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            if (known.TryGetValue((file.Sha256, file.Bytes), out var same) && File.Exists(same) && new FileInfo(same).Length == file.Bytes && HardLink.TryMake(same, to))
            {
                files.Add(file);
                continue;
            }
            var hash = await CopyAsync(Path.Combine(staged, file.Path), to, stop);
            if (hash == file.Sha256)
            {
                copied += file.Bytes;
                files.Add(file);
                continue;
            }
            // Its bytes changed since it was written: the live file is damaged. The rest is worth having.
            File.Delete(to);
            leftOut.Add(new CheckFinding(file.Path, "its content has changed (SHA-256 differs)"));
        }
        manifest = manifest with { Files = files, LeftOut = leftOut };
        await manifest.WriteAsync(half, stop);
        Directory.Move(half, Path.Combine(_path, id));
        return new AddedBackup(new KeptBackup(id, Path.Combine(_path, id), manifest), copied);
    }

    /// <summary>Removes all but the newest. What a remaining backup shares with one that goes stays.</summary>
    /// <param name="keep">At least 1: the last one is never removed.</param>
    /// <param name="oldest">What was made before goes too.</param>
    public IReadOnlyList<string> Prune(int keep, Timestamp? oldest = null)
    {
        using var alone = Lock();
        var gone = List().Where((backup, index) => index > 0 && (index >= keep || backup.Manifest.Created.Microseconds < oldest?.Microseconds)).ToList();
        foreach (var backup in gone)
        {
            // Under its own name it is a backup to the last moment, then none.
            var half = Path.Combine(_path, '.' + backup.Id + Half);
            Directory.Move(backup.Folder, half);
            Directory.Delete(half, recursive: true);
        }
        return [.. gone.Select(backup => backup.Id)];
    }

    /// <summary>Reads a backup whole. Bytes that proved wrong are not shared with later backups: the next one copies them anew.</summary>
    public async Task<IReadOnlyList<CheckFinding>> VerifyAsync(KeptBackup backup, CancellationToken stop)
    {
        var damage = await backup.Manifest.VerifyAsync(backup.Folder, stop);
        if (damage.Count == 0) return damage;
        using var alone = Lock();
        await File.AppendAllLinesAsync(Path.Combine(_path, DamagedName), damage.Select(found => backup.Manifest.Files.First(file => file.Path == found.File).Sha256), stop);
        return damage;
    }

    /// <summary>Where bytes of a checksum lie, in the newest backup that has them.</summary>
    private Dictionary<(string Sha256, long Bytes), string> Known()
    {
        var damaged = Path.Combine(_path, DamagedName);
        var distrusted = File.Exists(damaged) ? File.ReadAllLines(damaged).ToHashSet(StringComparer.Ordinal) : [];
        var known = new Dictionary<(string, long), string>();
        foreach (var backup in List())
            foreach (var file in backup.Manifest.Files)
                if (!distrusted.Contains(file.Sha256)) known.TryAdd((file.Sha256, file.Bytes), Path.Combine(backup.Folder, file.Path));
        return known;
    }

    private FileStream Lock()
    {
        Directory.CreateDirectory(_path);
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(_path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new InvalidDataException($"{_path} is being changed by another backup. Try again when it is done.");
        }
        foreach (var half in Directory.EnumerateDirectories(_path, ".*" + Half)) Directory.Delete(half, recursive: true);
        return held;
    }

    private static async Task<string> CopyAsync(string from, string to, CancellationToken stop)
    {
        await using var source = File.OpenRead(from);
        await using var copy = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (int read; (read = await source.ReadAsync(buffer, stop)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await copy.WriteAsync(buffer.AsMemory(0, read), stop);
        }
        await copy.FlushAsync(stop);
        copy.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
