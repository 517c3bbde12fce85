using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Registry.Organisations;

/// <summary>An organisation as the database holds it.</summary>
internal sealed class OrganisationRow : ISequenced
{
    public required string Id { get; init; }
    public string? NameHant { get; set; }
    public string? NameHans { get; set; }
    public string? NameEn { get; set; }
    public string? ParentId { get; set; }
    public string? Uscc { get; set; }
    public string? Sector { get; set; }
    /// <summary>Removed organisations stay as rows, so that another process learns of it.</summary>
    public bool IsRemoved { get; set; }
    public Timestamp Created { get; init; }
    public Timestamp Changed { get; set; }
    public int Revision { get; set; }
    public long Sequence { get; set; }
}

internal sealed class OrganisationRowConfiguration : IEntityTypeConfiguration<OrganisationRow>
{
    public void Configure(EntityTypeBuilder<OrganisationRow> organisation)
    {
        organisation.ToTable("Organisations");
        organisation.HasKey(row => row.Id);
        organisation.Property(row => row.Id).HasMaxLength(ThingRules.MaxOrganisation);
        organisation.Property(row => row.Revision).IsConcurrencyToken();
        organisation.HasIndex(row => row.Sequence);
        organisation.HasIndex(row => row.ParentId);
        organisation.HasIndex(row => row.Uscc).IsUnique().HasFilter("Uscc IS NOT NULL AND IsRemoved = 0");
        organisation.HasOne<OrganisationRow>().WithMany().HasForeignKey(row => row.ParentId).OnDelete(DeleteBehavior.Restrict);
    }
}
