using System.CommandLine;
using System.Globalization;
using Wanwu.Hosting.Care;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu backup FOLDER</c>, and <c>backup list</c>, <c>verify</c> and <c>prune</c>.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("FOLDER") { Description = "Folder of backups, which is made if it is not there. What an earlier one in it has is not copied again." };
        var command = new Command("backup", "Adds a backup to a folder of backups: registry and telemetry, consistent, with checksums. The server may be running; it goes on.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(target);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => BackupAsync(parsed.GetRequiredValue(target), [.. parsed.UnmatchedTokens], stop)));
        foreach (var sub in (Command[])[CreateList(), CreateVerify(), CreatePrune()]) command.Subcommands.Add(sub);
        return command;
    }

    private static async Task<int> BackupAsync(string to, string[] settings, CancellationToken stop)
    {
        // What cannot be used is said before anything is gathered.
        var repository = new BackupRepository(to);
        await using var services = await CommandServices.OpenAsync(settings, stop);
        var gathered = await CareCommands.DoAsync(services, "backups", care => care.BackupAsync(whileRunning: false, stop), stop);
        AddedBackup added;
        try
        {
            added = await repository.AddAsync(gathered.Folder, gathered.Manifest, stop);
        }
        finally
        {
            Directory.Delete(gathered.Folder, recursive: true);
        }
        var manifest = added.Backup.Manifest;
        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{added.Backup.Folder}: {Amount.Of(manifest.Files.Count, "file")}, {Amount.Of(manifest.Bytes, "byte")}, {added.Copied:N0} of them copied, the rest shared with earlier backups."));
        foreach (var found in manifest.LeftOut ?? []) await System.Console.Error.WriteLineAsync($"wanwu: {found.File} is left out: {found.What}");
        return manifest.LeftOut is { Count: > 0 } ? ExitCodes.Damaged : ExitCodes.Done;
    }

    private static Command CreateList()
    {
        var (folder, command) = Sub("list", "Lists the backups in a folder, newest first.");
        command.SetAction((parsed, _) => CommandLine.GuardedAsync(() =>
        {
            foreach (var backup in new BackupRepository(parsed.GetRequiredValue(folder)).List())
                System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{backup.Id}  {backup.Manifest.Created}  {Amount.Of(backup.Manifest.Files.Count, "file")}  {Amount.Of(backup.Manifest.Bytes, "byte")}{(backup.Manifest.LeftOut is { Count: > 0 } left ? $"  without {Amount.Of(left.Count, "damaged file")}" : "")}"));
            return Task.FromResult(ExitCodes.Done);
        }));
        return command;
    }

    private static Command CreateVerify()
    {
        var (folder, command) = Sub("verify", "Reads backups whole and holds every file against its checksum.");
        var one = new Option<string?>("--backup") { Description = "Only the one of this name." };
        command.Options.Add(one);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            var repository = new BackupRepository(parsed.GetRequiredValue(folder));
            var backups = parsed.GetValue(one) is { } id ? [RestoreCommand.Find(parsed.GetRequiredValue(folder), id)] : repository.List();
            var code = ExitCodes.Done;
            foreach (var backup in backups)
            {
                var damage = await repository.VerifyAsync(backup, stop);
                foreach (var found in damage) System.Console.Out.WriteLine($"{backup.Id}/{found.File}: {found.What}");
                System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{backup.Id}: {(damage.Count == 0 ? "sound" : "damaged")}, {Amount.Of(backup.Manifest.Bytes, "byte")} read."));
                if (damage.Count > 0) code = ExitCodes.Damaged;
            }
            return code;
        }));
        return command;
    }

    private static Command CreatePrune()
    {
        var (folder, command) = Sub("prune", "Removes the oldest backups. What a remaining one shares with them stays.");
        var keep = new Option<int>("--keep") { Description = "How many are kept, at least 1.", Required = true };
        keep.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 1) given.AddError("--keep is at least 1: the last backup is removed by hand.");
        });
        command.Options.Add(keep);
        command.SetAction((parsed, _) => CommandLine.GuardedAsync(() =>
        {
            foreach (var id in new BackupRepository(parsed.GetRequiredValue(folder)).Prune(parsed.GetValue(keep))) System.Console.Out.WriteLine($"{id} is removed.");
            return Task.FromResult(ExitCodes.Done);
        }));
        return command;
    }

    private static (Argument<string> Folder, Command Command) Sub(string name, string description)
    {
        var folder = new Argument<string>("FOLDER") { Description = "Folder of backups." };
        var command = new Command(name, description);
        command.Arguments.Add(folder);
        return (folder, command);
    }
}
