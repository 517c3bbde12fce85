using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Rollups.Kept;

/// <summary>What rollups know of many series' time whose observations have expired. It adds up with all else there is of them.</summary>
/// <remarks>Belongs to one question.</remarks>
internal sealed class KeptRelation(SeriesRelations relations, DuckDBConnection connection, ColdView cold, PickedSeries picked)
{
    /// <summary>Rows (<see cref="RollupSql.Columns"/>) of the coarsest level that has whole units, and of finer ones at the edges; what the edges cut is left out.</summary>
    /// <param name="levels">As <see cref="RollupQuestion.Levels"/>.</param>
    /// <param name="isJoined">Whether the asker joins the rows with the picked table, so that others need not be left out here.</param>
    public List<string> Parts(long from, long to, IReadOnlyList<RollupUnits> levels, bool isJoined)
    {
        var (parts, needed) = (new List<string>(), Intervals.Of(from, to));
        foreach (var units in cold.AllKept.Count == 0 ? [] : levels)
        {
            var files = Files(units.Level, from, to);
            // Hours at the edges must not reach into a day that is counted, so days are of use that begin with an hour, or alone.
            if (files.Count == 0 || !files.TrueForAll(file => relations.Fits(units, connection, cold, picked, file)) || (levels.Count > 1 && !IsWholeHours(units, from, to))) continue;
            var whole = Intervals.Of(units.Ceiling(from), units.Floor(to));
            var taken = needed.And(whole);
            if (taken.IsEmpty) continue;
            parts.Add($"""
                SELECT {RollupSql.FromFile} FROM {cold.Parquet(files)} c{(isJoined ? "" : $" SEMI JOIN {picked.Table} p ON p.series = c.series")}
                WHERE {string.Join(" OR ", taken.All.Select(one => $"(c.start >= {ColdSql.Instant(one.From)} AND c.finish <= {ColdSql.Instant(one.To)})"))}
                """);
            needed = needed.Without(whole);
        }
        return parts;
    }

    private static bool IsWholeHours(RollupUnits units, long from, long to) => units.Level.IsUtc() || DayExpression.IsHourly(units.Zone, from, to);

    private List<ColdFile> Files(RollupLevel level, long from, long to) =>
        [.. cold.Kept(level).Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= picked.Highest && file.LastSeries >= picked.Lowest)];
}
