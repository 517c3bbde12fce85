using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary>The options that say over what a role is held.</summary>
internal sealed class ScopeOptions
{
    private readonly Option<string?> _organisation = new("--organisation") { Description = "Over the things of this organisation and of those below it." };
    private readonly Option<string?> _region = new("--region") { Description = "Over what lies in this region of GB/T 2260, as 110000." };
    private readonly Option<string?> _sector = new("--sector") { Description = "Over the things of this sector, as water." };

    public Symbol[] All => [_organisation, _region, _sector];

    public GrantScope Read(ParseResult parsed, IServiceProvider services, FieldFaults faults) =>
        services.GetRequiredService<GrantDesk>().ReadScope(by: null, parsed.GetValue(_organisation), parsed.GetValue(_region), parsed.GetValue(_sector), faults);
}

/// <summary><c>wanwu grant list|add|revoke</c>: who may do what, over which part.</summary>
internal static class GrantCommand
{
    public static Command Create() => RegistryCommand.Group("grant", "Who may do what: roles of people and programs, over everything or a part.", List(), Add(), Revoke());

    public static Option<string> RoleOption()
    {
        var role = new Option<string>("--role") { Description = $"One of {string.Join(", ", Role.All)}.", Required = true };
        role.AcceptOnlyFromAmong([.. Role.All]);
        return role;
    }

    private static Command List()
    {
        var person = new Option<string?>("--person") { Description = "Only those of this person, by name or id." };
        var program = new Option<string?>("--program") { Description = "Only those of this program, by name or id." };
        var role = new Option<string?>("--role") { Description = "Only those of this role." };
        role.AcceptOnlyFromAmong([.. Role.All]);
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists the grants that hold, one a line: id, whose, role, over what, highest class seen in clear, purpose, by whom, until when.", [person, program, role, json], async (parsed, services, stop) =>
        {
            var (subjects, all) = (services.GetRequiredService<GrantSubjects>(), services.GetRequiredService<CurrentGrants>().Book.All);
            var (one, fault) = await SubjectAsync(parsed.GetValue(person), parsed.GetValue(program), subjects, stop);
            if (fault is not null) return await RegistryCommand.RefuseAsync(fault);
            var held = all.Where(grant => (one is not { } subject || (grant.Kind == subject.Kind && grant.Subject == subject.Id.ToString())) && (parsed.GetValue(role) is not { } wanted || grant.Role == wanted))
                .OrderBy(grant => grant.Id).ToList();
            var names = await subjects.NamesAsync(held.Select(grant => grant.Subject), stop);
            return RegistryCommand.Print(held.Select(grant => GrantView.Of(grant, names)), parsed.GetValue(json), LineOf);
        });
    }

    private static IEnumerable<string?> LineOf(GrantView grant) =>
    [
        grant.Id.ToString(), $"{grant.Kind} {grant.Name ?? grant.Subject}", grant.Role, new GrantScope(grant.Organisation, grant.Region, grant.Sector).ToString(), grant.DataClass,
        grant.Purpose is null ? "no personal values" : $"{grant.Purpose} ({grant.LegalBasis})", $"by {grant.CreatedBy}", grant.Expires is { } end ? $"until {end}" : "until it is ended",
    ];

    private static Command Add()
    {
        var person = new Option<string?>("--person") { Description = "To whom: name or id of a person." };
        var program = new Option<string?>("--program") { Description = "To whom: name or id of a program." };
        var (role, scope, days) = (RoleOption(), new ScopeOptions(), RegistryCommand.DaysOption("Days until it ends; without it, it holds until it is ended."));
        var sight = new SightOptions();
        return RegistryCommand.Of("add", "Grants a role to a person or a program, and prints the grant's id. Without organisation, region and sector it is over everything. It holds at once, on open connections too.",
            [person, program, role, .. scope.All, .. sight.All, days], async (parsed, services, stop) =>
            {
                var faults = new FieldFaults();
                var (over, seen) = (scope.Read(parsed, services, faults), sight.Read(parsed, faults));
                var (subject, fault) = await SubjectAsync(parsed.GetValue(person), parsed.GetValue(program), services.GetRequiredService<GrantSubjects>(), stop);
                if ((fault ?? (subject is null ? "Expected --person or --program: to whom it is granted." : null)) is { } nobody) faults.Add("", nobody);
                if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
                var order = new GrantOrder(subject!.Value, parsed.GetValue(role)!, over, Caller.OfCommandLine, RegistryCommand.After(parsed.GetValue(days), services)) { Sight = seen };
                var (id, refusal) = await services.GetRequiredService<GrantDesk>().MakeAsync(by: null, order, stop);
                return refusal is null ? RegistryCommand.Tell(id.ToString()) : await RegistryCommand.RefuseAsync(refusal);
            });
    }

    private static Command Revoke()
    {
        var id = new Argument<Guid>("ID") { Description = "The grant's id, as list shows it." };
        return RegistryCommand.Of("revoke", "Ends a grant at once, on open connections too.", [id], async (parsed, services, stop) =>
        {
            var (found, refusal) = await services.GetRequiredService<GrantDesk>().EndAsync(by: null, parsed.GetValue(id), stop);
            return found && refusal is null ? ExitCodes.Done : await RegistryCommand.RefuseAsync(refusal ?? $"There is no grant {parsed.GetValue(id)}. 'wanwu grant list' names them.");
        });
    }

    private static async Task<(GrantSubject? Subject, string? Fault)> SubjectAsync(string? person, string? program, GrantSubjects subjects, CancellationToken stop)
    {
        if (person is not null && program is not null) return (null, "Name a person or a program, not both.");
        if (person is null && program is null) return (null, null);
        var found = person is not null ? await subjects.FindPersonAsync(person, stop) : await subjects.FindProgramAsync(program!, stop);
        return found is not null ? (found, null) : (null, person is not null ? $"Nobody is called '{person}'." : $"There is no program '{program}', or more than one of that name: name it by its id.");
    }
}

/// <summary>The options that say what of the values is seen in clear.</summary>
internal sealed class SightOptions
{
    private readonly Option<string?> _class = new("--data-class") { Description = $"The highest class of values seen in clear: one of {DataClasses.Names}; {DataClasses.NameOf(DataClass.Internal)} unless told." };
    private readonly Option<string?> _purpose = new("--purpose") { Description = "For what personal values are handled; without it and --legal-basis they are masked." };
    private readonly Option<string?> _basis = new("--legal-basis") { Description = "On what personal values are handled (Personal Information Protection Law, art. 13)." };

    public SightOptions()
    {
        _class.AcceptOnlyFromAmong([.. DataClasses.All.Select(DataClasses.NameOf)]);
        _basis.AcceptOnlyFromAmong([.. LegalBasis.All]);
    }

    public Symbol[] All => [_class, _purpose, _basis];

    public GrantSight Read(ParseResult parsed, FieldFaults faults) => GrantDesk.ReadSight(parsed.GetValue(_class), parsed.GetValue(_purpose), parsed.GetValue(_basis), faults);
}
