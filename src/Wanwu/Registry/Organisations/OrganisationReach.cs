using Wanwu.Security.Access;

namespace Wanwu.Registry.Organisations;

/// <summary>Which organisations somebody may shape: those within what it administers whole, and over everything also what stands at the top.</summary>
internal sealed class OrganisationReach(GrantRules grants, Caller caller)
{
    /// <param name="organisation">Null: the top, below which the topmost ones stand.</param>
    public bool Has(string? organisation) =>
        caller.Scope.Has(Permission.ShapeOrganisations) && grants.Administers(caller, organisation is null ? GrantScope.Everything : new GrantScope(organisation, null, null));
}
