using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Erasure;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu personal find|export|erase</c>: what is there of somebody, asked of the running server for a purpose and on a legal basis.</summary>
internal static class PersonalCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly Option<string?> Purpose = new("--purpose") { Description = "What for, in words: it stays on record.", Required = true };
    private static readonly Option<string?> Basis = new("--legal-basis") { Description = "The legal basis, as consent or legal-duty (docs/personal-data.md).", Required = true };

    /// <summary>Of whom, by the parameters of <c>/api/v1/observations/personal</c>.</summary>
    private static readonly IReadOnlyList<Option<string[]>> Subject =
    [
        Filter("thing", "Of this thing, by its id."), Filter("label", "Of things with this label, as KEY or KEY=VALUE."), Filter("organisation", "Of things of this organisation and those below it."),
        Filter("gateway", "Of things behind this gateway."), Filter("property", "Of this property."), Filter("from", "Not before this time."), Filter("to", "Before this time."),
    ];

    private static readonly Option<string[]> ByValue = Filter("value", "Observations of exactly this text or whole number.");

    private static Option<string[]> Filter(string name, string description) => new("--" + name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        var command = new Command("personal", "What is there of somebody: found, taken out, erased.");
        foreach (var each in (Command[])[Find(), Export(), Erase()]) command.Subcommands.Add(each);
        return command;
    }

    private static Command Find() => Of("find", "Says where there are personal values, as CSV: thing, property, class, how many, from when to when.", [ByValue],
        async (parsed, server, stop) =>
        {
            await using var answer = await server.OpenAsync($"api/v1/observations/personal?{Question(parsed, ByValue)}&format=csv", stop);
            await answer.CopyToAsync(System.Console.OpenStandardOutput(), stop);
            return ExitCodes.Done;
        });

    private static Command Export()
    {
        var target = new Argument<string>("FILE") { Description = "A new file whose name ends in .csv or .parquet." };
        target.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string>() is { } name && Path.GetExtension(name) is not (".csv" or ".parquet")) given.AddError("The name of the file ends in .csv or .parquet.");
        });
        return Of("export", "Writes the personal values of somebody into a file: the one to hand over.", [target], async (parsed, server, stop) =>
        {
            var path = parsed.GetRequiredValue(target);
            await using var answer = await server.OpenAsync($"api/v1/observations/export?{Question(parsed)}&personal=true&format={Path.GetExtension(path).TrimStart('.')}", stop);
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write)) await answer.CopyToAsync(file, stop);
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(path).Length:N0} bytes in {path}."));
            return ExitCodes.Done;
        });
    }

    private static Command Erase()
    {
        var reason = new Option<string?>("--reason") { Description = "Why, in words: it stays on record. Name no value that is to be erased." };
        var all = new Option<bool>("--all-properties") { Description = "All properties of the things, not only personal ones." };
        var dry = new Option<bool>("--dry-run") { Description = "Only says what would go, place by place." };
        return Of("erase", "Erases what is there of somebody wherever the server keeps it, and waits until a look through everything has found nothing.", [ByValue, reason, all, dry], async (parsed, server, stop) =>
        {
            var body = new JsonObject { ["properties"] = parsed.GetValue(all) ? "all" : "personal" };
            foreach (var (name, values) in Given(parsed, ByValue)) body[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
            var preview = await server.AskAsync<ErasurePreviewView>(HttpMethod.Post, "api/v1/personal-data/erasures/preview", JsonContent.Create(body), stop);
            Print(preview.Found);
            if (!parsed.GetValue(dry))
            {
                body["reason"] = parsed.GetValue(reason);
                var order = await server.AskAsync<ErasureView>(HttpMethod.Post, "api/v1/personal-data/erasures", JsonContent.Create(body), stop);
                if (await FollowAsync(server, order.Id, stop) is { State: not ErasureState.Done } held)
                    return await CommandLine.FailAsync(ExitCodes.Refused, $"The erasure {held.Id} waits, and is tried again every minute. {held.Problem}");
                System.Console.Out.WriteLine($"Erased: {order.Id}. A look through everything found nothing any more.");
            }
            foreach (var limit in preview.NotReached) System.Console.Out.WriteLine($"Not reached: {limit}");
            return ExitCodes.Done;
        });
    }

    private static Command Of(string name, string description, Symbol[] own, Func<ParseResult, ServerClient, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var argument in own.OfType<Argument>()) command.Arguments.Add(argument);
        foreach (var option in (Option[])[.. Subject, .. own.OfType<Option>(), Purpose, Basis]) command.Options.Add(option);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync(name, parsed, run, stop)));
        return command;
    }

    private static async Task<int> RunAsync(string name, ParseResult parsed, Func<ParseResult, ServerClient, CancellationToken, Task<int>> run, CancellationToken stop)
    {
        var faults = new FieldFaults();
        var sight = GrantDesk.ReadSight("core", parsed.GetValue(Purpose), parsed.GetValue(Basis), faults);
        if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
        await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
        var folder = services.GetRequiredService<DataFolder>();
        if (RunningServer.Find(folder) is not { } notice) return await CommandLine.FailAsync(ExitCodes.Refused, $"No server runs on {folder.Path}. Start one with ./wanwu serve, or name its folder with --Data:Path.");
        var role = new TokenRole(Role.Steward, GrantScope.Everything, Caller.OfCommandLine) { Sight = sight };
        await using var server = await ServerClient.OpenAsync(services, notice, $"personal {name}", role, stop);
        return await run(parsed, server, stop);
    }

    private static IEnumerable<(string Name, string[] Values)> Given(ParseResult parsed, params Option<string[]>[] more) =>
        Subject.Concat(more).Select(filter => (filter.Name.TrimStart('-'), parsed.GetValue(filter) ?? [])).Where(one => one.Item2.Length > 0);

    private static string Question(ParseResult parsed, params Option<string[]>[] more) => string.Join('&', Given(parsed, more).SelectMany(one => one.Values.Select(value => $"{one.Name}={Uri.EscapeDataString(value)}")));

    private static void Print(IReadOnlyList<ErasedCount> found)
    {
        foreach (var place in found.Where(place => place.Count > 0))
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{place.Place}: {place.Count:N0}{(place.From is null ? "" : $", {place.From} to {place.To}")}"));
        if (found.All(place => place.Count == 0)) System.Console.Out.WriteLine("There is nothing of it.");
    }

    private static async Task<ErasureView> FollowAsync(ServerClient server, string id, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (true)
        {
            var view = await server.AskAsync<ErasureView>(HttpMethod.Get, $"api/v1/personal-data/erasures/{id}", null, stop);
            if (view.State is ErasureState.Done or ErasureState.Held) return view;
            if (!System.Console.IsErrorRedirected) await System.Console.Error.WriteAsync($"\r{view.State.ToString().ToLowerInvariant()} {view.Step,-12}");
            await timer.WaitForNextTickAsync(stop);
        }
    }
}
