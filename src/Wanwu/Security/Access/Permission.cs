namespace Wanwu.Security.Access;

/// <summary>What one may do. Every endpoint asks for one of these; <see cref="AccessRules"/> says who has it.</summary>
internal enum Permission : byte
{
    ReadThings,
    ChangeThings,
    ReadObservations,
    /// <summary>Hand in observations.</summary>
    Report,
    /// <summary>See what was refused, with its bytes.</summary>
    ReadRefused,
    /// <summary>See who is connected, and what the server tells of itself.</summary>
    ReadConnections,
    /// <summary>Disconnect clients and end their sessions.</summary>
    ManageConnections,
    /// <summary>Put observations right, with a reason and in one's own name.</summary>
    Correct,
    Administer,
    /// <summary>Put questions of one's own in SQL, over what one may see.</summary>
    QuerySql,
    /// <summary>Read, prove and export who did what.</summary>
    ReadAudit,
    /// <summary>See who may do what, and why.</summary>
    ReadGrants,
    /// <summary>Say who may do what; over which part, <see cref="GrantRules"/> say.</summary>
    MakeGrants,
    /// <summary>Invite people, keep them out, and help those who cannot get in; whom, <see cref="People.PeopleRules"/> says.</summary>
    ManagePeople,
    /// <summary>See who came to the doors and is unknown, let devices in, and ban them.</summary>
    AdmitDevices,
    /// <summary>Have nothing taken from a thing until it is released.</summary>
    Quarantine,
    /// <summary>Make, rename, move and remove organisations; which, <see cref="Registry.Organisations.OrganisationReach"/> says.</summary>
    ShapeOrganisations,
    /// <summary>Make and end programs' tokens and registrations; which, <see cref="ProgramReach"/> says.</summary>
    MakePrograms,
    /// <summary>Have what is there of somebody erased, as far as one sees it in clear.</summary>
    Erase,
}

internal static class PermissionPolicies
{
    /// <summary>The name of the policy that asks for the permission over everything: for what is of the whole installation.</summary>
    public static string PolicyEverywhere(this Permission permission) => permission.Policy() + EverywhereSuffix;

    /// <summary>What pages write behind a permission's name.</summary>
    public const string EverywhereSuffix = " everywhere";

    /// <summary>The name of the authorisation policy that asks for the permission over anything.</summary>
    public static string Policy(this Permission permission) => permission switch
    {
        Permission.ReadThings => "read-things",
        Permission.ChangeThings => "change-things",
        Permission.ReadObservations => "read-observations",
        Permission.Report => "report",
        Permission.ReadRefused => "read-refused",
        Permission.ReadConnections => "read-connections",
        Permission.ManageConnections => "manage-connections",
        Permission.Correct => "correct",
        Permission.QuerySql => "query-sql",
        Permission.ReadAudit => "read-audit",
        Permission.ReadGrants => "read-grants",
        Permission.MakeGrants => "make-grants",
        Permission.ManagePeople => "manage-people",
        Permission.AdmitDevices => "admit-devices",
        Permission.Quarantine => "quarantine",
        Permission.ShapeOrganisations => "shape-organisations",
        Permission.MakePrograms => "make-programs",
        Permission.Erase => "erase",
        _ => "administer",
    };
}
