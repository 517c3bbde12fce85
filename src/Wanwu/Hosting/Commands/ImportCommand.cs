using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Wanwu.Connect.Imports;
using Wanwu.Registry;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu import</c>: sends files of history to the server that runs on the data folder, and shows how far it has come.</summary>
internal static class ImportCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly Argument<string[]> Files = new("FILE") { Description = "CSV or Parquet files, all with the same columns.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only says what would be refused and what is new; writes nothing." };
    private static readonly Option<string?> Mapping = new("--mapping") { Description = "File with a mapping in JSON (docs/import.md); what is not in it is guessed from the header." };
    private static readonly Option<string?> Thing = new("--thing") { Description = "The thing that everything is about: its id, or scheme:identifier." };
    private static readonly Option<string?> Zone = new("--zone") { Description = "Zone of times without one, as Asia/Shanghai. Otherwise the thing's." };
    private static readonly Option<string?> Encoding = new("--encoding") { Description = "Of files that are not UTF-8, as gb18030." };
    private static readonly Option<string?> Continue = new("--continue") { Description = "Goes on with the import of this id in place of files." };

    public static Command Create()
    {
        var command = new Command("import", "Brings in history from CSV or Parquet files, through the running server: resumable, beside what is live.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(Files);
        foreach (var option in (Option[])[DryRun, Mapping, Thing, Zone, Encoding, Continue]) command.Options.Add(option);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync(parsed, stop)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        // A setting behind the files is read as one of them.
        var given = parsed.GetValue(Files) ?? [];
        var files = given.Where(file => !file.StartsWith("--", StringComparison.Ordinal)).ToList();
        await using var services = await CommandServices.OpenAsync([.. given.Except(files), .. parsed.UnmatchedTokens], stop);
        var folder = services.GetRequiredService<DataFolder>();
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing) return await CommandLine.FailAsync(ExitCodes.Refused, $"There is no file {missing}.");
        if (files.Count == 0 && parsed.GetValue(Continue) is null) return await CommandLine.FailAsync(ExitCodes.Usage, "Name a file, or an import to go on with.");
        if (RunningServer.Find(folder) is not { } notice) return await CommandLine.FailAsync(ExitCodes.Refused, $"No server runs on {folder.Path}. Start one with ./wanwu serve, or name its folder with --Data:Path.");
        await using var server = await ServerClient.OpenAsync(services, notice, "import", stop);
        if (parsed.GetValue(Continue) is { } id) return await StartAsync(server, id, null, stop);
        var code = ExitCodes.Done;
        foreach (var file in files)
        {
            var (import, mapping) = await UploadAsync(server, parsed, file, stop);
            var ended = parsed.GetValue(DryRun) ? await CheckAsync(server, import, mapping, stop) : await StartAsync(server, import, mapping, stop);
            if (ended != ExitCodes.Done) code = ended;
        }
        return code;
    }

    /// <summary>Sends the file; answers the import's id, and what its columns mean as far as that was said or can be guessed.</summary>
    private static async Task<(string Id, ImportMapping Mapping)> UploadAsync(ServerClient server, ParseResult parsed, string file, CancellationToken stop)
    {
        await using var source = File.OpenRead(file);
        var path = $"api/v1/imports?name={Uri.EscapeDataString(Path.GetFileName(file))}&encoding={Uri.EscapeDataString(parsed.GetValue(Encoding) ?? "")}";
        var view = await server.AskAsync<ImportView>(HttpMethod.Post, path, new StreamContent(source), stop);
        var mapping = parsed.GetValue(Mapping) is { } named ? Merge(view.Mapping, await File.ReadAllTextAsync(named, stop), named) : view.Mapping;
        if (parsed.GetValue(Thing) is { } thing) mapping = mapping with { Thing = thing, ThingColumn = null };
        if (parsed.GetValue(Zone) is { } zone) mapping = mapping with { Zone = zone };
        return (view.Id, mapping);
    }

    /// <summary>What the document says stands; where it is silent, the guess does.</summary>
    private static ImportMapping Merge(ImportMapping guess, string json, string name)
    {
        try
        {
            var said = JsonSerializer.Deserialize<ImportMapping>(json, JsonSerializerOptions.Web) ?? throw new InvalidDataException($"{name} holds no mapping.");
            var form = said.IsLong || said.Columns is not null ? said : guess;
            return said with
            {
                ThingColumn = said.ThingColumn ?? (said.Thing is null ? guess.ThingColumn : null), Time = said.Time ?? guess.Time,
                Columns = form.Columns, PropertyColumn = form.PropertyColumn, ValueColumn = form.ValueColumn, UnitColumn = form.UnitColumn, KindColumn = form.KindColumn,
                QualityColumn = said.QualityColumn ?? guess.QualityColumn,
            };
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{name} cannot be read: {fault.Message}", fault);
        }
    }

    private static async Task<int> CheckAsync(ServerClient server, string id, ImportMapping mapping, CancellationToken stop)
    {
        try
        {
            await server.AskAsync<ImportView>(HttpMethod.Post, $"api/v1/imports/{id}/check", JsonContent.Create(mapping), stop);
            var view = await FollowAsync(server, id, view => view.State == ImportState.Checking, stop);
            if (view.Report is not { } report) return await CommandLine.FailAsync(ExitCodes.Refused, view.Problem ?? "The dry run was stopped.");
            Print(view.Name, report);
            return report.Refused == 0 ? ExitCodes.Done : ExitCodes.Partly;
        }
        finally
        {
            // What was only tried is not kept.
            await server.SendAsync(HttpMethod.Post, $"api/v1/imports/{id}/stop", CancellationToken.None);
            await FollowAsync(server, id, view => view.State == ImportState.Checking, CancellationToken.None);
            await server.SendAsync(HttpMethod.Delete, $"api/v1/imports/{id}", CancellationToken.None);
        }
    }

    private static void Print(string name, ImportReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {Amount.Of(report.Rows, "line")}, {Amount.Of(report.Observations, "observation")} of {Amount.Of(report.Things, "thing")}, {report.From} to {report.To}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {report.New:N0} new, {report.Repeated:N0} there already, {Amount.Of(report.Empty, "field")} without a value; {report.Series:N0} series, {report.SeriesMade:N0} of them new.");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {report.Refused:N0} would be refused{(report.Refused > 0 ? ":" : ".")}");
        foreach (var reason in report.Reasons)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {JsonSerializer.Serialize(reason.Reason).Trim('"')}: {reason.Count:N0}");
            foreach (var example in reason.Examples.Take(3)) text.AppendLine(CultureInfo.InvariantCulture, $"    line {example.Line}: {example.Detail}");
        }
        System.Console.Out.Write(text.ToString());
    }

    private static async Task<int> StartAsync(ServerClient server, string id, ImportMapping? mapping, CancellationToken stop)
    {
        await server.AskAsync<ImportView>(HttpMethod.Post, $"api/v1/imports/{id}/start", mapping is null ? null : JsonContent.Create(mapping), stop);
        var view = await FollowAsync(server, id, view => view.State is ImportState.Waiting or ImportState.Running, stop);
        var progress = view.Progress;
        if (view.State != ImportState.Done) return await CommandLine.FailAsync(ExitCodes.Refused, $"Import {id} of {view.Name} was {(view.State == ImportState.Stopped ? "stopped" : "not ended")} at line {progress.Line}. {view.Problem} Go on with ./wanwu import --continue {id}.");
        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{view.Name}: {Amount.Of(progress.Rows, "line")}, {Amount.Of(progress.Accepted, "observation")} imported, {progress.Refused:N0} refused, {Amount.Of(progress.Empty, "field")} without a value."));
        if (progress.Refused > 0) System.Console.Out.WriteLine($"What was refused, and why: /api/v1/imports/{view.Id}/refused.");
        return progress.Refused == 0 ? ExitCodes.Done : ExitCodes.Partly;
    }

    /// <summary>Shows how far it is, on standard error, while it is at work.</summary>
    private static async Task<ImportView> FollowAsync(ServerClient server, string id, Func<ImportView, bool> isAtWork, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery);
        var isShown = false;
        try
        {
            while (true)
            {
                var view = await server.AskAsync<ImportView>(HttpMethod.Get, $"api/v1/imports/{id}", null, stop);
                if (!isAtWork(view)) return view;
                if (!System.Console.IsErrorRedirected)
                {
                    isShown = true;
                    var part = view.Bytes == 0 ? 0 : 100.0 * view.Progress.Position / view.Bytes;
                    await System.Console.Error.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"\r{view.Name}: {part:F0} %, line {view.Progress.Line:N0}, {view.Progress.Refused:N0} refused {view.Problem} "));
                }
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await System.Console.Error.WriteLineAsync($"\nThe server goes on with it; how far it is says /api/v1/imports/{id}.");
            throw;
        }
        finally
        {
            if (isShown) await System.Console.Error.WriteLineAsync();
        }
    }
}
