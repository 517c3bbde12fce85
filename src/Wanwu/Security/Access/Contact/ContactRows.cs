using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>Who shows this identifier of this scheme, from there and with that secret, is this thing.</summary>
internal sealed class BindingRow : ISequenced
{
    public Guid Id { get; init; }
    public required string Scheme { get; init; }
    /// <summary>In the scheme's canonical form.</summary>
    public required string Value { get; init; }
    public required ThingId ThingId { get; set; }
    /// <summary>Sealed; what is sealed is salt and hash, or the secret itself where <see cref="IsClear"/>. Null: none is asked for.</summary>
    public byte[]? Secret { get; set; }
    /// <summary>Whether the protocol needs the secret itself to compare or to compute with.</summary>
    public bool IsClear { get; set; }
    /// <summary>Networks it may come from, with spaces between; null: from anywhere.</summary>
    public string? Networks { get; set; }
    public bool IsRemoved { get; set; }
    public Timestamp Created { get; init; }
    public required string CreatedBy { get; init; }
    public long Sequence { get; set; }
}

/// <summary>An identifier, or a network, that is refused at every door for devices.</summary>
internal sealed class BanRow : ISequenced
{
    public Guid Id { get; init; }
    public string? Scheme { get; init; }
    public string? Value { get; init; }
    public string? Network { get; init; }
    public required string Reason { get; init; }
    public Timestamp Created { get; init; }
    public required string CreatedBy { get; init; }
    public Timestamp? Expires { get; init; }
    public Timestamp? Ended { get; set; }
    public string? EndedBy { get; set; }
    public long Sequence { get; set; }
}

/// <summary>What devices of one kind share to register themselves with, and what becomes of those that do.</summary>
internal sealed class RegistrationKeyRow : ISequenced
{
    public Guid Id { get; init; }
    public required string Name { get; init; }
    /// <summary>SHA-256 of the key, which is random.</summary>
    public required byte[] Hash { get; init; }
    public string? ModelId { get; init; }
    public string? Organisation { get; init; }
    public string? Region { get; init; }
    public ThingId? GatewayId { get; init; }
    /// <summary>Of the identifiers that devices claim.</summary>
    public required string Scheme { get; init; }
    public bool NeedsApproval { get; init; }
    public int? AtMost { get; init; }
    public int Used { get; set; }
    /// <summary>Identifiers that may register, one a line, <c>*</c> for any characters; null: any.</summary>
    public string? Allowed { get; init; }
    public string? Networks { get; init; }
    public Timestamp Created { get; init; }
    public required string CreatedBy { get; init; }
    public Timestamp? Expires { get; init; }
    public Timestamp? Ended { get; set; }
    public string? EndedBy { get; set; }
    public long Sequence { get; set; }
}

/// <summary>Somebody who came to a door and whom nobody knows.</summary>
internal sealed class UnknownDeviceRow
{
    public Guid Id { get; init; }
    public required string Door { get; init; }
    public required string Scheme { get; init; }
    /// <summary>What it claims to be, as it said it.</summary>
    public required string Value { get; init; }
    public Timestamp First { get; init; }
    public Timestamp Last { get; set; }
    public long Count { get; set; }
    public required string Address { get; set; }
    /// <summary>What it said besides.</summary>
    public string? Said { get; set; }
    /// <summary>The registration key it showed.</summary>
    public Guid? RegistersWith { get; set; }
    /// <summary>Whether it waits to be let in, with a key that asks for approval.</summary>
    public bool IsWaiting { get; set; }
    /// <summary>Salt and hash of what it showed as its secret, sealed.</summary>
    public byte[]? Secret { get; set; }
}

internal sealed class BindingRowConfiguration : IEntityTypeConfiguration<BindingRow>
{
    public void Configure(EntityTypeBuilder<BindingRow> binding)
    {
        binding.ToTable("Bindings");
        binding.Property(row => row.Id).ValueGeneratedNever();
        binding.HasIndex(row => new { row.Scheme, row.Value }).IsUnique().HasFilter("IsRemoved = 0");
        binding.HasIndex(row => row.ThingId);
        binding.HasIndex(row => row.Sequence);
        binding.HasOne<ThingRow>().WithMany().HasForeignKey(row => row.ThingId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class BanRowConfiguration : IEntityTypeConfiguration<BanRow>
{
    public void Configure(EntityTypeBuilder<BanRow> ban)
    {
        ban.ToTable("Bans");
        ban.Property(row => row.Id).ValueGeneratedNever();
        ban.HasIndex(row => row.Sequence);
    }
}

internal sealed class RegistrationKeyRowConfiguration : IEntityTypeConfiguration<RegistrationKeyRow>
{
    public void Configure(EntityTypeBuilder<RegistrationKeyRow> key)
    {
        key.ToTable("RegistrationKeys");
        key.Property(row => row.Id).ValueGeneratedNever();
        key.Property(row => row.Used).IsConcurrencyToken();
        key.HasIndex(row => row.Sequence);
    }
}

internal sealed class UnknownDeviceRowConfiguration : IEntityTypeConfiguration<UnknownDeviceRow>
{
    public void Configure(EntityTypeBuilder<UnknownDeviceRow> device)
    {
        device.ToTable("UnknownDevices");
        device.Property(row => row.Id).ValueGeneratedNever();
        device.HasIndex(row => new { row.Door, row.Scheme, row.Value }).IsUnique();
    }
}
