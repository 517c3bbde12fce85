using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Why somebody may or may not.</summary>
internal enum AccessReason : byte
{
    /// <summary>A grant gives it.</summary>
    Granted,
    /// <summary>Nothing is granted at all.</summary>
    NoGrant,
    /// <summary>No role that is held gives the permission.</summary>
    RoleLacks,
    /// <summary>A role gives it, but not where the thing is, or not over everything where that is needed.</summary>
    OutOfReach,
    /// <summary>Nobody reports for a thing that is retired.</summary>
    ThingRetired,
    /// <summary>Nobody reports for a thing that is quarantined.</summary>
    ThingQuarantined,
    /// <summary>Administrators read the audit trail no more while a person is auditor.</summary>
    AuditorExists,
}

/// <summary>What of the values somebody sees in clear.</summary>
/// <param name="Highest">The highest class; of personal values <paramref name="PersonalHighest"/>, null where they see none.</param>
/// <param name="By">The grants that let see the highest class.</param>
/// <param name="PersonalBy">The grants that let see personal values, each with its purpose and legal basis.</param>
/// <param name="Masked">Properties of the thing's model that they do not see in clear.</param>
internal sealed record SeenValues(DataClass Highest, IReadOnlyList<Grant> By, DataClass? PersonalHighest, IReadOnlyList<Grant> PersonalBy, IReadOnlyList<string> Masked);

/// <summary>The answer to: may they do it, and why?</summary>
/// <param name="By">The grants that give it.</param>
/// <param name="Elsewhere">The grants whose role gives the permission, but over something else.</param>
/// <param name="Roles">The roles that give the permission.</param>
internal sealed record AccessAnswer(bool May, AccessReason Reason, IReadOnlyList<Grant> By, IReadOnlyList<Grant> Elsewhere, IReadOnlyList<string> Roles)
{
    /// <summary>What of the values of the thing, or of any, they see in clear; null: they see no values.</summary>
    public SeenValues? Sees { get; init; }

    /// <summary>Without the grants that the asker may not know of.</summary>
    public AccessAnswer AsSeenBy(Caller by, GrantRules rules)
    {
        return this with
        {
            By = Known(By), Elsewhere = Known(Elsewhere), Sees = Sees is null ? null : Sees with { By = Known(Sees.By), PersonalBy = Known(Sees.PersonalBy) },
        };

        Grant[] Known(IReadOnlyList<Grant> grants) => [.. grants.Where(grant => rules.MaySee(by, grant))];
    }

    /// <summary>In a sentence.</summary>
    public string Sentence(Permission permission, ThingEntry? thing) => Reason switch
    {
        AccessReason.Granted => By.Count == 0 ? "Yes." : $"Yes: {string.Join("; ", By.Select(Describe))}.",
        AccessReason.NoGrant => "No: nothing is granted to them.",
        AccessReason.RoleLacks => $"No: none of the roles they hold gives {permission.Policy()}. These do: {string.Join(", ", Roles)}.",
        AccessReason.OutOfReach when thing is null => $"No: {permission.Policy()} is needed over everything, and they hold it over a part: {string.Join("; ", Elsewhere.Select(Describe))}.",
        AccessReason.OutOfReach => $"No: they hold {permission.Policy()}, but not where this thing is: {string.Join("; ", Elsewhere.Select(Describe))}.",
        AccessReason.ThingRetired => "No: the thing is retired, and nobody reports for it any more.",
        AccessReason.ThingQuarantined => "No: the thing is quarantined, and nobody reports for it until it is released.",
        _ => "No: while a person is auditor, administrators do not read the audit trail.",
    };

    private static string Describe(Grant grant) => $"{grant.Role} over {grant.Scope}, granted by {grant.CreatedBy}";
}

/// <summary>Says whether somebody may do something, and by which grants; decided by the same book as every request.</summary>
internal sealed class AccessQuestion(CurrentGrants grants, AccessRules rules)
{
    public bool MayAskOfOthers(Caller by) => rules.May(by, Permission.ReadGrants);

    /// <param name="thing">Null: anything at all.</param>
    public AccessAnswer Ask(GrantSubject subject, Permission permission, ThingEntry? thing)
    {
        var book = grants.Book;
        var caller = new Caller(subject.Kind, "", null) { Id = subject.Id.ToString() };
        var may = rules.May(caller, permission, thing);
        var held = book.Of(caller).Grants;
        var giving = held.Where(grant => (book.BitsOf(grant.Role) & Rights.Bit(permission)) != 0).ToList();
        var reaching = giving.Where(grant => Reaches(grant.Scope, permission, thing, book.IsWithin)).ToList();
        IReadOnlyList<string> roles = [.. Role.All.Where(role => Role.Grants(role, permission))];
        var reason = may ? AccessReason.Granted
            : held.Count == 0 ? AccessReason.NoGrant
            : permission == Permission.Report && thing is { IsRetired: true } && reaching.Count > 0 ? AccessReason.ThingRetired
            : permission == Permission.Report && thing is { Quarantine: not null } && reaching.Count > 0 ? AccessReason.ThingQuarantined
            : giving.Count > 0 ? AccessReason.OutOfReach
            : held.Any(grant => Role.Grants(grant.Role, permission)) ? AccessReason.AuditorExists
            : AccessReason.RoleLacks;
        return new AccessAnswer(may, reason, may ? reaching : [], [.. giving.Except(reaching)], roles) { Sees = SeenBy(caller, held, thing) };
    }

    private SeenValues? SeenBy(Caller caller, IReadOnlyList<Grant> held, ThingEntry? thing)
    {
        var seeing = held.Where(grant => Role.Grants(grant.Role, Permission.ReadObservations) && Reaches(grant.Scope, Permission.ReadObservations, thing, grants.Book.IsWithin)).ToList();
        if (seeing.Count == 0) return null;
        var highest = seeing.Max(grant => grant.Sight.Highest);
        var personal = seeing.Where(grant => grant.Sight.SeesPersonal).ToList();
        var sight = thing is null ? ThingSight.Clear : rules.SightOf(caller, thing);
        string[] masked = [.. thing?.Model?.Properties.Select(property => property.Name).Where(name => !sight.Of(name).IsClear).Select(name => name.ToString()) ?? []];
        return new SeenValues(highest, [.. seeing.Where(grant => grant.Sight.Highest == highest)], personal.Count == 0 ? null : personal.Max(grant => grant.Sight.Highest), personal, masked);
    }

    private static bool Reaches(GrantScope scope, Permission permission, ThingEntry? thing, OrganisationIsWithin isWithin) =>
        Rights.IsOfTheWhole(permission) ? scope.IsEverything : thing is null || scope.Holds(thing.Realm, isWithin);
}
