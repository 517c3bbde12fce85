using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>A certificate that the device authority has issued. What is not here it has not issued, whatever its signature says.</summary>
internal sealed class CertificateRow
{
    /// <summary>Hexadecimal, in capitals, as tools print it.</summary>
    public required string Serial { get; init; }
    public ThingId ThingId { get; init; }
    /// <summary>SHA-256 of the whole certificate.</summary>
    public required string Thumbprint { get; init; }
    /// <summary>SHA-256 of its public key.</summary>
    public required string Spki { get; init; }
    public Timestamp NotBefore { get; init; }
    public Timestamp NotAfter { get; init; }
    public Timestamp Issued { get; init; }
    /// <summary>Serial of the certificate by which the thing asked for this one; null when it asked by its password, or somebody else did.</summary>
    public string? Via { get; init; }
    public Timestamp? Revoked { get; set; }
    /// <summary>One of <see cref="RevocationReasons"/>.</summary>
    public string? Reason { get; set; }
}

internal sealed class CertificateRowConfiguration : IEntityTypeConfiguration<CertificateRow>
{
    public void Configure(EntityTypeBuilder<CertificateRow> certificate)
    {
        certificate.ToTable("Certificates");
        certificate.HasKey(row => row.Serial);
        certificate.HasIndex(row => row.ThingId);
        certificate.HasIndex(row => row.Spki);
        certificate.HasIndex(row => row.Revoked);
        certificate.HasOne<ThingRow>().WithMany().HasForeignKey(row => row.ThingId).OnDelete(DeleteBehavior.Restrict);
    }
}
