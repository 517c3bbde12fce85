namespace Wanwu.Security.Audit.Chain;

/// <summary>The trail for a backup: its files, the head that goes with them, and the keys where they lie in the data folder.</summary>
internal static class AuditCopy
{
    public static async Task RunAsync(AuditTrail trail, string target)
    {
        if (trail.Fault is null) await trail.SignAsync();
        var to = Path.Combine(target, AuditTrail.FolderName);
        Directory.CreateDirectory(to);
        // Nobody writes meanwhile: files and head belong together.
        await using (await AuditLock.TakeAsync(trail.Folder))
            foreach (var path in (string[])[.. AuditFile.In(trail.Folder).Select(file => file.Path), Path.Combine(trail.Folder, Checkpoint.FileName)])
                if (File.Exists(path) && !File.Exists(Path.Combine(to, Path.GetFileName(path)))) File.Copy(path, Path.Combine(to, Path.GetFileName(path)));
        var keys = trail.Keys.Folder;
        if (Path.GetFileName(keys) != AuditKeys.DefaultFolder || Path.GetDirectoryName(keys) != Path.GetDirectoryName(trail.Folder) || !Directory.Exists(keys)) return;
        Directory.CreateDirectory(Path.Combine(target, AuditKeys.DefaultFolder));
        foreach (var key in Directory.EnumerateFiles(keys)) File.Copy(key, Path.Combine(target, AuditKeys.DefaultFolder, Path.GetFileName(key)));
    }
}
