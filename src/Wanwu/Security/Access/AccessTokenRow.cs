using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>A program's right to ask, or a person's by way of a program. The token itself is known to the program alone; kept is its SHA-256.</summary>
internal sealed class AccessTokenRow
{
    public Guid Id { get; init; }
    public required string Name { get; init; }
    /// <summary>The person for whom the token speaks; null for a program.</summary>
    public Guid? Owner { get; init; }
    /// <summary>Names of the permissions to which it is narrowed; null when it is not.</summary>
    public string? Scope { get; init; }
    public required byte[] Hash { get; init; }
    public Timestamp Created { get; init; }
    /// <summary>Null when it holds until it is revoked.</summary>
    public Timestamp? Expires { get; init; }
    public Timestamp? Revoked { get; set; }
    /// <summary>To the minute, and written some time after.</summary>
    public Timestamp? LastUsed { get; set; }
    public string? LastUsedFrom { get; set; }
}

/// <summary>The right to make the first administrator, handed out on the server's own screen.</summary>
internal sealed class SetupCodeRow
{
    public const int OnlyId = 1;
    public int Id { get; init; } = OnlyId;
    public required byte[] Hash { get; set; }
    public Timestamp Expires { get; set; }
}

internal sealed class AccessTokenConfiguration : IEntityTypeConfiguration<AccessTokenRow>, IEntityTypeConfiguration<SetupCodeRow>
{
    public void Configure(EntityTypeBuilder<AccessTokenRow> token)
    {
        token.ToTable("AccessTokens");
        token.Property(row => row.Id).ValueGeneratedNever();
        token.HasIndex(row => row.Hash).IsUnique();
        token.HasIndex(row => row.Owner);
    }

    public void Configure(EntityTypeBuilder<SetupCodeRow> code)
    {
        code.ToTable("SetupCode");
        code.Property(row => row.Id).ValueGeneratedNever();
    }
}
