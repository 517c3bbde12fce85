using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql.Saved;

/// <summary>A query somebody keeps.</summary>
internal sealed class SavedQueryRow
{
    public required string Id { get; init; }
    public required string Name { get; set; }
    public required string Text { get; set; }
    /// <summary>A JSON object: names of parameters and the values they have at first.</summary>
    public required string Parameters { get; set; }
    /// <summary>IANA zone in which it is asked; null for UTC.</summary>
    public string? Zone { get; set; }
    public CallerKind OwnerKind { get; init; }
    public required string Owner { get; init; }
    public bool IsShared { get; set; }
    public int Revision { get; set; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; set; }
}

internal sealed class SavedQueryConfiguration : IEntityTypeConfiguration<SavedQueryRow>
{
    public void Configure(EntityTypeBuilder<SavedQueryRow> query)
    {
        query.ToTable("SavedQueries");
        query.HasKey(row => row.Id);
        query.HasIndex(row => new { row.OwnerKind, row.Owner });
        query.Property(row => row.Revision).IsConcurrencyToken();
    }
}
