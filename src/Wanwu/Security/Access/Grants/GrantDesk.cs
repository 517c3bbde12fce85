using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Where grants are asked for and ended, by whoever may: the one way for API, console and command line, which is no caller.</summary>
internal sealed class GrantDesk(RegistryWriter writer, GrantChanges changes, GrantRules rules, CurrentGrants grants, AccessRules access, ThingDirectory things)
{
    /// <summary>The scope that the texts name; faults say what of it there is not. An organisation out of the caller's reach is for it not there.</summary>
    public GrantScope ReadScope(Caller? by, string? organisation, string? region, string? sector, FieldFaults faults)
    {
        (organisation, region, sector) = (NullIfBlank(organisation), NullIfBlank(region), NullIfBlank(sector));
        if (organisation is not null && (things.Organisations.Find(organisation) is null || (by is not null && !access.VisibleOrganisations(by)(organisation))))
            faults.Add("organisation", $"There is no organisation '{ThingRules.Short(organisation)}'.");
        if (region is not null && ThingRules.FaultOfRegion(region) is { } fault) faults.Add("region", fault);
        if (sector is not null && Sectors.FaultOf(sector) is { } unknown) faults.Add("sector", unknown);
        return organisation is null && region is null && sector is null ? GrantScope.Everything : new GrantScope(organisation, region, sector);
    }

    /// <summary>What of the values is to be seen in clear; faults say what of it is wrong.</summary>
    public static GrantSight ReadSight(string? dataClass, string? purpose, string? basis, FieldFaults faults)
    {
        (dataClass, purpose, basis) = (NullIfBlank(dataClass), NullIfBlank(purpose), NullIfBlank(basis));
        var highest = DataClass.Internal;
        if (dataClass is not null && !DataClasses.TryParse(dataClass, out highest)) faults.Add("dataClass", $"Expected one of {DataClasses.Names}.");
        if (purpose is { Length: > GrantSight.MaxPurpose }) faults.Add("purpose", $"Expected at most {GrantSight.MaxPurpose} characters.");
        if (basis is not null && !LegalBasis.IsKnown(basis)) faults.Add("legalBasis", $"Expected one of {string.Join(", ", LegalBasis.All)} (Personal Information Protection Law, art. 13).");
        if (purpose is not null && basis is null) faults.Add("legalBasis", "A purpose needs the legal basis beside it.");
        if (purpose is null && basis is not null) faults.Add("purpose", "A legal basis needs the purpose beside it.");
        return new GrantSight(highest, purpose, basis);
    }

    /// <returns>The grant, or why it is refused.</returns>
    public Task<(Guid Id, string? Refusal)> MakeAsync(Caller? by, GrantOrder order, CancellationToken stop) => writer.DecideAsync(db =>
        Task.FromResult<(Guid, string?)>(rules.FaultOfMaking(by, order.Subject, order.Role, order.Scope, order.Sight) is { } fault ? (default, fault) : (changes.Add(db, order), null)), stop);

    /// <returns>Whether there is such a grant for the caller, and why it may not end it, if it may not.</returns>
    public Task<(bool Found, string? Refusal)> EndAsync(Caller? by, Guid id, CancellationToken stop) => writer.DecideAsync<(bool, string?)>(async db =>
    {
        if (grants.Book.All.FirstOrDefault(held => held.Id == id) is not { } grant || (by is not null && !rules.MaySee(by, grant))) return (false, null);
        if (rules.FaultOfEnding(by, grant) is { } fault) return (true, fault);
        return (await changes.EndAsync(db, id, by?.Name ?? Caller.OfCommandLine, stop), null);
    }, stop);

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
