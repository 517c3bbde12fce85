using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>A session at the console. Its cookie is worth something only while its row is there: what ends is ended for a stolen cookie, too.</summary>
internal sealed class PersonSessionRow
{
    public Guid Id { get; init; }
    public Guid PersonId { get; init; }
    public Timestamp Began { get; init; }
    /// <summary>When something was last done in it, give or take some minutes.</summary>
    public Timestamp LastActive { get; set; }
    /// <summary>However busy it is.</summary>
    public Timestamp Expires { get; init; }
    public required string Address { get; init; }
    /// <summary>As the browser calls itself, cut.</summary>
    public required string Browser { get; init; }
}

/// <summary>A link by which an account is made, or a new password set, once.</summary>
internal sealed class InvitationRow
{
    public Guid Id { get; init; }
    /// <summary>SHA-256 of the code in the link.</summary>
    public required byte[] Hash { get; init; }
    /// <summary>The account whose password is set; null when one is made.</summary>
    public Guid? PersonId { get; init; }
    /// <summary>The role of the account that is made.</summary>
    public string? Role { get; init; }
    /// <summary>Over what it will hold the role, as in a grant.</summary>
    public string? Organisation { get; init; }
    public string? Region { get; init; }
    public string? Sector { get; init; }
    /// <summary>When the role ends that comes with it; null: it holds until it is ended.</summary>
    public Timestamp? GrantExpires { get; init; }
    /// <summary>For whom it is; said by who invites.</summary>
    public required string Name { get; init; }
    /// <summary>By which an external provider may tell who was invited.</summary>
    public string? Email { get; init; }
    public Timestamp Created { get; init; }
    public required string CreatedBy { get; init; }
    public Timestamp Expires { get; init; }
    /// <summary>When it was used, or taken back.</summary>
    public Timestamp? Ended { get; set; }
    /// <summary>The account that came of it.</summary>
    public Guid? Made { get; set; }

    public GrantScope Scope => new(Organisation, Region, Sector);

    public bool IsOpen(Timestamp now) => Ended is null && Expires > now;
}

internal sealed class PeopleConfiguration : IEntityTypeConfiguration<PersonSessionRow>, IEntityTypeConfiguration<InvitationRow>
{
    public void Configure(EntityTypeBuilder<PersonSessionRow> session)
    {
        session.ToTable("PersonSessions");
        session.Property(row => row.Id).ValueGeneratedNever();
        session.HasIndex(row => row.PersonId);
        session.HasOne<Person>().WithMany().HasForeignKey(row => row.PersonId);
    }

    public void Configure(EntityTypeBuilder<InvitationRow> invitation)
    {
        invitation.ToTable("Invitations");
        invitation.Ignore(row => row.Scope);
        invitation.Property(row => row.Id).ValueGeneratedNever();
        invitation.HasIndex(row => row.Hash).IsUnique();
    }
}
