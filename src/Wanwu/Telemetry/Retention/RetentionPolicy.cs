using Wanwu.Registry.Organisations;

namespace Wanwu.Telemetry.Retention;

/// <summary>What a series is, for a policy to name: whose it is, and what it says.</summary>
/// <param name="Organisations">The tree that says what lies below what.</param>
internal readonly record struct SeriesClass(string Thing, string? Model, string? Organisation, string Property, OrganisationTree Organisations)
{
    public bool IsWithin(string organisation) => Organisations.IsWithin(Organisation, organisation);
}

/// <summary>How long observations of a class are kept, and their rollups as long or longer.</summary>
/// <remarks>What a policy does not name, it takes all of. An organisation takes in those below it.</remarks>
internal sealed record RetentionPolicy
{
    /// <summary>The policy of the whole installation; it names nothing, and is always there.</summary>
    public const string DefaultId = "default";

    public required string Id { get; init; }
    /// <summary>Why it is so, for people.</summary>
    public string? Note { get; init; }
    public string? Property { get; init; }
    public string? Model { get; init; }
    public string? Organisation { get; init; }
    /// <summary>How old an observation may become, hot or cold; null for ever.</summary>
    public KeepFor? ColdFor { get; init; }
    /// <summary>How old rollups may become, at least as old as observations; null for as long as these.</summary>
    public KeepFor? RollupsFor { get; init; }

    /// <summary>Times before this have been kept long enough, as observations and as rollups.</summary>
    public (long Raw, long Rollups) CutoffsAt(long now) =>
        ColdFor is not { } cold ? (long.MinValue, long.MinValue) : (cold.CutoffAt(now), Math.Min(cold.CutoffAt(now), (RollupsFor ?? cold).CutoffAt(now)));

    public bool Takes(in SeriesClass series) =>
        (Property is null || Property == series.Property) && (Model is null || Model == series.Model) && (Organisation is null || series.IsWithin(Organisation));

    public bool IsSameClass(RetentionPolicy other) => (Property, Model, Organisation) == (other.Property, other.Model, other.Organisation);

    /// <summary>Whether both name a property or neither, and a model likewise: then the nearer organisation decides.</summary>
    public bool IsAsNarrow(RetentionPolicy other) => (Property is null, Model is null) == (other.Property is null, other.Model is null);

    /// <summary>Which of two stands before the other: the one that names a property; then the one that names a model; then the one that names an organisation.</summary>
    public static int CompareOrder(RetentionPolicy one, RetentionPolicy other)
    {
        var order = (other.Property is not null).CompareTo(one.Property is not null);
        if (order == 0) order = (other.Model is not null).CompareTo(one.Model is not null);
        if (order == 0) order = (other.Organisation is not null).CompareTo(one.Organisation is not null);
        return order != 0 ? order : string.CompareOrdinal(one.Id, other.Id);
    }
}

/// <summary>The policies that hold together at one moment.</summary>
internal sealed class PolicySet
{
    private static readonly RetentionPolicy Forever = new() { Id = RetentionPolicy.DefaultId };
    private readonly RetentionPolicy[] _ordered;

    public PolicySet(IEnumerable<RetentionPolicy> policies)
    {
        _ordered = [.. policies];
        Array.Sort(_ordered, RetentionPolicy.CompareOrder);
    }

    /// <summary>The most specific policy that takes the series; of several that differ by organisation alone the nearest one's.</summary>
    public RetentionPolicy For(in SeriesClass series)
    {
        RetentionPolicy? first = null;
        foreach (var policy in _ordered)
        {
            if (!policy.Takes(series)) continue;
            if (first is null) first = policy;
            else if (!first.IsAsNarrow(policy) || policy.Organisation is null) break;
            // Both take the series, so one of the two lies within the other.
            else if (series.Organisations.IsWithin(policy.Organisation, first.Organisation!)) first = policy;
        }
        return first ?? Forever;
    }

    public bool HasLimits => Array.Exists(_ordered, policy => policy.ColdFor is not null);
}
