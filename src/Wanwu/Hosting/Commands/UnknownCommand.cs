using System.CommandLine;
using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu unknown list|admit|ban</c>: devices that came to a door and are unknown. The running server has the list, and is asked.</summary>
internal static class UnknownCommand
{
    private const string Path = "api/v1/unknown-devices";

    public static Command Create() => RegistryCommand.Group("unknown", "Devices that came to a door and are unknown. The server must be running.", List(), Admit(), Ban());

    private static Command Ask(string name, string description, Symbol[] parts, Func<ParseResult, ServerClient, CancellationToken, Task<int>> act) =>
        RegistryCommand.Bare(name, description, parts, async (parsed, stop) =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var folder = services.GetRequiredService<DataFolder>();
            if (RunningServer.Find(folder) is not { } server) return await RegistryCommand.RefuseAsync($"No server runs on {folder.Path}.");
            await using var client = await ServerClient.OpenAsync(services, server, $"unknown {name}", stop);
            return await act(parsed, client, stop);
        });

    private static Command List()
    {
        var waiting = new Option<bool>("--waiting") { Description = "Only those that showed a registration key and wait to be let in." };
        var json = RegistryCommand.JsonOption();
        return Ask("list", "Lists unknown devices, the last heard first, one a line: id, door, scheme, identifier, address, how often, last heard, what it said.", [waiting, json], async (parsed, client, stop) =>
            RegistryCommand.Print(await DevicesAsync(client, parsed.GetValue(waiting), stop), parsed.GetValue(json), device => (string?[])
            [
                device.Id.ToString(), device.Door, device.Scheme, device.Identifier, device.Address, device.Count.ToString("N0", CultureInfo.InvariantCulture), device.Last.ToString(), device.Waiting ? $"waits: {device.Said}" : device.Said,
            ]));
    }

    private static async Task<IReadOnlyList<UnknownDeviceView>> DevicesAsync(ServerClient client, bool waiting, CancellationToken stop) =>
        (await client.AskAsync<UnknownListView>(HttpMethod.Get, $"{Path}?limit=1000{(waiting ? "&waiting=true" : "")}", null, stop)).Items;

    private static Argument<Guid> IdArgument() => new("ID") { Description = "The device's id, as list shows it." };

    private static Command Admit()
    {
        var id = IdArgument();
        var thing = new Option<string?>("--thing") { Description = "Id of the thing that it is; without it a new one is made." };
        var name = new Option<string?>("--name") { Description = "What people call the new thing; its identifier unless told." };
        var model = new Option<string?>("--model") { Description = "Id of the new thing's model." };
        var organisation = new Option<string?>("--organisation") { Description = "Whose the new thing is." };
        var region = new Option<string?>("--region") { Description = "The region of GB/T 2260 it is in." };
        return Ask("admit", "Lets a device in, with the password it showed when it first came or with its registration key, and prints the id of the thing it is.", [id, thing, name, model, organisation, region], async (parsed, client, stop) =>
        {
            ThingId? known = null;
            if (parsed.GetValue(thing) is { } text)
            {
                if (!ThingId.TryParse(text, null, out var found)) return await CertificateCommands.NoThingAsync(text);
                known = found;
            }
            using var body = JsonContent.Create(new AdmitDevice(known, parsed.GetValue(name), parsed.GetValue(model), parsed.GetValue(organisation), parsed.GetValue(region)));
            var admitted = await client.AskAsync<AdmittedView>(HttpMethod.Post, $"{Path}/{parsed.GetValue(id)}/admit", body, stop);
            return RegistryCommand.Tell(admitted.Thing.ToString());
        });
    }

    private static Command Ban()
    {
        var (id, reason, days) = (IdArgument(), BanCommand.ReasonOption(), RegistryCommand.DaysOption("Days until the ban ends; without it, it holds until it is lifted."));
        return Ask("ban", "Bans the identifier of a device from every door, takes the device off the list, and prints the ban's id.", [id, reason, days], async (parsed, client, stop) =>
        {
            if ((await DevicesAsync(client, waiting: false, stop)).FirstOrDefault(device => device.Id == parsed.GetValue(id)) is not { } device) return await RegistryCommand.RefuseAsync("There is no such unknown device.");
            Timestamp? end = parsed.GetValue(days) is { } count ? Timestamp.From(TimeProvider.System.GetUtcNow().AddDays(count)) : null;
            using var body = JsonContent.Create(new MakeBan(device.Scheme, device.Identifier, null, parsed.GetValue(reason)!.Trim(), end));
            var ban = await client.AskAsync<BanView>(HttpMethod.Post, "api/v1/bans", body, stop);
            await client.SendAsync(HttpMethod.Delete, $"{Path}/{device.Id}", stop);
            return RegistryCommand.Tell(ban.Id.ToString());
        });
    }
}
