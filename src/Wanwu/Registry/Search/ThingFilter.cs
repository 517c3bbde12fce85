using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Which things a list shows. What is not set, does not filter.</summary>
internal sealed record ThingFilter
{
    public static readonly ThingFilter All = new();

    /// <summary>Words, each of which is found somewhere in name, id or identifiers.</summary>
    public string? Text { get; init; }
    public string? Model { get; init; }
    /// <summary>An organisation; those below it count.</summary>
    public string? Organisation { get; init; }
    /// <summary>Region of GB/T 2260; a province or prefecture (ending in 00) holds what lies in it.</summary>
    public string? Region { get; init; }
    /// <summary>Field of work of the thing's model.</summary>
    public string? Sector { get; init; }
    public ThingId? Gateway { get; init; }
    /// <summary>Scheme (or null for any) and value, in any spelling the scheme accepts.</summary>
    public (string? Scheme, string Value)? Identifier { get; init; }
    /// <summary>Whether they are quarantined; null: either.</summary>
    public bool? Quarantined { get; init; }
    /// <summary>Any of these.</summary>
    public IReadOnlyList<Lifecycle> Lifecycles { get; init; } = [];
    /// <summary>All of these; a null value asks only for the key.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Labels { get; init; } = [];

    /// <summary>Everything but <see cref="Text"/>, which is searched for all things at once.</summary>
    /// <param name="organisations">The tree that says what lies below the organisation.</param>
    public bool Takes(ThingEntry thing, OrganisationTree organisations) => Takes(thing.Realm, organisations) && TakesBesides(thing);

    /// <summary>What is the same for all things of a realm.</summary>
    public bool Takes(Realm realm, OrganisationTree organisations) =>
        (Organisation is null || organisations.IsWithin(realm.Organisation, Organisation))
        && (Region is null || IsWithin(realm.Region, Region))
        && (Sector is null || realm.Sector == Sector);

    /// <summary>Whether there is nothing that <see cref="TakesBesides"/> asks.</summary>
    public bool IsOfRealms => Model is null && Gateway is null && Quarantined is null && Lifecycles.Count == 0 && Identifier is null && Labels.Count == 0;

    /// <summary>What is asked of each thing by itself.</summary>
    public bool TakesBesides(ThingEntry thing) =>
        (Model is null || thing.Model?.Id == Model)
        && (Gateway is null || thing.Gateway == Gateway)
        && (Quarantined is not { } quarantined || quarantined == thing.Quarantine is not null)
        && (Lifecycles.Count == 0 || Lifecycles.Contains(thing.Lifecycle))
        && (Identifier is null || HasIdentifier(thing))
        && HasLabels(thing);

    /// <summary>Whether a region is the wanted one or lies in it.</summary>
    public static bool IsWithin(string? region, string wanted)
    {
        if (region is null) return false;
        var significant = wanted.EndsWith("0000", StringComparison.Ordinal) ? 2 : wanted.EndsWith("00", StringComparison.Ordinal) ? 4 : wanted.Length;
        return region.AsSpan().StartsWith(wanted.AsSpan(0, significant));
    }

    private bool HasIdentifier(ThingEntry thing)
    {
        var (scheme, value) = Identifier!.Value;
        foreach (var identifier in thing.Identifiers)
        {
            if (scheme is not null && identifier.Scheme != scheme) continue;
            if (identifier.Value == value || identifier.Raw == value) return true;
        }
        return false;
    }

    private bool HasLabels(ThingEntry thing)
    {
        foreach (var wanted in Labels)
            if (!thing.Labels.TryGetValue(wanted.Key, out var value) || (wanted.Value is not null && value != wanted.Value)) return false;
        return true;
    }
}
