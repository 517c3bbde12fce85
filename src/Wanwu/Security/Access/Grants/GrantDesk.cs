using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Where grants are asked for and ended, by whoever may: the one way for API and console.</summary>
internal sealed class GrantDesk(GrantChanges changes, GrantRules rules, CurrentGrants grants, AccessRules access, ThingDirectory things)
{
    /// <summary>The scope that the texts name; faults say what of it there is not. An organisation out of the caller's reach is for it not there.</summary>
    public GrantScope ReadScope(Caller by, string? organisation, string? region, string? sector, FieldFaults faults)
    {
        (organisation, region, sector) = (NullIfBlank(organisation), NullIfBlank(region), NullIfBlank(sector));
        if (organisation is not null && (things.Organisations.Find(organisation) is null || !access.VisibleOrganisations(by)(organisation)))
            faults.Add("organisation", $"There is no organisation '{ThingRules.Short(organisation)}'.");
        if (region is not null && ThingRules.FaultOfRegion(region) is { } fault) faults.Add("region", fault);
        if (sector is not null && Sectors.FaultOf(sector) is { } unknown) faults.Add("sector", unknown);
        return organisation is null && region is null && sector is null ? GrantScope.Everything : new GrantScope(organisation, region, sector);
    }

    /// <returns>The grant, or why it is refused.</returns>
    public async Task<(Guid Id, string? Refusal)> MakeAsync(Caller by, GrantOrder order, CancellationToken stop) =>
        rules.FaultOfMaking(by, order.Subject, order.Role, order.Scope) is { } fault ? (default, fault) : (await changes.GrantAsync(order, stop), null);

    /// <returns>Whether there is such a grant for the caller, and why it may not end it, if it may not.</returns>
    public async Task<(bool Found, string? Refusal)> EndAsync(Caller by, Guid id, CancellationToken stop)
    {
        if (grants.Book.All.FirstOrDefault(held => held.Id == id) is not { } grant || !rules.MaySee(by, grant)) return (false, null);
        if (rules.FaultOfEnding(by, grant) is { } fault) return (true, fault);
        return (await changes.EndAsync(id, by.Name, stop), null);
    }

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
