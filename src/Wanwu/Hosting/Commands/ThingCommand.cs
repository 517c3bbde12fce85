using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wanwu.Registry;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu thing add</c>: a new thing, its credentials shown once, and the lines to try it with.</summary>
internal sealed class ThingCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "What people call the thing." };
    private readonly Option<string?> _model = new("--model") { Description = "Id of its thing model; without one it may report any property." };
    private readonly Option<string[]> _identifiers = new("--identifier") { Description = "A name in a public scheme, as eui64:0024BEFFFE804FF1; may be given several times." };
    private readonly Option<string?> _organisation = new("--organisation") { Description = "Whose it is: the id of an organisation that exists." };
    private readonly Option<string?> _region = new("--region") { Description = "GB/T 2260 code of the region it is in, as 110105." };
    private readonly Option<string?> _place = new("--place") { Description = "Latitude and longitude on WGS-84, as 39.98,116.40." };
    private readonly Option<string[]> _labels = new("--label") { Description = "A label, as floor=3; may be given several times." };
    private readonly Option<bool> _json = new("--json") { Description = "Answer as JSON: {\"id\",\"credentials\":{\"username\",\"password\"}}." };

    public static Command Create()
    {
        var parts = new ThingCommand();
        var add = new Command("add", "Adds a thing and prints its credentials, this once. The server may be running or not.") { TreatUnmatchedTokensAsErrors = false };
        add.Arguments.Add(parts._name);
        foreach (Option option in (Option[])[parts._model, parts._identifiers, parts._organisation, parts._region, parts._place, parts._labels, parts._json]) add.Options.Add(option);
        add.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => parts.AddAsync(parsed, stop)));
        var command = new Command("thing", "Things.");
        foreach (var each in (Command[])[add, .. ThingStandingCommands.Create()]) command.Subcommands.Add(each);
        return command;
    }

    private async Task<int> AddAsync(ParseResult parsed, CancellationToken stop)
    {
        await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
        var faults = new FieldFaults();
        // The same reader as POST /api/v1/things: one set of rules, one wording of faults.
        var draft = ThingBody.ReadNew(Body(parsed), faults);
        var result = faults.IsEmpty ? await services.GetRequiredService<ThingChanges>().CreateAsync(draft, stop) : null;
        if (result is not { Outcome: ThingOutcome.Done })
        {
            foreach (var (member, told) in (result?.Faults ?? faults).All)
                foreach (var fault in told) await System.Console.Error.WriteLineAsync($"wanwu: {member}: {fault}");
            return ExitCodes.Refused;
        }
        var id = result.Id.ToString();
        if (parsed.GetValue(_json))
            System.Console.Out.WriteLine(JsonSerializer.Serialize(new { id, credentials = new { username = id, password = result.Password } }, JsonSerializerOptions.Web));
        else
            Tell(id, result.Password!, RunningServer.Find(services.GetRequiredService<DataFolder>()));
        return ExitCodes.Done;
    }

    private JsonElement Body(ParseResult parsed)
    {
        var body = new JsonObject { ["name"] = parsed.GetValue(_name) };
        if (parsed.GetValue(_model) is { } model) body["model"] = model;
        if (parsed.GetValue(_organisation) is { } organisation) body["organisation"] = organisation;
        if (parsed.GetValue(_region) is { } region) body["region"] = region;
        if (parsed.GetValue(_place) is { } place) body["place"] = Place(place);
        if (parsed.GetValue(_identifiers) is { Length: > 0 } identifiers)
            body["identifiers"] = new JsonArray([.. identifiers.Select(text => text.Split(':', 2)).Select(pair => new JsonObject { ["scheme"] = pair[0], ["value"] = pair.ElementAtOrDefault(1) })]);
        if (parsed.GetValue(_labels) is { Length: > 0 } labels)
            body["labels"] = new JsonObject(labels.Select(text => text.Split('=', 2)).DistinctBy(pair => pair[0]).Select(pair => KeyValuePair.Create(pair[0], (JsonNode?)(pair.ElementAtOrDefault(1) ?? ""))));
        return JsonSerializer.SerializeToElement(body);
    }

    /// <summary>A place that cannot be read is passed on as the text it is, so that the one reader of things refuses it in its own words.</summary>
    private static JsonNode Place(string text) =>
        text.Split(',', 2) is [var lat, var lon]
        && double.TryParse(lat, NumberStyles.Float, CultureInfo.InvariantCulture, out var latitude)
        && double.TryParse(lon, NumberStyles.Float, CultureInfo.InvariantCulture, out var longitude)
            ? new JsonObject { ["lat"] = latitude, ["lon"] = longitude }
            : text;

    private static void Tell(string id, string password, ServerNotice? server)
    {
        var output = System.Console.Out;
        var (host, port) = server?.Mqtt?.Split(':') is [var at, var number] ? (at, number) : ("127.0.0.1", "1883");
        output.WriteLine($"Thing     {id}");
        output.WriteLine($"Username  {id}");
        output.WriteLine($"Password  {password}     (shown this once)");
        output.WriteLine();
        output.WriteLine($$"""mosquitto_pub -h {{host}} -p {{port}} -u {{id}} -P {{password}} -q 1 -t v1/report -m '{"temperature":21.5,"humidity":40}'""");
        output.WriteLine($"curl -u {id}:{password} {server?.Http[0] ?? "http://127.0.0.1:8080"}/api/v1/things/{id}/latest");
    }
}
