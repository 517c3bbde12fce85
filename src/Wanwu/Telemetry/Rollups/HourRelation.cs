using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Rollups;

/// <summary>The hours of the picked series: summed up before where that is exact, of their observations where it is not.</summary>
/// <remarks>Increase and distance are not to be had: what is hot is summed up without.</remarks>
internal sealed class HourRelation(SeriesRelations relations, DuckDBConnection connection, ColdView cold, PickedSeries picked)
{
    private const long Hour = RollupLevels.MicrosecondsPerHour;
    private static readonly string HourOfRow = RollupSql.Floor("t", RollupLevel.Hour);

    /// <summary>All of every hour that meets [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public string Sql(long from, long to)
    {
        (from, to) = (RollupLevels.HourOf(from), RollupLevels.HourOf(to - 1) + Hour);
        // Behind the watermark nothing is summed up, and nobody knows what came late.
        var known = Math.Clamp(RollupManifest.Watermark(connection), from, Math.Max(from, to));
        var parts = new List<string>();
        if (known > from) parts.AddRange(Known(from, known));
        if (to > known) parts.Add(OfRows(relations.Rows(cold, picked, known, to)));
        return parts.Count == 0 ? OfRows(relations.Rows(cold, picked, 0, 0)) : string.Join(" UNION ALL ", parts.Select(part => $"SELECT {RollupSql.Columns} FROM ({part})"));
    }

    private static string OfRows(string rows) => RollupSql.FromRows(rows, HourOfRow, RollupSql.Ceiling("t", RollupLevel.Hour), withSteps: false);

    private IEnumerable<string> Known(long from, long to)
    {
        var (firstLate, lastLate) = Late(from, to);
        var hasLate = firstLate <= lastLate;
        yield return Summed(from, to, hasLate);
        var files = cold.Rollups(RollupLevel.Hour).ToList();
        var without = cold.Sound.Where(file => Meets(file, from, to) && !files.Exists(rollup => Holds(rollup.Span, file.Span))).Select(file => file.Span).ToList();
        if (without.Count == 0 && !hasLate) yield break;
        if (without.Count > 0) (firstLate, lastLate) = (Math.Min(firstLate, Math.Max(from, without.Min(span => span.From))), Math.Max(lastLate, Math.Min(to, without.Max(span => span.To)) - Hour));
        var conditions = without.Select(ColdSql.HotIn).Select(condition => $"({condition})").ToList();
        if (hasLate)
        {
            conditions.Add(Invariant($"(series, {HourOfRow}) IN (SELECT (series, hour) FROM rollup_dirty WHERE hour >= {from} AND hour < {to})"));
            conditions.Add(Invariant($"{HourOfRow} IN (SELECT hour FROM rollup_dirty WHERE series = {RollupManifest.AllSeries} AND hour >= {from} AND hour < {to})"));
        }
        yield return OfRows($"SELECT * FROM ({relations.Rows(cold, picked, firstLate, lastLate + Hour)}) WHERE {string.Join(" OR ", conditions)}");
    }

    private bool Meets(ColdFile file, long from, long to) => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= picked.Highest && file.LastSeries >= picked.Lowest;

    private static bool Holds(ColdSpan rollup, ColdSpan file) => rollup.From <= file.From && rollup.To >= file.To && rollup.LowSeries <= file.LowSeries && rollup.HighSeries >= file.HighSeries;

    /// <summary>First and last hour that is out of date; first behind last if none is.</summary>
    private (long First, long Last) Late(long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Invariant($"SELECT min(hour), max(hour) FROM rollup_dirty WHERE hour >= {from} AND hour < {to} AND (series = {RollupManifest.AllSeries} OR series BETWEEN {picked.Lowest} AND {picked.Highest})");
        using var reader = command.ExecuteReader();
        reader.Read();
        return reader.IsDBNull(0) ? (long.MaxValue, long.MinValue) : (reader.GetInt64(0), reader.GetInt64(1));
    }

    private string Summed(long from, long to, bool hasLate)
    {
        var hours = Invariant($"SELECT {RollupSql.Columns} FROM rollup_hours SEMI JOIN {picked.Table} USING (series) WHERE start >= {from} AND start < {to}");
        var files = cold.Rollups(RollupLevel.Hour).Where(file => Meets(file, from, to)).ToList();
        if (files.Count > 0)
        {
            hours += Invariant($"""
                 UNION ALL SELECT {RollupSql.FromFile} FROM {cold.Parquet(files)} c SEMI JOIN {picked.Table} p ON p.series = c.series
                WHERE c.start >= {ColdSql.Instant(from)} AND c.start < {ColdSql.Instant(to)}
                """);
        }
        return !hasLate ? hours : Invariant($"""
            SELECT * FROM ({hours}) h ANTI JOIN rollup_dirty d ON d.series = h.series AND d.hour = h.start
                ANTI JOIN (SELECT hour FROM rollup_dirty WHERE series = {RollupManifest.AllSeries}) w ON w.hour = h.start
            """);
    }

    private static string Invariant(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
