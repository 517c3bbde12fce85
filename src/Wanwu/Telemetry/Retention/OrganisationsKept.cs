using Wanwu.Registry;
using Wanwu.Registry.Organisations;

namespace Wanwu.Telemetry.Retention;

/// <summary>An organisation whose observations a policy or a legal hold is about stays: without it neither would take anything any more.</summary>
internal sealed class OrganisationsKept(RetentionBook book) : IOrganisationUse
{
    public Task<string?> FaultOfRemovingAsync(RegistryDb db, string organisation, CancellationToken stop) => Task.FromResult(FaultOf(organisation));

    private string? FaultOf(string organisation)
    {
        foreach (var entry in book.Current.Policies)
            if (entry.Policy?.Organisation == organisation || entry.Pending?.Policy?.Organisation == organisation)
                return $"The retention policy '{entry.Id}' is about it. Change or end that first.";
        foreach (var hold in book.Current.Standing)
            if (hold.Organisations.Contains(organisation)) return $"The legal hold '{hold.Id}' is about it. Lift that first.";
        return null;
    }
}
