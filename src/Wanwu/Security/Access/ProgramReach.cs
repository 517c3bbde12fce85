using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Access.People;

namespace Wanwu.Security.Access;

/// <summary>Which programs and tokens somebody looks after: who may make a secret anew, or let in again, could become the program, so all that it holds must be within what one administers.</summary>
internal sealed class ProgramReach(CurrentGrants grants, GrantRules rules, PeopleRules people)
{
    public bool Holds(Caller by, AccessTokenView token) =>
        rules.Administers(by, GrantScope.Everything) || (token.OwnerId is { } owner ? people.MayReplace(by, owner) : HoldsSomething(token.Id.ToString()) && HoldsAll(by, token.Id.ToString()));

    /// <summary>Whether the caller may know of the program.</summary>
    public bool Sees(Caller by, ProgramView program) => rules.Administers(by, program.Organisation is { } organisation ? new GrantScope(organisation, null, null) : GrantScope.Everything);

    /// <summary>Whether the caller may change it.</summary>
    public bool Holds(Caller by, ProgramView program) => Sees(by, program) && (rules.Administers(by, GrantScope.Everything) || HoldsAll(by, program.ClientId));

    /// <summary>Whether a program may act for a person: one of an organisation only for who holds nothing beyond it, or its administrators would come to more than they administer.</summary>
    public static bool MayActFor(GrantBook book, string? organisation, Guid person)
    {
        if (organisation is null) return true;
        var scope = new GrantScope(organisation, null, null);
        return book.Of(CallerKind.Person, person.ToString()).Grants.All(grant => scope.Covers(grant.Scope, book.IsWithin));
    }

    private bool HoldsSomething(string program) => !grants.Book.Of(CallerKind.Program, program).AreNone;

    private bool HoldsAll(Caller by, string program) => grants.Book.Of(CallerKind.Program, program).Grants.All(grant => rules.Administers(by, grant.Scope));
}
