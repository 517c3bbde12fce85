using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>What must not expire, whatever the policies say, until a person lifts it.</summary>
/// <remarks>Of each list that is not empty one must fit. A hold that names nothing holds everything in its time.</remarks>
internal sealed record LegalHold
{
    public required string Id { get; init; }
    public required string Reason { get; init; }
    public IReadOnlyList<string> Things { get; init; } = [];
    public IReadOnlyList<string> Models { get; init; } = [];
    public IReadOnlyList<string> Organisations { get; init; } = [];
    public IReadOnlyList<string> Properties { get; init; } = [];
    /// <summary>First time held; null from the beginning.</summary>
    public Timestamp? From { get; init; }
    /// <summary>End of what is held, exclusive; null without end.</summary>
    public Timestamp? To { get; init; }
    public Timestamp Placed { get; init; }
    public required string PlacedBy { get; init; }
    public Timestamp? Lifted { get; init; }
    public string? LiftedBy { get; init; }
    public string? LiftReason { get; init; }

    public bool Takes(in SeriesClass series)
    {
        if (Things.Count > 0 && !Things.Contains(series.Thing)) return false;
        if (Models.Count > 0 && (series.Model is null || !Models.Contains(series.Model))) return false;
        if (Properties.Count > 0 && !Properties.Contains(series.Property)) return false;
        if (Organisations.Count == 0) return true;
        foreach (var top in Organisations)
            if (series.IsWithin(top)) return true;
        return false;
    }
}
