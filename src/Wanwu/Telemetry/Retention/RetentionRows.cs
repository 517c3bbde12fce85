using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>A retention policy: its name, and how often it was changed. What it says is in its versions.</summary>
internal sealed class RetentionPolicyRow : IToldByVersions
{
    public required string Id { get; init; }
    public int Revision { get; set; }
    public List<RetentionPolicyVersionRow> Versions { get; } = [];

    /// <summary>What it was to say, and what it is to say: the last version that is not cancelled, whether it waits or holds.</summary>
    public IEnumerable<KeyValuePair<string, FieldChange>> Told(Func<object, bool> isNew, Func<object, bool> isChanged)
    {
        var ordered = Versions.OrderBy(version => version.Version).ToList();
        // A version changes but once, when it is cancelled.
        var before = FieldsOf(ordered.LastOrDefault(version => !isNew(version) && (version.Cancelled is null || isChanged(version))));
        var after = FieldsOf(ordered.LastOrDefault(version => version.Cancelled is null));
        foreach (var name in before.Keys.Union(after.Keys))
            if (before.GetValueOrDefault(name) is var old && after.GetValueOrDefault(name) is var made && old != made) yield return new(name, new FieldChange(old, made));
    }

    private Dictionary<string, string?> FieldsOf(RetentionPolicyVersionRow? version)
    {
        if (version is null) return [];
        var fields = new Dictionary<string, string?> { ["effective"] = version.Effective.ToString() };
        if (version.Json is null || PolicyTermsView.Of(RetentionDocument.ParsePolicy(Id, version.Json)) is not { } terms) return fields;
        (fields["note"], fields["property"], fields["model"]) = (terms.Note, terms.Property, terms.Model);
        (fields["organisation"], fields["coldFor"], fields["rollupsFor"]) = (terms.Organisation, terms.ColdFor, terms.RollupsFor);
        return fields;
    }
}

/// <summary>One version of a policy: from when it holds, and who said so. Kept for ever, cancelled ones too.</summary>
internal sealed class RetentionPolicyVersionRow
{
    public required string PolicyId { get; init; }
    public int Version { get; init; }
    /// <summary>The policy; null where it ends.</summary>
    public string? Json { get; init; }
    public Timestamp Made { get; init; }
    public required string MadeBy { get; init; }
    public Timestamp Effective { get; init; }
    public Timestamp? Cancelled { get; set; }
    public string? CancelledBy { get; set; }
}

/// <summary>A legal hold. Kept for ever, lifted ones too.</summary>
internal sealed class LegalHoldRow
{
    public required string Id { get; init; }
    /// <summary>What is held, and why.</summary>
    public required string Json { get; init; }
    public Timestamp Placed { get; init; }
    public required string PlacedBy { get; init; }
    public Timestamp? Lifted { get; set; }
    public string? LiftedBy { get; set; }
    public string? LiftReason { get; set; }
}

internal sealed class RetentionRowConfiguration
    : IEntityTypeConfiguration<RetentionPolicyRow>, IEntityTypeConfiguration<RetentionPolicyVersionRow>, IEntityTypeConfiguration<LegalHoldRow>
{
    public void Configure(EntityTypeBuilder<RetentionPolicyRow> policy)
    {
        policy.ToTable("RetentionPolicies");
        policy.HasKey(row => row.Id);
        policy.Property(row => row.Revision).IsConcurrencyToken();
        policy.HasMany(row => row.Versions).WithOne().HasForeignKey(row => row.PolicyId);
    }

    public void Configure(EntityTypeBuilder<RetentionPolicyVersionRow> version)
    {
        version.ToTable("RetentionPolicyVersions");
        version.HasKey(row => new { row.PolicyId, row.Version });
    }

    public void Configure(EntityTypeBuilder<LegalHoldRow> hold)
    {
        hold.ToTable("LegalHolds");
        hold.HasKey(row => row.Id);
    }
}
