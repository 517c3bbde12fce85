using System.CommandLine;
using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu key list|create|revoke</c>: with what devices of one kind register themselves at first contact.</summary>
internal sealed class KeyCommand
{
    private readonly Option<string> _name = new("--name") { Description = "What the key is for; things that register with it bear it as a label.", Required = true };
    private readonly Option<string?> _model = new("--model") { Description = "Id of the model that the things get." };
    private readonly Option<string?> _organisation = new("--organisation") { Description = "The organisation they come to belong to." };
    private readonly Option<string?> _region = new("--region") { Description = "The region of GB/T 2260 they come to lie in." };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "The thing that speaks for them." };
    private readonly Option<string> _scheme = new("--scheme") { Description = "Scheme of the identifiers that devices claim.", DefaultValueFactory = _ => "custom" };
    private readonly Option<bool> _approval = new("--approval") { Description = "Somebody lets each device in." };
    private readonly Option<int?> _atMost = new("--at-most") { Description = "How many things it registers." };
    private readonly Option<string[]> _allowed = new("--allowed") { Description = "An identifier that may register, or a pattern with * for any characters; may be given several times." };
    private readonly Option<string[]> _networks = new("--network") { Description = "A network that devices come from, as 10.1.0.0/16; may be given several times." };
    private readonly Option<int?> _days = RegistryCommand.DaysOption("Days until it ends; without it, it holds until it is revoked.");

    public static Command Create() => RegistryCommand.Group("key", "Registration keys: devices of one kind register themselves with them at first contact.", List(), new KeyCommand().Make(), Revoke());

    private static Command List()
    {
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists the registration keys that hold, one a line: id, name, things registered, for what, until when. Never the keys themselves.", [json], (parsed, services, _) =>
            Task.FromResult(RegistryCommand.Print(services.GetRequiredService<RegistrationKeys>().List(caller: null).Select(key => RegistrationKeyView.Of(key)), parsed.GetValue(json), LineOf)));
    }

    private static IEnumerable<string?> LineOf(RegistrationKeyView key) =>
    [
        key.Id.ToString(), key.Name, string.Create(CultureInfo.InvariantCulture, $"{key.Used} of {key.AtMost?.ToString(CultureInfo.InvariantCulture) ?? "any number"}"),
        string.Join(", ", new[] { ("model", key.Model), ("organisation", key.Organisation), ("region", key.Region), ("gateway", key.Gateway?.ToString()), ("networks", key.Networks) }
            .Where(part => part.Item2 is not null).Select(part => $"{part.Item1} {part.Item2}").Prepend(key.Approval ? $"{key.Scheme} with approval" : key.Scheme)),
        key.Expires is { } end ? $"until {end}" : "until it is revoked",
    ];

    private Command Make() => RegistryCommand.Of("create", "Makes a registration key and prints it, alone, on standard output. It is shown this once; only its hash is kept.",
        [_name, _model, _organisation, _region, _gateway, _scheme, _approval, _atMost, _allowed, _networks, _days], async (parsed, services, stop) =>
        {
            var faults = new FieldFaults();
            ThingId gateway = default;
            if (parsed.GetValue(_gateway) is { } text && !ThingId.TryParse(text, null, out gateway)) faults.Add("gateway", $"There is no thing '{text}'.");
            var wanted = new NewRegistrationKey(parsed.GetValue(_name)!.Trim(), parsed.GetValue(_model), parsed.GetValue(_organisation), parsed.GetValue(_region), parsed.GetValue(_gateway) is null ? null : gateway, parsed.GetValue(_scheme)!)
            {
                NeedsApproval = parsed.GetValue(_approval), AtMost = parsed.GetValue(_atMost), Allowed = parsed.GetValue(_allowed) ?? [],
                Networks = ReadNetworks(parsed.GetValue(_networks), faults), Expires = RegistryCommand.After(parsed.GetValue(_days), services),
            };
            if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
            var (_, key, refused) = await services.GetRequiredService<RegistrationKeys>().MakeAsync(by: null, wanted, stop);
            return key is not null ? RegistryCommand.Tell(key) : await RegistryCommand.RefuseAsync(refused);
        });

    private static Command Revoke()
    {
        var id = new Argument<Guid>("ID") { Description = "The key's id, as list shows it." };
        return RegistryCommand.Of("revoke", "Ends a registration key at once; things that were registered with it stay.", [id], async (parsed, services, stop) =>
            await services.GetRequiredService<RegistrationKeys>().EndAsync(by: null, parsed.GetValue(id), stop)
                ? ExitCodes.Done : await RegistryCommand.RefuseAsync($"There is no registration key {parsed.GetValue(id)}. 'wanwu key list' names them."));
    }

    public static Networks? ReadNetworks(string[]? given, FieldFaults faults)
    {
        if (given is null or []) return null;
        if (!Networks.TryParse(string.Join(' ', given), out var networks, out var fault)) faults.Add("network", fault);
        return networks;
    }
}
