namespace Wanwu.Security.Access;

/// <summary>The roles a person or program may have, and what each may do.</summary>
internal static class Role
{
    public const string Viewer = "viewer", Operator = "operator", Integrator = "integrator", Steward = "steward", Planner = "planner",
        SecurityOfficer = "security-officer", Auditor = "auditor", Administrator = "administrator";

    public static readonly IReadOnlyList<string> All =
        [Viewer, Operator, Integrator, Steward, Planner, SecurityOfficer, Auditor, Administrator];

    public static bool IsKnown(string role) => All.Contains(role);

    public static bool Grants(string role, Permission permission) => permission switch
    {
        Permission.ReadThings => IsKnown(role),
        Permission.ReadObservations or Permission.QuerySql => role is Viewer or Operator or Integrator or Steward or Planner or Administrator,
        Permission.ReadRefused or Permission.ReadConnections => role is Operator or Integrator or SecurityOfficer or Auditor or Administrator,
        Permission.ManageConnections => role is Operator or SecurityOfficer or Administrator,
        Permission.ChangeThings or Permission.Report => role is Integrator or Administrator,
        Permission.Correct => role is Steward or Administrator,
        Permission.Administer or Permission.ShapeOrganisations or Permission.MakePrograms => role is Administrator,
        Permission.ManagePeople => role is SecurityOfficer or Administrator,
        Permission.ReadAudit => role is Auditor or Administrator,
        Permission.ReadGrants => role is SecurityOfficer or Auditor or Administrator,
        Permission.MakeGrants => role is SecurityOfficer or Administrator,
        Permission.Erase => role is Steward or SecurityOfficer or Administrator,
        Permission.AdmitDevices => role is Operator or Integrator or SecurityOfficer or Administrator,
        Permission.Quarantine => role is Operator or Integrator or Steward or SecurityOfficer or Administrator,
        _ => false,
    };
}
