using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu ban list|add|lift</c>: identifiers and networks that are kept out at every door for devices.</summary>
internal static class BanCommand
{
    public static Command Create() => RegistryCommand.Group("ban", "Identifiers and networks that are kept out at every door for devices.", List(), Add(), Lift());

    public static Option<string> ReasonOption()
    {
        var reason = new Option<string>("--reason") { Description = "What refused peers and people are told.", Required = true };
        reason.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && ThingStandingEndpoints.FaultOfReason(token.Value.Trim()) is { } fault) result.AddError($"--reason: {fault}");
        });
        return reason;
    }

    private static Command List()
    {
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists the bans that hold, newest first, one a line: id, who, reason, by whom, until when.", [json], (parsed, services, _) =>
            Task.FromResult(RegistryCommand.Print(services.GetRequiredService<Bans>().All.Select(BanView.Of), parsed.GetValue(json), ban => (string?[])
            [
                ban.Id.ToString(), ban.Network is { } network ? $"network {network}" : $"{ban.Scheme} {ban.Identifier}", ban.Reason, $"by {ban.By}", ban.Expires is { } end ? $"until {end}" : "until it is lifted",
            ])));
    }

    private static Command Add()
    {
        var scheme = new Option<string?>("--scheme") { Description = "Scheme of the identifier; 'login' for a user name, 'thing' for a thing's own id." };
        var identifier = new Option<string?>("--identifier") { Description = "The identifier that is kept out." };
        var networks = new Option<string[]>("--network") { Description = "The network that is kept out, as 10.1.0.0/16, in place of an identifier; may be given several times." };
        var (reason, days) = (ReasonOption(), RegistryCommand.DaysOption("Days until it ends; without it, it holds until it is lifted."));
        return RegistryCommand.Of("add", "Bans an identifier or a network at once, open connections included, and prints the ban's id.", [scheme, identifier, networks, reason, days], async (parsed, services, stop) =>
        {
            var faults = new FieldFaults();
            var network = KeyCommand.ReadNetworks(parsed.GetValue(networks), faults);
            if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
            var wanted = new NewBan(parsed.GetValue(scheme), parsed.GetValue(identifier), network, parsed.GetValue(reason)!.Trim(), RegistryCommand.After(parsed.GetValue(days), services));
            var (id, refused) = await services.GetRequiredService<Bans>().BanAsync(wanted, Caller.OfCommandLine, stop);
            return refused.IsEmpty ? RegistryCommand.Tell(id.ToString()) : await RegistryCommand.RefuseAsync(refused);
        });
    }

    private static Command Lift()
    {
        var id = new Argument<Guid>("ID") { Description = "The ban's id, as list shows it." };
        return RegistryCommand.Of("lift", "Ends a ban.", [id], async (parsed, services, stop) =>
            await services.GetRequiredService<Bans>().EndAsync(parsed.GetValue(id), Caller.OfCommandLine, stop) ? ExitCodes.Done : await RegistryCommand.RefuseAsync($"There is no ban {parsed.GetValue(id)}. 'wanwu ban list' names them."));
    }
}
