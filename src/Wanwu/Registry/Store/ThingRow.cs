using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>A thing as the database holds it.</summary>
internal sealed class ThingRow : ISequenced
{
    public required ThingId Id { get; init; }
    public string? NameHant { get; set; }
    public string? NameHans { get; set; }
    public string? NameEn { get; set; }
    public string? ModelId { get; set; }
    public Lifecycle Lifecycle { get; set; }
    public string? Organisation { get; set; }
    public string? Region { get; set; }
    /// <summary>IANA name; null when the zone follows from the region.</summary>
    public string? Zone { get; set; }
    public ThingId? GatewayId { get; set; }
    public double? Latitude { get; set; }
    public double? Longitude { get; set; }
    /// <summary>A JSON object of texts, or null.</summary>
    public string? Labels { get; set; }
    /// <summary>Salt and hash (<see cref="ThingSecret"/>).</summary>
    public byte[]? Secret { get; set; }
    /// <summary>The secret before it, which holds until <see cref="FormerEnds"/>.</summary>
    public byte[]? FormerSecret { get; set; }
    public Timestamp? FormerEnds { get; set; }
    /// <summary>Whether the former secret ends when the new one is used.</summary>
    public bool FormerEndsAtUse { get; set; }
    /// <summary>Why nothing is taken from the thing; null when it is.</summary>
    public string? QuarantineReason { get; set; }
    public Timestamp? Quarantined { get; set; }
    public string? QuarantinedBy { get; set; }
    /// <summary>The registration key with which the thing may fetch a secret, once.</summary>
    public Guid? RegistersWith { get; set; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; set; }
    public int Revision { get; set; }
    public long Sequence { get; set; }
    public List<IdentifierRow> Identifiers { get; } = [];

    public LocalizedText Name
    {
        get => LocalizedText.Of(NameHant, NameHans, NameEn);
        set => (NameHant, NameHans, NameEn) = (value.TraditionalChinese, value.SimplifiedChinese, value.English);
    }
}

/// <summary>A row that says at which change of the registry it last changed. <see cref="RegistryWriter"/> numbers them.</summary>
internal interface ISequenced
{
    long Sequence { get; set; }
}

/// <summary>One public name of a thing. No two things in use bear the same one.</summary>
internal sealed class IdentifierRow
{
    public ThingId ThingId { get; init; }
    public required string Scheme { get; init; }
    public required string Value { get; init; }
    public required string Raw { get; init; }
    /// <summary>False once its thing is retired: then another thing may take the name.</summary>
    public bool InUse { get; set; } = true;
}

internal sealed class ThingRowConfiguration : IEntityTypeConfiguration<ThingRow>
{
    public void Configure(EntityTypeBuilder<ThingRow> thing)
    {
        thing.ToTable("Things");
        thing.HasKey(row => row.Id);
        thing.Ignore(row => row.Name);
        thing.Property(row => row.Revision).IsConcurrencyToken();
        thing.HasIndex(row => row.Sequence);
        thing.HasIndex(row => row.ModelId);
        thing.HasIndex(row => row.GatewayId);
        thing.HasOne<ModelRow>().WithMany().HasForeignKey(row => row.ModelId).OnDelete(DeleteBehavior.Restrict);
        thing.HasOne<ThingRow>().WithMany().HasForeignKey(row => row.GatewayId).OnDelete(DeleteBehavior.Restrict);
        thing.HasMany(row => row.Identifiers).WithOne().HasForeignKey(row => row.ThingId);
    }
}

internal sealed class IdentifierRowConfiguration : IEntityTypeConfiguration<IdentifierRow>
{
    public void Configure(EntityTypeBuilder<IdentifierRow> identifier)
    {
        identifier.ToTable("ThingIdentifiers");
        identifier.HasKey(row => new { row.ThingId, row.Scheme, row.Value });
        identifier.HasIndex(row => new { row.Scheme, row.Value }).IsUnique().HasFilter("InUse = 1");
    }
}
