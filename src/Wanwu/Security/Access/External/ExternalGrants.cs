using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access.People;
using Wanwu.Things;

namespace Wanwu.Security.Access.External;

/// <summary>Turns a provider's claims into grants, and ends those that its claims give no more. What people have granted stays as it is.</summary>
internal sealed partial class ExternalGrants(GrantChanges changes, ThingDirectory things, TimeProvider clock, ILogger<ExternalGrants> logger)
{
    /// <summary>Whether the claims grant anything at all.</summary>
    public bool Grant(ExternalIdentity identity) => Wanted(identity).Any();

    public async Task ApplyAsync(RegistryDb db, Person person, ExternalIdentity identity, CancellationToken stop)
    {
        var (subject, by, now) = (GrantSubject.Person(person.Id), identity.Provider.GrantedBy, Timestamp.Now(clock));
        var held = await db.Grants.Where(grant => grant.Subject == person.Id && grant.SubjectKind == CallerKind.Person && grant.Ended == null).ToListAsync(stop);
        held.RemoveAll(grant => grant.Expires <= now);
        var wanted = Wanted(identity).ToHashSet();
        foreach (var row in held.Where(grant => grant.CreatedBy == by && !wanted.Contains(PartOf(grant)))) changes.End(row, by);
        wanted.ExceptWith(held.Where(grant => grant.CreatedBy == by).Select(PartOf));
        foreach (var (role, scope) in wanted)
        {
            if (PeopleRules.Administrations.Contains(role) && held.Find(grant => grant.Role != role && PeopleRules.Administrations.Contains(grant.Role)) is { } other) Joined(identity.Provider.Id, role, person.UserName, other.Role);
            else changes.Add(db, new GrantOrder(subject, role, scope, by));
        }
    }

    private IEnumerable<(string Role, GrantScope Scope)> Wanted(ExternalIdentity identity)
    {
        foreach (var grant in identity.Granted().DistinctBy(grant => (grant.Role, grant.Scope)))
        {
            if (grant.Scope.Organisation is not { } organisation || things.Organisations.Find(organisation) is not null) yield return (grant.Role, grant.Scope);
            else Nowhere(identity.Provider.Id, grant.Value, organisation);
        }
    }

    private static (string Role, GrantScope Scope) PartOf(GrantRow row) =>
        (row.Role, row.Organisation is null && row.Region is null && row.Sector is null ? GrantScope.Everything : new GrantScope(row.Organisation, row.Region, row.Sector));

    [LoggerMessage(6402, LogLevel.Warning, "The provider {Provider} would make {Person} {Role}, who is {Other}: nobody holds two of the three administrations")]
    private partial void Joined(string provider, string role, string? person, string other);

    [LoggerMessage(6403, LogLevel.Warning, "The provider {Provider} grants to {Value} something within the organisation '{Organisation}', which there is not")]
    private partial void Nowhere(string provider, string value, string organisation);
}
