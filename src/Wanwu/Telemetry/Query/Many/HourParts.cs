using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>
/// What there is of some lines, as parts that add up: rollups of whole hours where they answer exactly, observations everywhere else. A relation
/// <c>parts(line, quality, t, count, n, sum, min, max, first, first_at, last, last_at)</c>.
/// </summary>
/// <remarks>
/// Of use only where range and buckets are cut at whole hours of UTC. An hour counts if it is before the watermark, if each file that meets it and the picked
/// series has its rollups, and if nothing came late into it; where only rollups are left, what came late is added to them. Belongs to one question.
/// </remarks>
internal sealed class HourParts(Asked asked, PickedSeries picked, SeriesRelations relations)
{
    private const string RollupColumns = "quality, start AS t, count, n, sum, min, max, first, first_at, last, last_at";
    private const string RowColumns =
        "quality, t, 1::BIGINT AS count, (n IS NOT NULL)::BIGINT AS n, n AS sum, n AS min, n AS max, n AS first, CASE WHEN n IS NOT NULL THEN t END AS first_at, n AS last, CASE WHEN n IS NOT NULL THEN t END AS last_at";
    private static readonly string Hour = RollupSql.Floor("t", RollupLevel.Hour);

    /// <summary>The text of a SELECT; null where no rollup is of use, and the observations alone are the better question.</summary>
    public string? Of(long from, long to)
    {
        (from, to) = (RollupLevels.HourOf(Math.Max(from, picked.First)), RollupLevels.HourOf(Math.Min(to, picked.Last + 1) + RollupLevels.MicrosecondsPerHour - 1));
        var watermark = RollupManifest.Watermark(asked.Connection);
        var files = Meeting(asked.Cold.All, from, to);
        var hours = Meeting(asked.Cold.Rollups(RollupLevel.Hour), from, to);
        HashSet<ColdSpan> summedUp = [.. hours.Select(file => file.Span)], kept = [.. files.Select(file => file.Span)];
        var without = Intervals.Of(files.Where(file => !summedUp.Contains(file.Span)).Select(file => Whole(file.Span)));
        var covered = Intervals.Of(from, Math.Min(to, watermark)).Without(without);
        if (covered.IsEmpty) return null;
        var late = LateBetween(covered.From, covered.To);
        var onTime = late is null ? "" : $" AND NOT {IsLate("h", "h.start")}";
        List<string> parts = [Hot(covered, onTime), .. Cold([.. hours.Where(file => kept.Contains(file.Span))], covered, onTime), .. Cold([.. hours.Where(file => !kept.Contains(file.Span))], covered, "")];
        parts.AddRange(Intervals.Of(from, to).Without(covered).All.Select(rest => Rows(rest.From, rest.To, "")));
        if (late is var (first, last))
            parts.Add(Rows(first, Math.Min(last + RollupLevels.MicrosecondsPerHour, covered.To), $" AND {Within("t", covered)} AND {IsLate("r", Hour)}"));
        return string.Join(" UNION ALL ", parts);
    }

    private List<ColdFile> Meeting(IEnumerable<ColdFile> files, long from, long to) =>
        [.. files.Where(file => file.Span.From < to && file.Span.To > from && file.Span.LowSeries <= picked.Highest && file.Span.HighSeries >= picked.Lowest)];

    private static (long, long) Whole(ColdSpan span) => (RollupLevels.HourOf(span.From), RollupLevels.HourOf(span.To + RollupLevels.MicrosecondsPerHour - 1));

    private string Hot(Intervals covered, string onTime) =>
        $"SELECT p.line, {RollupColumns} FROM rollup_hours h JOIN {picked.Table} p ON p.series = h.series WHERE {Within("h.start", covered)}{onTime}";

    private IEnumerable<string> Cold(List<ColdFile> hours, Intervals covered, string onTime)
    {
        if (hours.Count == 0) yield break;
        var (from, to) = (ColdSql.Instant(covered.From), ColdSql.Instant(covered.To));
        yield return $"""
            SELECT p.line, {RollupColumns} FROM (SELECT {RollupSql.FromFile} FROM {asked.Cold.Parquet(hours)} c WHERE c.start >= {from} AND c.start < {to}) h
                JOIN {picked.Table} p ON p.series = h.series WHERE {Within("h.start", covered)}{onTime}
            """;
    }

    private string Rows(long from, long to, string condition) => $"""
        SELECT p.line, {RowColumns} FROM (SELECT *, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS n FROM ({relations.Rows(asked.Cold, picked, from, to)})) r
            JOIN {picked.Table} p ON p.series = r.series WHERE true{condition}
        """;

    private static string IsLate(string table, string hour) => string.Create(CultureInfo.InvariantCulture,
        $"(({table}.series, {hour}) IN (SELECT (series, hour) FROM rollup_dirty) OR {hour} IN (SELECT hour FROM rollup_dirty WHERE series = {RollupManifest.AllSeries}))");

    private (long First, long Last)? LateBetween(long from, long to)
    {
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"SELECT min(hour), max(hour) FROM rollup_dirty WHERE hour >= {from} AND hour < {to}");
        return reader.Read() && !reader.IsDBNull(0) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    private static string Within(string time, Intervals covered) =>
        $"({string.Join(" OR ", covered.All.Select(one => string.Create(CultureInfo.InvariantCulture, $"({time} >= {one.From} AND {time} < {one.To})")))})";
}
