using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Stretches of time and series put together and cut out of one another.</summary>
internal static class Areas
{
    /// <summary>What two have in common; null if nothing.</summary>
    public static ColdSpan? And(this ColdSpan area, ColdSpan other) => area.Meets(other)
        ? new ColdSpan(Math.Max(area.From, other.From), Math.Min(area.To, other.To), Math.Max(area.LowSeries, other.LowSeries), Math.Min(area.HighSeries, other.HighSeries))
        : null;

    public static List<ColdSpan> And(this IEnumerable<ColdSpan> areas, ColdSpan other) => [.. areas.Select(area => area.And(other)).OfType<ColdSpan>()];

    /// <summary>What is left of areas that lie apart; it lies apart again.</summary>
    public static List<ColdSpan> Without(this IEnumerable<ColdSpan> areas, ColdSpan taken)
    {
        var left = new List<ColdSpan>();
        foreach (var area in areas)
        {
            if (area.And(taken) is not { } gone)
            {
                left.Add(area);
                continue;
            }
            if (area.From < gone.From) left.Add(area with { To = gone.From });
            if (gone.To < area.To) left.Add(area with { From = gone.To });
            if (area.LowSeries < gone.LowSeries) left.Add(gone with { LowSeries = area.LowSeries, HighSeries = gone.LowSeries - 1 });
            if (gone.HighSeries < area.HighSeries) left.Add(gone with { LowSeries = gone.HighSeries + 1, HighSeries = area.HighSeries });
        }
        return left;
    }

    public static List<ColdSpan> Without(this IEnumerable<ColdSpan> areas, IEnumerable<ColdSpan> taken) =>
        taken.Aggregate(areas.ToList(), (left, one) => left.Without(one));
}
