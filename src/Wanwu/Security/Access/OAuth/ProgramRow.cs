using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore.Models;
using Wanwu.Things;

namespace Wanwu.Security.Access.OAuth;

/// <summary>A program that signs in by OAuth 2.1: what OpenIddict keeps of a client, and what this house adds.</summary>
internal sealed class ProgramRow : OpenIddictEntityFrameworkCoreApplication<Guid, ProgramGrantRow, IssuedTokenRow>
{
    /// <summary>The organisation whose administrators look after it; null: those of all.</summary>
    public string? Organisation { get; set; }
    public Timestamp Created { get; init; }
    /// <summary>Since when nothing of it is taken any more; null while it may sign in.</summary>
    public Timestamp? Disabled { get; set; }
    /// <summary>The secret before the last change, hashed, so that a program can be given the new one while the old one still works.</summary>
    public string? PreviousSecret { get; set; }
    public Timestamp? PreviousSecretUntil { get; set; }
}

/// <summary>What a person once let a program do: all tokens that came of it hang on it, and end with it.</summary>
internal sealed class ProgramGrantRow : OpenIddictEntityFrameworkCoreAuthorization<Guid, ProgramRow, IssuedTokenRow>;

/// <summary>A code or token that was handed out. Kept are a hash of its text and its sealed content.</summary>
internal sealed class IssuedTokenRow : OpenIddictEntityFrameworkCoreToken<Guid, ProgramRow, ProgramGrantRow>;

/// <summary>OpenIddict asks for such a table; scopes are permissions here, and are not kept.</summary>
internal sealed class ScopeRow : OpenIddictEntityFrameworkCoreScope<Guid>;

internal sealed class ProgramConfiguration : IEntityTypeConfiguration<ProgramRow>, IEntityTypeConfiguration<ProgramGrantRow>,
    IEntityTypeConfiguration<IssuedTokenRow>, IEntityTypeConfiguration<ScopeRow>
{
    public void Configure(EntityTypeBuilder<ProgramRow> program)
    {
        program.ToTable("Programs");
        program.HasMany(row => row.Authorizations).WithOne(grant => grant.Application).OnDelete(DeleteBehavior.Cascade);
        program.HasMany(row => row.Tokens).WithOne(token => token.Application).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<ProgramGrantRow> grant)
    {
        grant.ToTable("ProgramGrants");
        grant.HasMany(row => row.Tokens).WithOne(token => token.Authorization).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<IssuedTokenRow> token) => token.ToTable("IssuedTokens");
    public void Configure(EntityTypeBuilder<ScopeRow> scope) => scope.ToTable("ProgramScopes");
}
