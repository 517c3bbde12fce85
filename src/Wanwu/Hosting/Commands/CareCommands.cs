using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Wanwu.Hosting.Care;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu check</c> and <c>compact</c>, and what <c>backup</c> has in common with them. A running server does the work itself, because the store belongs to its process.</summary>
internal static class CareCommands
{
    public static IEnumerable<Command> Create() => [BackupCommand.Create(), RestoreCommand.Create(), CreateCheck(), CreateCompact()];

    private static Command CreateCheck()
    {
        var command = new Command("check", $"Reads registry, log and store whole and reports damage by file. Exit code {ExitCodes.Damaged} when there is any.") { TreatUnmatchedTokensAsErrors = false };
        var json = new Option<bool>("--json") { Description = "Prints the report as JSON." };
        command.Options.Add(json);
        command.Subcommands.Add(AuditCommand.Create());
        command.Subcommands.Add(ExportCheckCommand.Create());
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var report = await DoAsync(services, "check", care => care.CheckAsync(whileRunning: false, stop), stop);
            if (parsed.GetValue(json))
            {
                System.Console.Out.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
                return report.Sound ? ExitCodes.Done : ExitCodes.Damaged;
            }
            foreach (var note in report.Notes) System.Console.Out.WriteLine($"Note: {note}");
            foreach (var found in report.Findings) System.Console.Out.WriteLine($"{found.File}: {found.What}");
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(report.Sound ? "Sound" : "Damaged")}: {Amount.Of(report.Things, "thing")}, {Amount.Of(report.Models, "model")}, {Amount.Of(report.LogRecords, "log record")}, {Amount.Of(report.StoredRows, "stored row")} read."));
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
                $"{Amount.Of(done.Rows, "row")} became cold, {Amount.Of(done.Files, "file")} written, {done.Merged:N0} replaced, {done.PutOff:N0} put off, in {done.Seconds:F1} s."));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Does the work here when no server runs on the folder, and asks the one that does otherwise.</summary>
    public static async Task<T> DoAsync<T>(ServiceProvider services, string endpoint, Func<DataCare, Task<T>> here, CancellationToken stop)
    {
        var folder = services.GetRequiredService<DataFolder>();
        using (var alone = RunningServer.TryTake(folder))
            if (alone is not null)
            {
                // What a server would record of the request.
                await services.GetRequiredService<AuditTrail>().AppendAsync(new AuditEvent(endpoint == "backups" ? "data.backup" : "data.check") { Object = new AuditObject("data", null) });
                return await here(services.GetRequiredService<DataCare>());
            }
        var server = RunningServer.Find(folder) ?? throw new InvalidDataException($"The server on {folder.Path} is still starting. Try again when it is ready.");
        return await AskAsync<T>(services, server, endpoint, stop);
    }

    private static async Task<T> AskAsync<T>(ServiceProvider services, ServerNotice server, string endpoint, CancellationToken stop)
    {
        await using var client = await ServerClient.OpenAsync(services, server, endpoint, stop);
        return await client.AskAsync<T>(HttpMethod.Post, $"api/v1/{endpoint}", null, stop);
    }
}
