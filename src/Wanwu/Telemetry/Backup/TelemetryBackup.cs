using System.Security.Cryptography;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Backup;

/// <summary>A file of a backup: its path within it, its size and the SHA-256 of its bytes in lower-case hexadecimal.</summary>
internal sealed record BackupFile(string Path, long Bytes, string Sha256);

/// <summary>Puts telemetry into a folder as it stands at one moment: the store's rows, the cold files its list names, the snapshots of the sessions, and the log from the earlier of both on.</summary>
/// <remarks>
/// Messages are taken and loaded meanwhile: the rows are read in one transaction, which sees none that comes later. The copy starts as a server does after a crash: what
/// the log has beyond the store is replayed. Everything acknowledged when the copy began is in it. Cold files never change: in the copy they are links to the same bytes.
/// </remarks>
internal sealed class TelemetryBackup(StoreDatabase database, Compaction compaction, LogCleanup cleanup, ObservationLog log)
{
    /// <summary>Copies while the server runs.</summary>
    /// <param name="dataFolder">The server's data folder.</param>
    /// <param name="target">An existing folder; the files keep their names in it.</param>
    /// <returns>What belongs to the copy. A cold file that is damaged is named and not there.</returns>
    public async Task<IReadOnlyList<BackupFile>> RunAsync(string dataFolder, string target, CancellationToken stop)
    {
        // Files the copied store names must not go away before they are in the copy too, nor what the log has beyond it.
        using var held = database.Cold.Hold();
        using var kept = cleanup.Hold();
        var needed = log.Journal?.NeededFrom ?? long.MaxValue;
        StoreCopied copied;
        using (await compaction.PauseAsync(stop))
        {
            copied = await Task.Run(() => StoreCopy.Make(database, Path.Combine(target, StoreDatabase.FileName), stop), stop);
        }
        return await Task.Run(() =>
        {
            CopySnapshots(dataFolder, target, stop);
            CopyLog(dataFolder, target, Math.Min(copied.Position, needed), log.CommittedPosition, stop);
            foreach (var file in copied.Files) Link(dataFolder, target, file.Path);
            return (IReadOnlyList<BackupFile>)[.. List(target, stop), .. copied.Files];
        }, stop);
    }

    /// <summary>One that is set aside, or went missing under a running server, stays out; the backup holds everything else.</summary>
    private void Link(string dataFolder, string target, string path)
    {
        var from = Path.Combine(dataFolder, path);
        if (database.Cold.Damaged.ContainsKey(path[(ColdFiles.FolderName.Length + 1)..]) || !File.Exists(from)) return;
        var to = Path.Combine(target, path);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        HardLink.MakeOrCopy(from, to);
    }

    /// <summary>Copies the data folder of a server that does not run.</summary>
    public static IReadOnlyList<BackupFile> RunOffline(string dataFolder, string target, CancellationToken stop)
    {
        foreach (var name in (ReadOnlySpan<string>)[StoreDatabase.FileName, StoreDatabase.FileName + ".wal"])
        {
            var file = Path.Combine(dataFolder, name);
            if (File.Exists(file)) Copy(file, Path.Combine(target, name), null, stop);
        }
        CopySnapshots(dataFolder, target, stop);
        var cold = Path.Combine(dataFolder, ColdFiles.FolderName);
        foreach (var path in ColdFiles.List(cold))
        {
            var to = Path.Combine(target, ColdFiles.FolderName, Path.GetRelativePath(cold, path));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            HardLink.MakeOrCopy(path, to);
        }
        CopyLog(dataFolder, target, 0, long.MaxValue, stop);
        return [.. List(target, stop), .. ColdFiles.List(Path.Combine(target, ColdFiles.FolderName)).Select(path => Describe(target, path))];
    }

    private static void CopySnapshots(string dataFolder, string target, CancellationToken stop)
    {
        var snapshots = SnapshotFolder.List(dataFolder);
        while (snapshots.Count > 0)
        {
            try
            {
                Directory.CreateDirectory(Path.Combine(target, SnapshotFolder.Name));
                foreach (var (path, _) in snapshots) Copy(path, Path.Combine(target, SnapshotFolder.Name, Path.GetFileName(path)), null, stop);
                return;
            }
            // A newer one was put in place and the oldest went; a start takes the newest of those that are there.
            catch (FileNotFoundException)
            {
                snapshots = SnapshotFolder.List(dataFolder);
            }
        }
    }

    /// <summary>Every segment that reaches beyond <paramref name="from"/>; the last one only as far as it is durable.</summary>
    private static void CopyLog(string dataFolder, string target, long from, long to, CancellationToken stop)
    {
        var segments = LogFolder.List(Path.Combine(dataFolder, "log"));
        Directory.CreateDirectory(Path.Combine(target, "log"));
        for (var i = 0; i < segments.Count; i++)
        {
            if (i + 1 < segments.Count && segments[i + 1].First <= from) continue;
            if (segments[i].First >= to) break;
            Copy(segments[i].Path, LogFolder.PathOf(Path.Combine(target, "log"), segments[i].First), to - segments[i].First, stop);
        }
    }

    private static void Copy(string from, string to, long? atMost, CancellationToken stop)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new FileStream(to, FileMode.Create, FileAccess.Write);
        var left = Math.Min(atMost ?? long.MaxValue, source.Length);
        var buffer = new byte[1 << 20];
        while (left > 0)
        {
            stop.ThrowIfCancellationRequested();
            var read = source.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) break;
            copy.Write(buffer, 0, read);
            left -= read;
        }
        copy.Flush(flushToDisk: true);
    }

    private static List<BackupFile> List(string target, CancellationToken stop)
    {
        var files = new List<string> { Path.Combine(target, StoreDatabase.FileName), Path.Combine(target, StoreDatabase.FileName + ".wal") };
        files.AddRange(LogFolder.List(Path.Combine(target, "log")).Select(segment => segment.Path));
        files.AddRange(SnapshotFolder.List(target).Select(snapshot => snapshot.Path));
        var listed = new List<BackupFile>();
        foreach (var path in files.Where(File.Exists))
        {
            stop.ThrowIfCancellationRequested();
            listed.Add(Describe(target, path));
        }
        return listed;
    }

    private static BackupFile Describe(string target, string path)
    {
        using var file = File.OpenRead(path);
        return new BackupFile(Path.GetRelativePath(target, path).Replace('\\', '/'), file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
