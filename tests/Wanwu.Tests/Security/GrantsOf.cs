using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security;

/// <summary>Grants without a registry behind them.</summary>
internal static class GrantsOf
{
    public static CurrentGrants Programs(TimeProvider clock, params (string Id, string Role)[] held) =>
        Scoped(clock, static (organisation, ancestor) => organisation == ancestor, [.. held.Select(one => (one.Id, one.Role, GrantScope.Everything))]);

    public static CurrentGrants Scoped(TimeProvider clock, OrganisationIsWithin isWithin, params (string Id, string Role, GrantScope Scope)[] held)
    {
        var grants = new CurrentGrants(clock);
        grants.Apply([.. held.Select(one => new Grant(Guid.NewGuid(), CallerKind.Program, one.Id, one.Role, one.Scope, Timestamp.Now(clock), "test", null))], isWithin);
        return grants;
    }
}
