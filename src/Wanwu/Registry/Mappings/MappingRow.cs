using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

/// <summary>A mapping: its name, and which of its versions holds.</summary>
internal sealed class MappingRow : ISequenced
{
    public required string Id { get; init; }
    public int Version { get; set; }
    /// <summary>Removed mappings stay as rows, so that another process learns of it.</summary>
    public bool IsRemoved { get; set; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; set; }
    public long Sequence { get; set; }
    public List<MappingVersionRow> Versions { get; } = [];
}

/// <summary>One version of a mapping's document, whole.</summary>
internal sealed class MappingVersionRow
{
    public required string MappingId { get; init; }
    public int Version { get; init; }
    public required string Json { get; init; }
    public Timestamp Created { get; init; }
}

internal sealed class MappingRowConfiguration : IEntityTypeConfiguration<MappingRow>, IEntityTypeConfiguration<MappingVersionRow>
{
    public void Configure(EntityTypeBuilder<MappingRow> mapping)
    {
        mapping.ToTable("Mappings");
        mapping.HasKey(row => row.Id);
        mapping.Property(row => row.Version).IsConcurrencyToken();
        mapping.HasIndex(row => row.Sequence);
        mapping.HasMany(row => row.Versions).WithOne().HasForeignKey(row => row.MappingId);
    }

    public void Configure(EntityTypeBuilder<MappingVersionRow> version)
    {
        version.ToTable("MappingVersions");
        version.HasKey(row => new { row.MappingId, row.Version });
    }
}
