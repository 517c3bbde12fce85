using Wanwu.Registry;
using Wanwu.Registry.Organisations;

namespace Wanwu.Telemetry.Retention;

/// <summary>An organisation whose observations a policy or a legal hold is about stays: without it neither would take anything any more.</summary>
internal sealed class OrganisationsKept(RetentionBook book) : IOrganisationUse
{
    public Task<string?> FaultOfRemovingAsync(RegistryDb db, string organisation, CancellationToken stop) => Task.FromResult(FaultOf(organisation));

    /// <summary>What is held stays held: an organisation does not leave a hold by being moved.</summary>
    public string? FaultOfMoving(IReadOnlyCollection<string> left, IReadOnlyCollection<string> kept)
    {
        foreach (var hold in book.Current.Standing)
            if (hold.Organisations.Any(left.Contains) && !book.Current.Standing.Any(other => other.Organisations.Any(kept.Contains) && IsAsWide(other, hold)))
                return $"The legal hold '{hold.Id}' holds what is below '{hold.Organisations.First(left.Contains)}': moved away, it would be held no more. Place a hold on this organisation first, or lift that one.";
        return null;
    }

    /// <summary>Whether one hold, where it is about the same organisation, holds all that another does.</summary>
    private static bool IsAsWide(LegalHold one, LegalHold other) => ReferenceEquals(one, other)
        || (one is { Things.Count: 0, Models.Count: 0, Properties.Count: 0 } && (one.From is null || one.From <= other.From) && (one.To is null || one.To >= other.To));

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
