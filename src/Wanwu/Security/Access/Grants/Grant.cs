using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Whether an organisation is another one or anywhere below it.</summary>
internal delegate bool OrganisationIsWithin(string? organisation, string ancestor);

/// <summary>A part of what there is: the things within an organisation, a region and a sector. What is null does not narrow.</summary>
internal sealed record GrantScope(string? Organisation, string? Region, string? Sector)
{
    public static readonly GrantScope Everything = new(null, null, null);

    public bool IsEverything => Organisation is null && Region is null && Sector is null;

    /// <summary>Whether things of the realm are within it.</summary>
    public bool Holds(Realm realm, OrganisationIsWithin isWithin) =>
        (Organisation is null || isWithin(realm.Organisation, Organisation))
        && (Region is null || ThingFilter.IsWithin(realm.Region, Region))
        && (Sector is null || realm.Sector == Sector);

    /// <summary>Whether all of the other part is within it.</summary>
    public bool Covers(GrantScope other, OrganisationIsWithin isWithin) =>
        (Organisation is null || (other.Organisation is not null && isWithin(other.Organisation, Organisation)))
        && (Region is null || ThingFilter.IsWithin(other.Region, Region))
        && (Sector is null || other.Sector == Sector);

    /// <summary>As in a sentence for people who read logs.</summary>
    public override string ToString() => IsEverything ? "everything"
        : string.Join(", ", new[] { ("organisation", Organisation), ("region", Region), ("sector", Sector) }.Where(part => part.Item2 is not null).Select(part => $"{part.Item1} {part.Item2}"));
}

/// <summary>A role that a person or a program holds over a part of what there is.</summary>
/// <param name="Kind">Person or program.</param>
/// <param name="Subject">The account's or token's own id, as <see cref="Caller.Id"/>.</param>
internal sealed record Grant(Guid Id, CallerKind Kind, string Subject, string Role, GrantScope Scope, Timestamp Created, string CreatedBy, Timestamp? Expires)
{
    /// <summary>What of the values it lets see in clear, where its role lets see values.</summary>
    public GrantSight Sight { get; init; } = GrantSight.Usual;
}
