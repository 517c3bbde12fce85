using System.Security.Cryptography;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Backup;

/// <summary>A file of a backup: its path within it, its size and the SHA-256 of its bytes in lower-case hexadecimal.</summary>
internal sealed record BackupFile(string Path, long Bytes, string Sha256);

/// <summary>Copies telemetry into a folder: the store as it stands at one log position, the cold files it names, the snapshots of the sessions, and the log from the earlier of both on. Messages are taken meanwhile.</summary>
/// <remarks>
/// The copy starts as a server does after a crash: what the log has beyond the store is replayed. Everything acknowledged when the copy began is in it.
/// </remarks>
internal sealed class TelemetryBackup(StoreDatabase database, StoreLoader loader, Compaction compaction, LogCleanup cleanup, ObservationLog log)
{
    /// <summary>Copies while the server runs.</summary>
    /// <param name="dataFolder">The server's data folder.</param>
    /// <param name="target">An existing folder; the files keep their names in it.</param>
    public async Task<IReadOnlyList<BackupFile>> RunAsync(string dataFolder, string target, CancellationToken stop)
    {
        // Files the copied store names must not go away before they are copied too.
        using var held = database.Cold.Hold();
        IReadOnlyList<ColdFile> cold = [];
        using (await compaction.PauseAsync(stop))
            await Task.Run(() => CopyStore(dataFolder, target, connection => cold = [.. ColdManifest.ReadAll(connection)], stop), stop);
        await Task.Run(() => CopyCold(dataFolder, target, cold.Where(file => !database.Cold.Damaged.ContainsKey(file.Name)), stop), stop);
        return List(target, stop);
    }

    private void CopyStore(string dataFolder, string target, Action<DuckDBConnection> atThatMoment, CancellationToken stop)
    {
        // First the log must not lose files, then the store must stand still: in the other order a segment could go between the two.
        lock (cleanup.Gate)
        {
            var (position, needed) = (0L, log.Journal?.NeededFrom ?? long.MaxValue);
            loader.Pause((connection, loaded) =>
            {
                connection.Execute("CHECKPOINT");
                position = loaded;
                atThatMoment(connection);
                Copy(database.Path, Path.Combine(target, StoreDatabase.FileName), null, stop);
            });
            CopySnapshots(dataFolder, target, stop);
            CopyLog(dataFolder, target, Math.Min(position, needed), log.CommittedPosition, stop);
        }
    }

    private static void CopyCold(string dataFolder, string target, IEnumerable<ColdFile> files, CancellationToken stop)
    {
        foreach (var name in files.Select(file => file.Name)) CopyBelow(ColdFiles.FolderName, name, dataFolder, target, stop);
    }

    private static void CopyBelow(string folder, string name, string dataFolder, string target, CancellationToken stop)
    {
        var from = Path.Combine(dataFolder, folder, name);
        // One that went missing under a running server is named by the next start; the backup holds everything else.
        if (!File.Exists(from)) return;
        var to = Path.Combine(target, folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        Copy(from, to, null, stop);
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
        foreach (var path in ColdFiles.List(cold)) CopyBelow(ColdFiles.FolderName, Path.GetRelativePath(cold, path), dataFolder, target, stop);
        CopyLog(dataFolder, target, 0, long.MaxValue, stop);
        return List(target, stop);
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
        files.AddRange(ColdFiles.List(Path.Combine(target, ColdFiles.FolderName)));
        var listed = new List<BackupFile>();
        foreach (var path in files.Where(File.Exists))
        {
            stop.ThrowIfCancellationRequested();
            using var file = File.OpenRead(path);
            listed.Add(new BackupFile(Path.GetRelativePath(target, path).Replace('\\', '/'), file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
        }
        return listed;
    }
}
