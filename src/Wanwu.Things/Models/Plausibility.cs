namespace Wanwu.Things;

/// <summary>What a property's values look like when all is well; a value beyond it is kept and marked <see cref="Quality.Suspect"/>. Numbers are in the property's unit.</summary>
/// <remarks>
/// Apart from <see cref="DataSchema.Minimum"/> and <see cref="DataSchema.Maximum"/>, beyond which a value is refused. The four checks are those of the basic
/// quality control of WMO-No. 8 (plausible value, time consistency, persistence) and, for spikes, the identifier of Hampel.
/// </remarks>
public sealed record Plausibility
{
    public PlausibleRange? Range { get; init; }
    public PlausibleRate? Rate { get; init; }
    public StuckRule? Stuck { get; init; }
    public SpikeRule? Spike { get; init; }

    public bool IsEmpty => Range is null && Rate is null && Stuck is null && Spike is null;
}

/// <summary>What is suspect below or above; one of the two may be open.</summary>
public sealed record PlausibleRange(double? Minimum, double? Maximum);

/// <summary>How much the value can change within a time; over a longer time it can change as many times more.</summary>
public sealed record PlausibleRate(double Change, TimeSpan Within);

/// <summary>How long a value can stay the same: more reports than <paramref name="Reports"/>, or longer than <paramref name="For"/>, is suspect.</summary>
/// <param name="Within">Values that depart no more than this from the first of the run are the same.</param>
/// <param name="Except">Values that may last, as 0 of a rain gauge.</param>
public sealed record StuckRule(int? Reports, TimeSpan? For, double Within, IReadOnlyList<double> Except);

/// <summary>How far a value can be from the median of the values before it.</summary>
/// <param name="Window">How many values before it count; with fewer, nothing is suspect.</param>
/// <param name="Limit">Largest departure from the median, or null when the spread of the values decides.</param>
/// <param name="Deviations">Largest departure in standard deviations, which are estimated as 1.4826 × the median of the departures (Hampel).</param>
/// <param name="Least">With <paramref name="Deviations"/>: a departure up to this is never suspect, however calm the values before it were.</param>
/// <param name="Gap">After a pause longer than this the window begins anew.</param>
public sealed record SpikeRule(int Window, double? Limit, double? Deviations, double Least, TimeSpan? Gap)
{
    public const int SmallestWindow = 3;
    public const int LargestWindow = 63;
}

/// <summary>The checks of a <see cref="Plausibility"/>, as bits: a value may fail several.</summary>
[Flags]
#pragma warning disable CA1028 // One byte for each observation on its way.
public enum PlausibilityCheck : byte
#pragma warning restore CA1028
{
    None = 0,
    Range = 1,
    Rate = 2,
    Stuck = 4,
    Spike = 8,
}
