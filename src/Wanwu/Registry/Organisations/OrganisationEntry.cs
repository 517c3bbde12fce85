using Wanwu.Things;

namespace Wanwu.Registry.Organisations;

/// <summary>What is known of one organisation, as it stood at one moment.</summary>
/// <remarks>Immutable; a change makes a new entry and with it a new <see cref="OrganisationTree"/>.</remarks>
internal sealed class OrganisationEntry
{
    public required string Id { get; init; }
    public required LocalizedText Name { get; init; }
    /// <summary>The organisation it belongs to; null at the top.</summary>
    public string? Parent { get; init; }
    /// <summary>Unified social credit code of GB 32100, in its canonical form.</summary>
    public string? Uscc { get; init; }
    public string? Sector { get; init; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; init; }
    /// <summary>Counts the changes of this organisation; its ETag.</summary>
    public int Revision { get; init; }
}
