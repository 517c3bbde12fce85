using System.CommandLine;
using Wanwu.Hosting.Care;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu restore</c>: proves every byte of a backup, then puts it in place of the data folder's content.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("SOURCE") { Description = "Folder of backups, of which the newest is taken, or one backup." };
        var one = new Option<string?>("--backup") { Description = "The backup of this name in place of the newest." };
        var without = new Option<bool>("--without-damaged") { Description = "Restores what is sound of a damaged backup, and names what is missing. Possible where cold files alone are damaged." };
        var command = new Command("restore", "Verifies a backup, then puts it in place of the data folder's content, which is kept aside. The server must be stopped.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(source);
        command.Options.Add(one);
        command.Options.Add(without);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() =>
            RunAsync(Find(parsed.GetRequiredValue(source), parsed.GetValue(one)), parsed.GetValue(without), [.. parsed.UnmatchedTokens], stop)));
        return command;
    }

    /// <exception cref="InvalidDataException">There is none.</exception>
    public static KeptBackup Find(string source, string? id)
    {
        var folder = Path.GetFullPath(source);
        if (id is null && File.Exists(Path.Combine(folder, BackupManifest.FileName))) return new KeptBackup(Path.GetFileName(folder), folder, BackupManifest.Read(folder));
        if (id is not null && Path.GetFileName(id) == id && Directory.Exists(Path.Combine(folder, id)))
            return new KeptBackup(id, Path.Combine(folder, id), BackupManifest.Read(Path.Combine(folder, id)));
        if (id is not null) throw new InvalidDataException($"{folder} holds no backup '{id}'; wanwu backup list tells which there are.");
        if (!Directory.Exists(folder)) throw new InvalidDataException($"There is no folder {folder}.");
        return new BackupRepository(folder).List() is [var newest, ..] ? newest : throw new InvalidDataException($"{folder} holds no backup.");
    }

    private static async Task RecordAsync(KeptBackup backup, string? aside, string[] settings, CancellationToken stop)
    {
        await using var services = await CommandServices.OpenAsync(settings, stop);
        var detail = new Dictionary<string, string> { ["backup"] = backup.Folder, ["of"] = backup.Manifest.Created.ToString(), ["aside"] = aside ?? "" };
        await services.GetRequiredService<AuditTrail>().AppendAsync([new AuditEvent("data.restore") { Object = new AuditObject("data", backup.Id), Detail = detail }], signs: true);
    }

    private static async Task<int> RunAsync(KeptBackup backup, bool withoutDamaged, string[] settings, CancellationToken stop)
    {
        var damage = await backup.Manifest.VerifyAsync(backup.Folder, stop);
        foreach (var found in damage) await System.Console.Error.WriteLineAsync($"wanwu: {found.File}: {found.What}");
        var needed = damage.Where(found => !found.File.StartsWith("cold/", StringComparison.Ordinal)).ToList();
        if (needed.Count > 0)
            return await CommandLine.FailAsync(ExitCodes.Damaged, $"{backup.Folder} is damaged, and {needed[0].File} cannot be done without: restore another backup. Nothing was changed.");
        if (damage.Count > 0 && !withoutDamaged)
            return await CommandLine.FailAsync(ExitCodes.Damaged, "The backup is damaged; nothing was changed. Put the files named back from another copy, restore another backup, or restore the rest with --without-damaged.");
        var folder = CommandServices.Folder(settings);
        using var alone = RunningServer.TryTake(folder);
        if (alone is null) return await CommandLine.FailAsync(ExitCodes.DataInUse, $"A server is using {folder.Path}. Stop it first.");
        var aside = await Restore.RunAsync(backup, damage, folder, TimeProvider.System, atStep: null, stop);
        await RecordAsync(backup, aside, settings, stop);
        System.Console.Out.WriteLine($"{folder.Path} is as it was at {backup.Manifest.Created}.");
        if (aside is not null) System.Console.Out.WriteLine($"What was there before is in {aside}.");
        foreach (var missing in (CheckFinding[])[.. damage, .. backup.Manifest.LeftOut ?? []])
            System.Console.Out.WriteLine($"Missing: {missing.File}. The server names it and answers everything else; put the file back and it counts again.");
        return ExitCodes.Done;
    }
}
