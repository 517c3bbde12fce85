namespace Wanwu.Security.Access.People;

/// <summary>
/// Who looks after whose account. The three administrations (GB/T 22239) stay apart: administrators look after those within what they administer, but not after who
/// watches over them; security officers look after officers and auditors.
/// </summary>
internal sealed class PeopleRules(CurrentGrants grants, GrantRules rules, AccessRules access)
{
    public static readonly IReadOnlyList<string> Administrations = [Role.Administrator, Role.SecurityOfficer, Role.Auditor];

    /// <summary>Why the caller may not invite somebody to the role; null when it may.</summary>
    /// <param name="isPending">Whether an invitation to the role is open: one link at most leads to a first officer or auditor.</param>
    /// <param name="by">Null on the command line.</param>
    public string? FaultOfInviting(Caller? by, string role, GrantScope scope, bool isPending) =>
        rules.FaultOfMaking(by, null, role, scope)
        ?? (by is not null && isPending && role is Role.SecurityOfficer or Role.Auditor && !IsOfficer(by) ? $"An invitation to the first {role} is open already. Take it back to make another." : null);

    /// <summary>Whether the caller may set a new password, take off the second factor, or let in again: who may do that could become the person.</summary>
    public bool MayReplace(Caller by, Guid person)
    {
        var held = Of(person);
        if (held.Any(grant => grant.Role is Role.SecurityOfficer or Role.Auditor)) return IsOfficer(by);
        return held.Count == 0 ? rules.Administers(by, GrantScope.Everything) : held.All(grant => rules.Administers(by, grant.Scope));
    }

    /// <summary>Whether the caller may keep the person out: a security officer everybody, an administrator those it looks after.</summary>
    public bool MayKeepOut(Caller by, Guid person) => IsOfficer(by) || MayReplace(by, person);

    /// <summary>Whether the caller may know of the account at all.</summary>
    public bool MayKnow(Caller by, Guid person) =>
        IsOfficer(by) || rules.Administers(by, GrantScope.Everything) || Of(person).Any(grant => rules.Administers(by, grant.Scope));

    public IReadOnlyList<string> RolesOf(Guid person) => [.. Of(person).Select(grant => grant.Role).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Whether the account holds one of the three administrations.</summary>
    public bool IsAdministration(Guid person) => Of(person).Any(grant => Administrations.Contains(grant.Role));

    /// <summary>Whether nobody but this person could administer everything.</summary>
    /// <param name="isOut">Whether an account is disabled.</param>
    public bool IsLastAdministrator(Guid person, Func<Guid, bool> isOut)
    {
        Guid[] lasting = [.. grants.Book.All.Where(grant => grant is { Kind: CallerKind.Person, Role: Role.Administrator, Expires: null, Scope.IsEverything: true }).Select(grant => Guid.Parse(grant.Subject)).Distinct()];
        return lasting.Contains(person) && lasting.All(other => other == person || isOut(other));
    }

    private IReadOnlyList<Grant> Of(Guid person) => grants.Book.Of(CallerKind.Person, person.ToString()).Grants;

    private bool IsOfficer(Caller by) => access.HoldsEverywhere(by, Role.SecurityOfficer);
}
