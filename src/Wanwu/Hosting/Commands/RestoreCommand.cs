using System.CommandLine;
using Wanwu.Hosting.Care;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Certificates;
using Wanwu.Security.Sealing;
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

    private static async Task RecordAsync(KeptBackup backup, string? aside, ServiceProvider services)
    {
        var detail = new Dictionary<string, string> { ["backup"] = backup.Folder, ["of"] = backup.Manifest.Created.ToString(), ["aside"] = aside ?? "" };
        await services.GetRequiredService<AuditTrail>().AppendAsync([new AuditEvent("data.restore") { Object = new AuditObject("data", backup.Id), Detail = detail }], signs: true);
    }

    /// <summary>Nobody comes in again with a certificate that was revoked since the backup.</summary>
    private static async Task RevokeAgainAsync(string aside, ServiceProvider services, CancellationToken stop)
    {
        var registry = Path.Combine(aside, "registry.db");
        if (!File.Exists(registry)) return;
        if (Revocations.Read(registry) is not { } revocations)
            System.Console.Out.WriteLine($"Needed: {registry} cannot be read. Revoke again the certificates of things that were revoked since; the audit trail names them.");
        else if (await services.GetRequiredService<DeviceCertificates>().RevokeAgainAsync(revocations, stop) is > 0 and var count)
            System.Console.Out.WriteLine($"{Amount.Of(count, "certificate")} revoked since stayed revoked.");
    }

    /// <summary>What is not in the backup because it was kept apart from the data.</summary>
    private static IEnumerable<string> KeysNeeded(BackupManifest manifest)
    {
        bool Holds(string folder) => manifest.Files.Any(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal));
        if (!Holds(KeyRing.DefaultFolder))
            yield return "the key ring is not in this backup. Put the files of Security:Sealing:KeyFolder back from your own copy before the server starts; without them second factors are set up anew, secrets of bindings given anew, and people sign in again.";
        if (!Holds(OAuthKeys.DefaultFolder))
            yield return "the keys of programs' tokens are not in this backup. Put the files of Security:OAuth:KeyFolder back from your own copy; without them programs that sign in by OAuth do so anew.";
        if (!Holds(AuditKeys.DefaultFolder))
            yield return "the key that signs the audit trail is not in this backup. Put the files of Security:Audit:KeyFolder back from your own copy; without its public half the trail of before cannot be proved.";
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
        await using var services = await CommandServices.OpenAsync(settings, stop);
        await RecordAsync(backup, aside, services);
        System.Console.Out.WriteLine($"{folder.Path} is as it was at {backup.Manifest.Created}.");
        if (aside is not null) System.Console.Out.WriteLine($"What was there before is in {aside}.");
        if (aside is not null) await RevokeAgainAsync(aside, services, stop);
        foreach (var key in KeysNeeded(backup.Manifest)) System.Console.Out.WriteLine($"Needed: {key}");
        foreach (var missing in (CheckFinding[])[.. damage, .. backup.Manifest.LeftOut ?? []])
            System.Console.Out.WriteLine($"Missing: {missing.File}. The server names it and answers everything else; put the file back and it counts again.");
        return ExitCodes.Done;
    }
}
