using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>A role given to a person or a program over a part of what there is. Ended ones stay as rows: they say who might do what, and when.</summary>
internal sealed class GrantRow : ISequenced
{
    public Guid Id { get; init; }
    /// <summary>Person or program.</summary>
    public CallerKind SubjectKind { get; init; }
    public Guid Subject { get; init; }
    public required string Role { get; init; }
    /// <summary>The organisation within which it holds; null: whatever the organisation.</summary>
    public string? Organisation { get; init; }
    /// <summary>The region of GB/T 2260 within which it holds; null: wherever.</summary>
    public string? Region { get; init; }
    /// <summary>The sector for whose things it holds; null: for all.</summary>
    public string? Sector { get; init; }
    /// <summary>The highest data class it lets see in clear.</summary>
    public DataClass DataClass { get; init; } = DataClass.Internal;
    /// <summary>For what personal values are handled; null: they are not seen in clear.</summary>
    public string? Purpose { get; init; }
    /// <summary>Of <see cref="Access.LegalBasis"/>.</summary>
    public string? LegalBasis { get; init; }
    public Timestamp Created { get; init; }
    public required string CreatedBy { get; init; }
    /// <summary>Null when it holds until it is ended.</summary>
    public Timestamp? Expires { get; init; }
    public Timestamp? Ended { get; set; }
    public string? EndedBy { get; set; }
    public long Sequence { get; set; }
}

internal sealed class GrantRowConfiguration : IEntityTypeConfiguration<GrantRow>
{
    public void Configure(EntityTypeBuilder<GrantRow> grant)
    {
        grant.ToTable("Grants");
        grant.Property(row => row.Id).ValueGeneratedNever();
        grant.Property(row => row.SubjectKind).HasConversion<string>();
        grant.Property(row => row.DataClass).HasDefaultValue(DataClass.Internal).HasSentinel((DataClass)byte.MaxValue);
        grant.HasIndex(row => row.Subject);
        grant.HasIndex(row => row.Sequence);
    }
}
