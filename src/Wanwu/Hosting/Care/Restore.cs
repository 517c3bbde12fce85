using System.Globalization;
using Wanwu.Registry;

namespace Wanwu.Hosting.Care;

/// <summary>Puts a verified backup in place of a data folder's content. What was there is kept aside.</summary>
/// <remarks>
/// Copy first, verify the copy, then switch by renaming within the folder. A crash before the switch leaves the old content; one within it leaves the mark
/// <see cref="Unfinished"/>, and a server refuses to start on the folder until the restore was run again.
/// </remarks>
internal static class Restore
{
    private const string Staged = ".restoring";

    /// <summary>Name of the file that says a switch was begun and not ended.</summary>
    public const string Unfinished = "restore.unfinished";

    /// <summary>What a backup may hold and a restore replaces.</summary>
    private static readonly string[] Parts = ["registry.db", "registry.db-wal", "registry.db-shm", "telemetry.duckdb", "telemetry.duckdb.wal", "cold", "log", "sessions", "keys"];

    /// <returns>The folder that keeps what was there before, or null when there was nothing.</returns>
    public static async Task<string?> RunAsync(string source, DataFolder target, TimeProvider clock, CancellationToken stop)
    {
        var staged = target.File(Staged);
        if (Directory.Exists(staged)) Directory.Delete(staged, recursive: true);
        Copy(source, staged);
        var (_, damage) = await BackupManifest.VerifyAsync(staged, stop);
        if (damage.Count > 0) throw new InvalidDataException($"{damage[0].File} was damaged while it was copied: {damage[0].What}. Nothing was changed.");
        return Switch(target, staged, clock);
    }

    private static string? Switch(DataFolder target, string staged, TimeProvider clock)
    {
        var time = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = target.File($"replaced-{time}");
        File.WriteAllText(target.File(Unfinished), $"A restore was begun at {time} and did not end. Run wanwu restore again.\n");
        var kept = false;
        foreach (var part in Parts)
        {
            if (Exists(target.File(part)))
            {
                Directory.CreateDirectory(aside);
                Directory.Move(target.File(part), Path.Combine(aside, part));
                kept = true;
            }
            if (Exists(Path.Combine(staged, part))) Directory.Move(Path.Combine(staged, part), target.File(part));
        }
        Directory.Delete(staged, recursive: true);
        File.Delete(target.File(Unfinished));
        return kept ? aside : null;
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>Copies a folder with everything in it; the target is made.</summary>
    public static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, folder)));
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(target, Path.GetRelativePath(source, file)));
    }
}
