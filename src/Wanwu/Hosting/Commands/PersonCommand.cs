using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu person list|invite|invitations|withdraw|disable|enable|reset</c>: accounts, also for the day nobody is left who could help in the console. Who owns the server's data may do it, and it is on the trail.</summary>
internal static class PersonCommand
{
    public static Command Create() => RegistryCommand.Group("person", "People's accounts.", List(), Invite(), ListInvitations(), Withdraw(),
        Change("disable", "Keeps a person out from now on; every session ends.", (people, id, stop) => people.DisableAsync(caller: null, id, stop)),
        Change("enable", "Lets a person in again.", (people, id, stop) => people.EnableAsync(caller: null, id, stop)), Reset());

    private static Command List()
    {
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists people, one a line: name, state, roles, second factor, last sign-in.", [json], async (parsed, services, stop) =>
            RegistryCommand.Print(await services.GetRequiredService<PersonChanges>().ListAsync(caller: null, stop), parsed.GetValue(json), person => (string?[])
            [
                person.Name, person.State, person.Roles.Count == 0 ? "no role" : string.Join(' ', person.Roles), person.SecondFactor ? "second factor" : "password alone",
                person.LastSignIn is { } last ? $"last signed in {last}" : "never signed in",
            ]));
    }

    private static Command Invite()
    {
        var name = new Argument<string>("NAME") { Description = "Whom the link is for; the person chooses the account's name." };
        var (role, scope) = (GrantCommand.RoleOption(), new ScopeOptions());
        var email = new Option<string?>("--email") { Description = "By which an external provider may tell who was invited." };
        var days = RegistryCommand.DaysOption("Days until the role ends; without it, it holds until it is ended.");
        return RegistryCommand.Of("invite", "Invites a person: makes a link to an account, and prints its path, alone, on standard output. It works once and is shown this once.",
            [name, role, .. scope.All, days, email], async (parsed, services, stop) =>
            {
                var faults = new FieldFaults();
                var (whom, address) = (parsed.GetValue(name)!.Trim(), parsed.GetValue(email)?.Trim());
                if (PeopleEndpoints.FaultOfName(whom) is { } ofName) faults.Add("name", ofName);
                if (PeopleEndpoints.FaultOfEmail(address) is { } ofEmail) faults.Add("email", ofEmail);
                var over = scope.Read(parsed, services, faults);
                if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
                var order = new InviteOrder(whom, string.IsNullOrEmpty(address) ? null : address, parsed.GetValue(role)!, over, RegistryCommand.After(parsed.GetValue(days), services));
                var result = await services.GetRequiredService<Invitations>().InviteAsync(caller: null, order, stop);
                return result.Made is { } made ? RegistryCommand.Tell(made.Path) : await RegistryCommand.RefuseAsync(result.Fault!);
            });
    }

    private static Command ListInvitations()
    {
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("invitations", "Lists invitations and links for new passwords, newest first, one a line: id, for whom, role, state, by whom, until when.", [json], async (parsed, services, stop) =>
            RegistryCommand.Print(await services.GetRequiredService<Invitations>().ListAsync(caller: null, stop), parsed.GetValue(json), invitation => (string?[])
            [
                invitation.Id.ToString(), invitation.Name, invitation.Role ?? "new password", invitation.State, $"by {invitation.CreatedBy}", $"until {invitation.Expires}",
            ]));
    }

    private static Command Withdraw()
    {
        var id = new Argument<Guid>("ID") { Description = "The invitation's id, as 'wanwu person invitations' shows it." };
        return RegistryCommand.Of("withdraw", "Takes an invitation back: its link opens nothing any more.", [id], async (parsed, services, stop) =>
            await services.GetRequiredService<Invitations>().RevokeAsync(caller: null, parsed.GetValue(id), stop)
                ? ExitCodes.Done
                : await RegistryCommand.RefuseAsync($"There is no invitation {parsed.GetValue(id)}. 'wanwu person invitations' names them."));
    }

    private static Command Change(string verb, string description, Func<PersonChanges, Guid, CancellationToken, Task<PersonChange>> change)
    {
        var name = NameArgument();
        return RegistryCommand.Of(verb, description, [name], async (parsed, services, stop) =>
        {
            if (await services.GetRequiredService<GrantSubjects>().FindPersonAsync(parsed.GetValue(name)!, stop) is not { } person) return await NobodyAsync(parsed.GetValue(name)!);
            return await change(services.GetRequiredService<PersonChanges>(), person.Id, stop) switch
            {
                PersonChange.Done => ExitCodes.Done,
                PersonChange.LastAdministrator => await RegistryCommand.RefuseAsync("This is the last administrator."),
                _ => await NobodyAsync(parsed.GetValue(name)!),
            };
        });
    }

    private static Command Reset()
    {
        var name = NameArgument();
        var factor = new Option<bool>("--second-factor") { Description = "Takes off the second factor, too." };
        return RegistryCommand.Of("reset", "Makes the link by which a person sets a new password, and prints its path, alone, on standard output. It works once and is shown this once.",
            [name, factor], (parsed, services, stop) => ResetAsync(services, parsed.GetValue(name)!, parsed.GetValue(factor), stop));
    }

    private static async Task<int> ResetAsync(IServiceProvider services, string name, bool factor, CancellationToken stop)
    {
        if (await services.GetRequiredService<GrantSubjects>().FindPersonAsync(name, stop) is not { } found) return await NobodyAsync(name);
        if (factor) await services.GetRequiredService<PersonChanges>().ResetSecondFactorAsync(caller: null, found.Id, stop);
        var made = (await services.GetRequiredService<Invitations>().ForPasswordAsync(caller: null, found.Id, stop)).Made!;
        return RegistryCommand.Tell(made.Path);
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "The account's name, or its id." };

    private static Task<int> NobodyAsync(string name) => RegistryCommand.RefuseAsync($"Nobody is called '{name}'.");
}
