using System.Collections.Frozen;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>All grants that hold at one moment. Immutable and replaced whole: whoever holds one decides everything by the same grants.</summary>
internal sealed class GrantBook
{
    public static readonly GrantBook Empty = new([], static (_, _) => false, 0, default);

    // Worked out once: one bit a permission.
    private static readonly FrozenDictionary<string, uint> BitsOfRoles = Role.All.ToFrozenDictionary(role => role, role =>
        Enum.GetValues<Permission>().Where(permission => Role.Grants(role, permission)).Aggregate(0u, (bits, permission) => bits | Rights.Bit(permission)));

    private static readonly uint SeeingValues = Rights.Bit(Permission.ReadObservations) | Rights.Bit(Permission.ReadRefused);

    private readonly FrozenDictionary<string, Rights> _people, _programs;

    /// <param name="grants">Those that have not ended; ones that have expired do not hold.</param>
    public GrantBook(IEnumerable<Grant> grants, OrganisationIsWithin isWithin, long version, Timestamp now)
    {
        (IsWithin, Version) = (isWithin, version);
        All = [.. grants.Where(grant => grant.Expires is not { } end || end > now)];
        NextExpiry = All.Min(grant => grant.Expires);
        HasAuditor = All.Any(grant => grant.Kind == CallerKind.Person && grant.Role == Role.Auditor);
        HasSecurityOfficer = All.Any(grant => grant.Kind == CallerKind.Person && grant.Role == Role.SecurityOfficer);
        (_people, _programs) = (RightsOf(CallerKind.Person), RightsOf(CallerKind.Program));
    }

    public IReadOnlyList<Grant> All { get; }
    /// <summary>Grows with every new book.</summary>
    public long Version { get; }
    public OrganisationIsWithin IsWithin { get; }
    /// <summary>When the next of them expires, if one does.</summary>
    public Timestamp? NextExpiry { get; }
    /// <summary>Whether a person is auditor: then administrators read the audit trail no more.</summary>
    public bool HasAuditor { get; }
    /// <summary>Whether a person is security officer: then administrators appoint none.</summary>
    public bool HasSecurityOfficer { get; }

    public Rights Of(Caller caller) => caller.Id is { } id ? Of(caller.Kind, id) : Rights.None;

    public Rights Of(CallerKind kind, string subject) => kind switch
    {
        CallerKind.Person => _people.GetValueOrDefault(subject),
        CallerKind.Program => _programs.GetValueOrDefault(subject),
        _ => null,
    } ?? Rights.None;

    private FrozenDictionary<string, Rights> RightsOf(CallerKind kind) =>
        All.Where(grant => grant.Kind == kind).GroupBy(grant => grant.Subject).ToFrozenDictionary(of => of.Key, of => new Rights([.. of], IsWithin, BitsOf), StringComparer.Ordinal);

    /// <summary>Permissions of the role, and with those to see values or refused messages the classes that are seen.</summary>
    private uint BitsOf(Grant grant)
    {
        var bits = BitsOf(grant.Role);
        return (bits & SeeingValues) == 0 ? bits : bits | grant.Sight.Bits;
    }

    /// <summary>An unknown role, which a newer version may have known, grants nothing.</summary>
    public uint BitsOf(string role)
    {
        var bits = BitsOfRoles.GetValueOrDefault(role);
        return HasAuditor && role == Role.Administrator ? bits & ~Rights.Bit(Permission.ReadAudit) : bits;
    }
}
