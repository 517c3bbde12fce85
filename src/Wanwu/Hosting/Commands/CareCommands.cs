using System.CommandLine;
using System.Globalization;
using Wanwu.Hosting.Care;
using Wanwu.Registry;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu backup</c>, <c>restore</c>, <c>check</c> and <c>compact</c>. A running server does the work itself, because the store belongs to its process.</summary>
internal static class CareCommands
{
    public static IEnumerable<Command> Create() => [CreateBackup(), CreateRestore(), CreateCheck(), CreateCompact()];

    private static Command CreateBackup()
    {
        var target = new Argument<string>("TARGET") { Description = "Folder to write the backup to; it must not exist yet." };
        var command = new Command("backup", "Copies registry and telemetry, consistent, with checksums. The server may be running; it goes on.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(target);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            var to = Path.GetFullPath(parsed.GetRequiredValue(target));
            if (Path.Exists(to)) return await CommandLine.FailAsync(ExitCodes.Refused, $"{to} is there already; name a new folder.");
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var made = await DoAsync(services, "backups", care => care.BackupAsync(whileRunning: false, stop), stop);
            MoveFolder(made.Folder, to);
            var (manifest, damage) = await BackupManifest.VerifyAsync(to, stop);
            if (damage.Count > 0) return await CommandLine.FailAsync(ExitCodes.Damaged, $"{damage[0].File}: {damage[0].What}. The backup in {to} is not sound.");
            var size = manifest.Files.Sum(file => file.Bytes);
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{to}: {manifest.Files.Count} files, {size:N0} bytes, verified."));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command CreateRestore()
    {
        var source = new Argument<string>("SOURCE") { Description = "Folder of a backup." };
        var command = new Command("restore", "Verifies a backup, then puts it in place of the data folder's content, which is kept aside. The server must be stopped.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(source);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            var from = Path.GetFullPath(parsed.GetRequiredValue(source));
            var (manifest, damage) = await BackupManifest.VerifyAsync(from, stop);
            foreach (var found in damage) await System.Console.Error.WriteLineAsync($"wanwu: {found.File}: {found.What}");
            if (damage.Count > 0) return await CommandLine.FailAsync(ExitCodes.Damaged, "The backup is damaged; nothing was changed.");
            var folder = CommandServices.Folder([.. parsed.UnmatchedTokens]);
            using var alone = RunningServer.TryTake(folder);
            if (alone is null) return await CommandLine.FailAsync(ExitCodes.DataInUse, $"A server is using {folder.Path}. Stop it first.");
            var aside = await Restore.RunAsync(from, folder, TimeProvider.System, stop);
            System.Console.Out.WriteLine($"{folder.Path} is as it was at {manifest.Created}.");
            if (aside is not null) System.Console.Out.WriteLine($"What was there before is in {aside}.");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command CreateCheck()
    {
        var command = new Command("check", $"Reads registry, log and store whole and reports damage by file. Exit code {ExitCodes.Damaged} when there is any.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var report = await DoAsync(services, "check", care => care.CheckAsync(whileRunning: false, stop), stop);
            foreach (var found in report.Findings) System.Console.Out.WriteLine($"{found.File}: {found.What}");
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(report.Sound ? "Sound" : "Damaged")}: {report.Things:N0} things, {report.Models:N0} models, {report.LogRecords:N0} log records, {report.StoredRows:N0} stored rows read."));
            return report.Sound ? ExitCodes.Done : ExitCodes.Damaged;
        }));
        return command;
    }

    private static Command CreateCompact()
    {
        var command = new Command("compact", "Has the running server write days that are over into cold files now, late observations included. It does so by itself, too.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var folder = services.GetRequiredService<DataFolder>();
            if (RunningServer.Find(folder) is not { } server) return await CommandLine.FailAsync(ExitCodes.Refused, $"No server runs on {folder.Path}.");
            var done = await AskAsync<CompactionView>(services, server, "compact", stop);
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{done.Rows:N0} rows became cold, {done.Files:N0} files written, {done.Merged:N0} replaced, {done.PutOff:N0} put off, in {done.Seconds:F1} s."));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Does the work here when no server runs on the folder, and asks the one that does otherwise.</summary>
    private static async Task<T> DoAsync<T>(ServiceProvider services, string endpoint, Func<DataCare, Task<T>> here, CancellationToken stop)
    {
        var folder = services.GetRequiredService<DataFolder>();
        using (var alone = RunningServer.TryTake(folder))
            if (alone is not null) return await here(services.GetRequiredService<DataCare>());
        var server = RunningServer.Find(folder) ?? throw new InvalidDataException($"The server on {folder.Path} is still starting. Try again when it is ready.");
        return await AskAsync<T>(services, server, endpoint, stop);
    }

    private static async Task<T> AskAsync<T>(ServiceProvider services, ServerNotice server, string endpoint, CancellationToken stop)
    {
        await using var client = await ServerClient.OpenAsync(services, server, endpoint, stop);
        return await client.AskAsync<T>(HttpMethod.Post, $"api/v1/{endpoint}", null, stop);
    }

    /// <summary>Moves within a file system, copies across.</summary>
    private static void MoveFolder(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        try
        {
            Directory.Move(from, to);
        }
        catch (IOException)
        {
            Restore.Copy(from, to);
            Directory.Delete(from, recursive: true);
        }
    }
}
