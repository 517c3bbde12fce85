using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Certificates;
using Wanwu.Security.Sealing;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Hosting.Care;

/// <summary>Puts a verified backup in place of a data folder's content. What was there is kept aside.</summary>
/// <remarks>
/// Copy first, verify the copy, then switch by renaming within the folder: first all that was there goes aside, then all that is new takes its place. A crash before the
/// switch leaves the old content; one within it leaves the mark <see cref="Mark"/>, which says how far it was, and whoever opens the folder next ends it.
/// </remarks>
internal static class Restore
{
    private const string Staged = ".restoring", Aside = "aside", In = "in";

    /// <summary>Name of the file that says a switch was begun and not ended.</summary>
    public const string Mark = "restore.unfinished";

    /// <summary>What a backup may hold and a restore replaces.</summary>
    private static readonly string[] Parts = ["registry.db", "registry.db-wal", "registry.db-shm", "telemetry.duckdb", "telemetry.duckdb.wal", "cold", "log", "sessions", KeyRing.DefaultFolder, OAuthKeys.DefaultFolder, AuthorityFiles.DefaultFolder];

    /// <summary>The audit trail and its keys: put in place where there are none. A trail that is there stays and goes on, since no restore may take it back.</summary>
    private static readonly string[] Trail = [AuditTrail.FolderName, AuditKeys.DefaultFolder];

    /// <param name="source">The backup.</param>
    /// <param name="without">Files of it that are damaged, and to be done without.</param>
    /// <param name="target">The data folder.</param>
    /// <param name="clock">Names what is kept aside.</param>
    /// <param name="atStep">Called before each step of the switch: where tests stand in for a crash.</param>
    /// <returns>The folder that keeps what was there before, or null when there was nothing.</returns>
    public static async Task<string?> RunAsync(
        KeptBackup source, IReadOnlyList<CheckFinding> without, DataFolder target, TimeProvider clock, Action? atStep, CancellationToken stop)
    {
        Finish(target);
        var staged = target.File(Staged);
        if (Directory.Exists(staged)) Directory.Delete(staged, recursive: true);
        var keepsTrail = Directory.Exists(target.File(AuditTrail.FolderName));
        var files = source.Manifest.Files.ExceptBy(without.Select(found => found.File), file => file.Path)
            .Where(file => !keepsTrail || !Trail.Contains(file.Path.Split('/')[0])).ToList();
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            var to = Path.Combine(staged, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(source.Folder, file.Path), to);
            if (await BackupManifest.FaultOfAsync(to, file, stop) is { } fault)
                throw new InvalidDataException($"{file.Path} was damaged while it was copied: {fault}. Nothing was changed.");
        }
        var aside = $"replaced-{clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture)}";
        WriteMark(target, Aside, aside);
        return Switch(target, atStep);
    }

    /// <summary>Ends a switch that a crash cut off. To be called by whoever has the folder, before anything in it is opened.</summary>
    public static bool Finish(DataFolder target)
    {
        if (!File.Exists(target.File(Mark))) return false;
        Switch(target, null);
        return true;
    }

    private static string? Switch(DataFolder target, Action? atStep)
    {
        var mark = File.ReadAllText(target.File(Mark)).Split('\n');
        // One of an earlier version tells no phase: its restore is run again.
        if (mark is not ([Aside or In, ..] and [_, var name, ..]) || Path.GetFileName(name) != name)
            throw new InvalidDataException($"A restore of {target.Path} was begun by another version and did not end. Run wanwu restore with that version again.");
        var aside = target.File(name);
        if (mark[0] == Aside)
        {
            foreach (var part in Parts.Where(part => Exists(target.File(part))))
            {
                Directory.CreateDirectory(aside);
                atStep?.Invoke();
                Directory.Move(target.File(part), Path.Combine(aside, part));
            }
            WriteMark(target, In, name);
        }
        foreach (var part in Parts.Concat(Trail).Where(part => Exists(target.File(Staged, part))))
        {
            atStep?.Invoke();
            Directory.Move(target.File(Staged, part), target.File(part));
        }
        if (Directory.Exists(target.File(Staged))) Directory.Delete(target.File(Staged), recursive: true);
        atStep?.Invoke();
        File.Delete(target.File(Mark));
        return Directory.Exists(aside) ? aside : null;
    }

    private static void WriteMark(DataFolder target, string phase, string aside)
    {
        // Replaced whole: a crash leaves the phase before or this one.
        var draft = target.File(Mark + ".new");
        using (var file = new StreamWriter(draft))
        {
            file.Write($"{phase}\n{aside}\n");
            file.Flush();
            ((FileStream)file.BaseStream).Flush(flushToDisk: true);
        }
        File.Move(draft, target.File(Mark), overwrite: true);
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
}
