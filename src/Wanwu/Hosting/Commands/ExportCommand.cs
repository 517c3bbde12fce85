using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Export;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu export</c>: observations of the running server as files that <c>wanwu import</c> takes back as they were.</summary>
internal static class ExportCommand
{
    private const int UsualRows = 5_000_000;
    private static readonly Argument<string> Target = new("TARGET") { Description = "A new folder, or a file whose name ends in .csv or .parquet." };
    private static readonly Option<string?> Form = new("--format") { Description = "csv or parquet, for a folder. Otherwise csv." };
    private static readonly Option<int> Rows = new("--rows") { Description = "Rows of one file of a folder, at most 100 000 000.", DefaultValueFactory = _ => UsualRows };

    /// <summary>Which observations: the parameters of <c>/api/v1/observations</c>.</summary>
    private static readonly IReadOnlyList<Option<string[]>> Filters =
    [
        Filter("thing", "Of this thing, by its id."), Filter("model", "Of things of this model."), Filter("region", "Of things in this region (GB/T 2260) and what is within it."),
        Filter("organisation", "Of things of this organisation and those below it."), Filter("sector", "Of things whose model is of this sector."), Filter("label", "Of things with this label, as KEY or KEY=VALUE."),
        Filter("gateway", "Of things behind this gateway."), Filter("lifecycle", "Of things in this state."), Filter("property", "Of this property."), Filter("quality", "Of this quality."),
        Filter("from", "Not before this time."), Filter("to", "Before this time."),
    ];

    public static Command Create()
    {
        var command = new Command("export", "Writes observations of the running server as CSV or Parquet, with a list of counts and checksums; import takes them back. Run again, it goes on behind the last whole file.") { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(Target);
        command.Options.Add(Form);
        command.Options.Add(Rows);
        foreach (var filter in Filters) command.Options.Add(filter);
        Form.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string?>() is not (null or "csv" or "parquet")) given.AddError("--format is csv or parquet.");
        });
        Rows.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > 100_000_000) given.AddError("--rows is a whole number from 1 to 100000000.");
        });
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync(parsed, stop)));
        return command;
    }

    private static Option<string[]> Filter(string name, string description) => new("--" + name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        AnswerFormat? format = parsed.GetValue(Form) switch { "csv" => AnswerFormat.Csv, "parquet" => AnswerFormat.Parquet, _ => null };
        var target = new ExportTarget(parsed.GetRequiredValue(Target), format);
        await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
        var folder = services.GetRequiredService<DataFolder>();
        if (RunningServer.Find(folder) is not { } notice) return await CommandLine.FailAsync(ExitCodes.Refused, $"No server runs on {folder.Path}. Start one with ./wanwu serve, or name its folder with --Data:Path.");
        await using var server = await ServerClient.OpenAsync(services, notice, "export", stop);
        var isShown = !System.Console.IsErrorRedirected;
        var run = new ExportRun(server, target, Question(parsed), parsed.GetValue(Rows), services.GetRequiredService<TimeProvider>())
        {
            Progress = isShown ? rows => System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{rows:N0} observations ")) : null,
        };
        var done = await run.RunAsync(stop);
        ExportSignature.Write(target.ManifestPath, services.GetRequiredService<IOptions<AuditOptions>>().Value.Suite, services.GetRequiredService<AuditKeys>());
        if (isShown) await System.Console.Error.WriteLineAsync();
        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(done.Rows, "observation")} in {Amount.Of(done.Files.Count, "file")}, {done.Files.Sum(file => file.Bytes):N0} bytes; listed in {target.ManifestPath}."));
        return ExitCodes.Done;
    }

    private static string Question(ParseResult parsed) => string.Join('&', Filters.SelectMany(filter =>
    {
        var values = parsed.GetValue(filter) ?? [];
        // Qualities are one list; of the others each value is a parameter of its own.
        if (filter.Name == "--quality" && values.Length > 1) values = [string.Join(',', values)];
        return values.Select(value => $"{filter.Name.TrimStart('-')}={Uri.EscapeDataString(value)}");
    }));
}
