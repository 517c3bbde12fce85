using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>A thing model: its name, and which of its versions holds.</summary>
internal sealed class ModelRow : ISequenced
{
    public required string Id { get; init; }
    /// <summary>The newest version.</summary>
    public int Version { get; set; }
    /// <summary>Removed models stay as rows, so that another process learns of it and no name is ever used for two models.</summary>
    public bool IsRemoved { get; set; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; set; }
    public long Sequence { get; set; }
    public List<ModelVersionRow> Versions { get; } = [];
}

/// <summary>One version of a thing model, whole, as it was given.</summary>
internal sealed class ModelVersionRow
{
    public required string ModelId { get; init; }
    public int Version { get; init; }
    /// <summary>W3C WoT Thing Model (JSON-LD).</summary>
    public required string Json { get; init; }
    public Timestamp Created { get; init; }
}

internal sealed class ModelRowConfiguration : IEntityTypeConfiguration<ModelRow>, IEntityTypeConfiguration<ModelVersionRow>
{
    public void Configure(EntityTypeBuilder<ModelRow> model)
    {
        model.ToTable("Models");
        model.HasKey(row => row.Id);
        model.Property(row => row.Version).IsConcurrencyToken();
        model.HasIndex(row => row.Sequence);
        model.HasMany(row => row.Versions).WithOne().HasForeignKey(row => row.ModelId);
    }

    public void Configure(EntityTypeBuilder<ModelVersionRow> version)
    {
        version.ToTable("ModelVersions");
        version.HasKey(row => new { row.ModelId, row.Version });
    }
}
