using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>What is known of one thing, as it stood at one moment.</summary>
/// <remarks>Held in memory for every thing and replaced whole on change: whoever holds one sees a consistent thing, without a lock, for as long as needed.</remarks>
internal sealed class ThingEntry
{
    public required ThingId Id { get; init; }
    public required LocalizedText Name { get; init; }
    /// <summary>What the thing can say, or null: then it may say anything.</summary>
    public ModelEntry? Model { get; init; }
    public Lifecycle Lifecycle { get; init; }
    public string? Organisation { get; init; }
    /// <summary>Six digits of GB/T 2260.</summary>
    public string? Region { get; init; }
    /// <summary>The zone in which the thing's days and months are cut and its local times are read.</summary>
    public required TimeZoneInfo Zone { get; init; }
    /// <summary>Whether <see cref="Zone"/> was set for this thing; otherwise it follows from the region.</summary>
    public bool HasOwnZone { get; init; }
    /// <summary>The gateway that may report for this thing.</summary>
    public ThingId? Gateway { get; init; }
    public Place? Place { get; init; }
    public IReadOnlyList<ThingIdentifier> Identifiers { get; init; } = [];
    public ThingLabels Labels { get; init; } = ThingLabels.None;
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; init; }
    /// <summary>Counts the changes of this thing; its ETag.</summary>
    public int Revision { get; init; }
    /// <summary>Position in the order of all changes of the registry.</summary>
    internal long Sequence { get; init; }
    /// <summary>What proves that a peer is this thing, or null when it has no credentials.</summary>
    internal ThingSecret? Secret { get; init; }
    /// <summary>The secret before it, while both hold; null when there is none.</summary>
    internal FormerSecret? Former { get; init; }
    /// <summary>Why nothing is taken from the thing at present; null when it is.</summary>
    internal Quarantine? Quarantine { get; init; }
    /// <summary>The registration key with which the thing may fetch a secret, once.</summary>
    internal Guid? RegistersWith { get; init; }
    /// <summary>Position in the search index; given when the thing is first seen and kept.</summary>
    internal int Slot { get; set; } = -1;
    /// <summary>By which it is decided who may do what to it; given when it enters the directory.</summary>
    internal Realm Realm { get => field ?? Realm.Of(Organisation, Region, Model?.Model.Sector); set; }

    /// <summary>Field of work, which is that of its model.</summary>
    public string? Sector => Model?.Model.Sector;

    public bool IsRetired => Lifecycle == Lifecycle.Retired;
}

/// <summary>That nothing is taken from a thing, until it is released.</summary>
internal sealed record Quarantine(string Reason, Timestamp Since, string By)
{
    public const int MaxReason = 400;

    /// <summary>What a refused peer is told.</summary>
    public string Sentence(ThingId thing) => $"The thing {thing} is quarantined: {Reason}";
}

/// <summary>A place on WGS-84, in degrees.</summary>
internal readonly record struct Place(double Lat, double Lon);

/// <summary>A public name of a thing, checked by its scheme when it was given.</summary>
/// <param name="Scheme">The scheme's key, as <c>eui64</c>.</param>
/// <param name="Value">The canonical form.</param>
/// <param name="Raw">The text as it was given.</param>
internal readonly record struct ThingIdentifier(string Scheme, string Value, string Raw);
