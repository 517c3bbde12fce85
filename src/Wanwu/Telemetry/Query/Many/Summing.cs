using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The SQL that sums up lines per bucket: of rollups where buckets are cut at whole hours and rollups know the measures, else of observations.</summary>
internal sealed class Summing(Scope scope, Cut cut, IReadOnlyList<Measure> measures)
{
    private readonly bool _rollupsKnow = measures.All(measure => measure.OfParts is not null);

    /// <summary>The beginning of a statement: <c>measured(line, start, m0, m1, …)</c>.</summary>
    /// <param name="behind">A condition on <c>line</c> and <c>t</c>, to stand behind others.</param>
    public string With(Asked asked, int first, int count, string behind)
    {
        var (from, to) = scope.Bounds();
        var picked = PickedLines.Fill(asked.Connection, scope.Lines, Enumerable.Range(first, count));
        var (parts, columns) = IsWhole(scope.From, picked.First) && IsWhole(scope.To, picked.Last + 1, atLeast: true) && cut.IsWholeHours(from, to) && _rollupsKnow
            ? (new HourParts(asked, picked, scope.Relations).Of(scope.From, scope.To), measures.Select(measure => measure.OfParts))
            : (null, []);
        if (parts is null) columns = measures.Select(measure => measure.Sql);
        var source = parts is not null ? $"SELECT *, {cut.Start(from, to)} AS bucket FROM ({parts})" : $"""
            SELECT p.line, t, quality, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS n, {cut.Start(from, to)} AS bucket
            FROM ({scope.Relations.Rows(asked.Cold, picked, from, to)}) r JOIN {picked.Table} p ON p.series = r.series
            """;
        return $"""
            WITH measured AS (SELECT line, bucket AS start, {string.Join(", ", columns.Select((column, i) => FormattableString.Invariant($"{column} AS m{i}")))}
                FROM ({source}) WHERE {scope.Wanted()} {behind} GROUP BY line, bucket)
            """;
    }

    /// <summary>Whether an end of the range cuts no hour in two: it is the start of one, or nothing lies beyond it.</summary>
    private static bool IsWhole(long end, long edge, bool atLeast = false) => end == RollupLevels.HourOf(end) || (atLeast ? end >= edge : end <= edge);
}
