using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>A program's right to ask. The token itself is known to the program alone; kept is its SHA-256.</summary>
internal sealed class AccessTokenRow
{
    public Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Role { get; init; }
    public required byte[] Hash { get; init; }
    public Timestamp Created { get; init; }
    /// <summary>Null when it holds until it is revoked.</summary>
    public Timestamp? Expires { get; init; }
    public Timestamp? Revoked { get; set; }
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
    }

    public void Configure(EntityTypeBuilder<SetupCodeRow> code)
    {
        code.ToTable("SetupCode");
        code.Property(row => row.Id).ValueGeneratedNever();
    }
}
