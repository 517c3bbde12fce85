using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>A human being with an account.</summary>
internal sealed class Person : IdentityUser<Guid>
{
    public bool IsDisabled { get; set; }
    /// <summary>Null for accounts older than the record of it.</summary>
    public Timestamp? Created { get; init; }
    public Timestamp? LastSignIn { get; set; }
    /// <summary>Null for accounts older than the record of it.</summary>
    public Timestamp? PasswordChanged { get; set; }
    /// <summary>At the next sign-in.</summary>
    public bool MustChangePassword { get; set; }
    /// <summary>Hashes of earlier passwords, newest first; the present one is not among them.</summary>
    public List<string> PasswordHistory { get; set; } = [];
    /// <summary>The authenticator's secret, sealed by the server's keys; null without second factor.</summary>
    public byte[]? SecondFactorSecret { get; set; }
    /// <summary>The step of the last code taken: none is taken twice.</summary>
    public long SecondFactorStep { get; set; }
    /// <summary>By when the second factor has to be set up; null while none was asked for.</summary>
    public Timestamp? SecondFactorDue { get; set; }
    /// <summary>Hashes of the recovery codes that are left.</summary>
    public List<string> RecoveryHashes { get; set; } = [];

    public bool HasSecondFactor => SecondFactorSecret is not null;
}

internal sealed class PersonConfiguration : IEntityTypeConfiguration<Person>, IEntityTypeConfiguration<IdentityUserClaim<Guid>>,
    IEntityTypeConfiguration<IdentityUserLogin<Guid>>, IEntityTypeConfiguration<IdentityUserToken<Guid>>
{
    public void Configure(EntityTypeBuilder<Person> builder)
    {
        builder.ToTable("People");
        builder.Ignore(person => person.HasSecondFactor);
    }

    public void Configure(EntityTypeBuilder<IdentityUserClaim<Guid>> builder) => builder.ToTable("PersonClaims");
    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> builder) => builder.ToTable("PersonLogins");
    public void Configure(EntityTypeBuilder<IdentityUserToken<Guid>> builder) => builder.ToTable("PersonTokens");
}
