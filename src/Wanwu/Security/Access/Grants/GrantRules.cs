namespace Wanwu.Security.Access;

/// <summary>Who may grant what to whom: a branch's administrator within its branch, and nobody what would join two of the three administrations in one account.</summary>
internal sealed class GrantRules(CurrentGrants grants)
{
    private static readonly string[] Administrations = [Role.Administrator, Role.SecurityOfficer, Role.Auditor];

    /// <summary>Why the caller may not grant the role over the scope; null when it may.</summary>
    /// <param name="by">Null on the command line, for which only what no account may hold is refused.</param>
    /// <param name="sight">What of the values it is to let see; a security officer lets see more by granting viewer.</param>
    /// <param name="subject">To whom; null for an account that is only about to be made.</param>
    public string? FaultOfMaking(Caller? by, GrantSubject? subject, string role, GrantScope scope, GrantSight? sight = null)
    {
        var book = grants.Book;
        if (by is not null && FaultOfCaller(book, by, subject, role, scope, sight is { IsBeyondUsual: true }) is { } fault) return fault;
        if (IsOfficer(role) && !scope.IsEverything) return $"The role {role} is held over everything: it has no organisation, region or sector.";
        return subject is { } account ? FaultOfJoining(book, account, role) : null;
    }

    private static string? FaultOfCaller(GrantBook book, Caller by, GrantSubject? subject, string role, GrantScope scope, bool isBeyond)
    {
        if (isBeyond && !MayClassify(book, by))
            return "Only a security officer may let somebody see values above internal, or personal ones; while there is none, an administrator over everything may.";
        if (IsOfficer(role))
        {
            if (scope.IsEverything && !MayAppoint(book, by, role)) return $"Only a security officer may grant {role}; while there is none, an administrator over everything may grant the first.";
        }
        else if (!Administers(book, by, scope) && !(isBeyond && role == Role.Viewer)) return $"Only an administrator over {scope} may grant {role} there.";
        // What it says others may see, it does not say of itself.
        return isBeyond && HoldsEverywhere(book, by, Role.SecurityOfficer) && subject is { } account && account.Kind == by.Kind && account.Id.ToString() == by.Id
            ? "A security officer grants this to others, not to itself." : null;
    }

    /// <summary>Why the caller may not end the grant; null when it may.</summary>
    /// <param name="by">Null on the command line.</param>
    public string? FaultOfEnding(Caller? by, Grant grant)
    {
        var book = grants.Book;
        var isOfficer = by is null || HoldsEverywhere(book, by, Role.SecurityOfficer);
        if (by is not null && isOfficer && grant.Kind == by.Kind && grant.Subject == by.Id) return "A security officer may not end a grant of its own.";
        if (!isOfficer && (IsOfficer(grant.Role) || !Administers(book, by!, grant.Scope)))
            return IsOfficer(grant.Role) ? $"Only a security officer may end a grant of {grant.Role}." : $"Only an administrator over {grant.Scope} or a security officer may end it.";
        return IsLastAdministrator(book, grant) ? "It is the last lasting grant of administrator over everything to a person: without it nobody could administer." : null;
    }

    /// <summary>Whether the caller may know of the grant: its own, those within what it administers, and all for security officer and auditor.</summary>
    public bool MaySee(Caller by, Grant grant)
    {
        var book = grants.Book;
        return (grant.Kind == by.Kind && grant.Subject == by.Id) || HoldsEverywhere(book, by, Role.SecurityOfficer) || HoldsEverywhere(book, by, Role.Auditor) || Administers(book, by, grant.Scope);
    }

    /// <summary>Whether it is an administrator of all that lies within the scope.</summary>
    public bool Administers(Caller by, GrantScope scope) => Administers(grants.Book, by, scope);

    private static bool IsOfficer(string role) => role is Role.SecurityOfficer or Role.Auditor;

    private static bool Administers(GrantBook book, Caller by, GrantScope scope)
    {
        foreach (var grant in book.Of(by).Grants)
            if (grant.Role == Role.Administrator && grant.Scope.Covers(scope, book.IsWithin)) return true;
        return false;
    }

    private static bool HoldsEverywhere(GrantBook book, Caller by, string role) => book.Of(by).Grants.Any(grant => grant.Role == role && grant.Scope.IsEverything);

    private static bool MayAppoint(GrantBook book, Caller by, string role) =>
        HoldsEverywhere(book, by, Role.SecurityOfficer)
        || (HoldsEverywhere(book, by, Role.Administrator) && !(role == Role.Auditor ? book.HasAuditor : book.HasSecurityOfficer));

    /// <summary>Whether it may let others see what is above internal, and personal values.</summary>
    public bool MayClassify(Caller by) => MayClassify(grants.Book, by);

    private static bool MayClassify(GrantBook book, Caller by) => HoldsEverywhere(book, by, Role.SecurityOfficer) || (!book.HasSecurityOfficer && HoldsEverywhere(book, by, Role.Administrator));

    private static string? FaultOfJoining(GrantBook book, GrantSubject account, string role)
    {
        if (!Administrations.Contains(role)) return null;
        var other = book.Of(account.Kind, account.Id.ToString()).Grants.FirstOrDefault(grant => grant.Role != role && Administrations.Contains(grant.Role));
        return other is null ? null : $"The account is {other.Role}: nobody holds two of {string.Join(", ", Administrations)}.";
    }

    private static bool IsLastAdministrator(GrantBook book, Grant grant)
    {
        return Lasts(grant) && book.All.Count(Lasts) == 1;

        static bool Lasts(Grant one) => one is { Kind: CallerKind.Person, Role: Role.Administrator, Expires: null, Scope.IsEverything: true };
    }
}
