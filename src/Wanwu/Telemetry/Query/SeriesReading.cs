using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>The SQL behind a series: its pages and its buckets. Every number in it is ours; no text from outside gets near it.</summary>
/// <remarks>A hot row stands before a cold one of the same time, whatever its quality: the filter by quality comes after.</remarks>
internal sealed class SeriesReading(DuckDBConnection connection, ColdView cold, Series series, IReadOnlyList<Quality>? qualities)
{
    private const string ValueColumns = "c.number, c.number2, c.integer, c.text";

    public List<StoredObservation> Page(long from, long to, bool descending, int limit)
    {
        var items = new List<StoredObservation>();
        foreach (var stretch in Stretches(from, to, descending))
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql(
                $"{Rows(stretch)} SELECT t, {StoredValue.Columns} FROM rows {Wanted()} ORDER BY t {(descending ? "DESC" : "ASC")} LIMIT {limit - items.Count}");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var (value, quality) = StoredValue.Read(reader, 1);
                items.Add(new StoredObservation(new Timestamp(reader.GetInt64(0)), value, quality));
            }
            if (items.Count >= limit) break;
        }
        return items;
    }

    /// <summary>The first time at or after <paramref name="from"/>, or null.</summary>
    public long? FirstAt(long from, long to)
    {
        foreach (var stretch in Stretches(from, to, descending: false))
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql($"{Rows(stretch)} SELECT min(t) FROM rows {Wanted()}");
            if (command.ExecuteScalar() is long first) return first;
        }
        return null;
    }

    /// <summary>How many rows there are of each quality.</summary>
    public Dictionary<string, long> Qualities(long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql($"{Rows(new Stretch(from, to, cold.Of(series.Number, from, to)))} SELECT quality, count(*) FROM rows {Wanted()} GROUP BY quality ORDER BY quality");
        using var reader = command.ExecuteReader();
        var counts = new Dictionary<string, long>();
        while (reader.Read()) counts.Add(QualityNames.NameOf((Quality)reader.GetByte(0)), reader.GetInt64(1));
        return counts;
    }

    /// <summary>Observations summed up per bucket and stretch, all qualities together.</summary>
    public List<RollupRow> Sums(IReadOnlyList<(long From, long To)> stretches, List<BucketRun> runs, RollupParts parts)
    {
        var (from, to) = (stretches[0].From, stretches[^1].To);
        var gaps = string.Join(", ", stretches.Select((stretch, i) => Sql($"({i}, {stretch.From}, {stretch.To})")));
        var (gap, within) = stretches.Count == 1 ? ("0 AS gap", "") : ("gap", $"JOIN (VALUES {gaps}) AS gaps(gap, low, high) ON t >= low AND t < high");
        var rows = $"{Rows(new Stretch(from, to, FilesOf(stretches)))} SELECT 0 AS series, t, 0::UTINYINT AS quality, kind, number, number2, {gap} FROM rows {within} {Wanted()}";
        var start = StartExpression(runs);
        using var summed = new NumberRows(connection, parts.HasFlag(RollupParts.Steps)
            ? $"SELECT {RollupSql.Read(parts)} FROM ({RollupSql.FromRows(rows, start, "gap::BIGINT", withSteps: true)})"
            : RollupSql.OfOne(rows, stretches.Count == 1 ? start : $"gap, {start}", parts));
        var sums = new List<RollupRow>();
        while (summed.Read()) sums.Add(RollupRow.Read(summed, parts));
        return sums;
    }

    private List<ColdFile> FilesOf(IReadOnlyList<(long From, long To)> stretches) =>
        [.. stretches.SelectMany(stretch => cold.Of(series.Number, stretch.From, stretch.To)).DistinctBy(file => file.Name)];

    /// <summary>The last number and the last point before a time.</summary>
    /// <param name="from">Earlier ones do not count.</param>
    public Before Before(long time, long from = long.MinValue)
    {
        var number = Last("number", "kind BETWEEN 1 AND 3", from, time);
        var point = Last("number, number2", "kind = 5", from, time);
        return new Before { Value = number?[0], Point = point is null ? null : (point[0], point[1]) };
    }

    private double[]? Last(string columns, string condition, long from, long before)
    {
        foreach (var stretch in Stretches(Math.Max(series.Plan.StoredFirst, from), before, descending: true))
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql($"{Rows(stretch)} SELECT {columns} FROM rows {(qualities is null ? "WHERE" : $"{Wanted()} AND")} {condition} ORDER BY t DESC LIMIT 1");
            using var reader = command.ExecuteReader();
            if (reader.Read()) return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetDouble)];
        }
        return null;
    }

    /// <summary>The start of a row's bucket, by the run its time falls into.</summary>
    internal static string StartExpression(List<BucketRun> runs)
    {
        var sql = new StringBuilder(runs.Count > 1 ? "CASE " : "");
        for (var i = 0; i < runs.Count; i++)
        {
            if (i < runs.Count - 1) sql.Append(CultureInfo.InvariantCulture, $"WHEN t < {runs[i + 1].Start} THEN ");
            else if (i > 0) sql.Append("ELSE ");
            sql.Append(InRun(runs[i])).Append(' ');
        }
        return sql.Append(runs.Count > 1 ? "END" : "").ToString();
    }

    private static string InRun(BucketRun run)
    {
        var (start, day, width) = run;
        if (day == 0) return Sql($"{start} + ((t - {start}) // {width}) * {width}");
        var dayStart = Sql($"({start} + ((t - {start}) // {day}) * {day})");
        return Sql($"{dayStart} + ((t - {dayStart}) // {width}) * {width}");
    }

    private string Wanted() => qualities is null ? "" : $"WHERE {QualitySql.In("quality", qualities)}";

    /// <summary>Some time and the files that may have rows of it.</summary>
    private readonly record struct Stretch(long From, long To, List<ColdFile> Files);

    /// <summary>The range in pieces, each with more files than the one before: a page opens few, a far-off first row is found soon.</summary>
    private IEnumerable<Stretch> Stretches(long from, long to, bool descending)
    {
        var files = cold.Of(series.Number, from, to);
        if (descending) files.Reverse();
        for (var (taken, width) = (0, 1); ; width *= 2)
        {
            var some = files.GetRange(taken, Math.Min(width, files.Count - taken));
            taken += some.Count;
            if (taken == files.Count)
            {
                yield return new Stretch(from, to, some);
                yield break;
            }
            var cut = descending ? some[^1].Span.From : some[^1].Span.To;
            yield return descending ? new Stretch(cut, to, some) : new Stretch(from, cut, some);
            (from, to) = descending ? (from, cut) : (cut, to);
        }
    }

    /// <summary>The relation <c>rows</c>: what the store has, and what the files have that it has not.</summary>
    private string Rows(Stretch stretch)
    {
        var within = Sql($"FROM observations WHERE series = {series.Number} AND t >= {stretch.From} AND t < {stretch.To}");
        var hot = $"SELECT t, {StoredValue.Columns} {within}";
        if (stretch.Files.Count == 0) return $"WITH rows AS ({hot})";
        var files = Sql($"SELECT epoch_us(c.t) AS t, {cold.Constants(connection, stretch.Files).Columns}, {ValueColumns} FROM {cold.Parquet(stretch.Files)} c");
        var condition = Sql($"WHERE c.series = {series.Number} AND {ColdSql.TimeBetween("c.t", stretch.From, stretch.To)}");
        // Mostly nothing hot is that old: the statement for both takes longer to plan than this does to ask.
        if (connection.Scalar($"SELECT EXISTS ({within})::INTEGER") == 0) return $"WITH rows AS ({files} {condition})";
        return $"""
            WITH hot AS MATERIALIZED ({hot}),
                rows AS (FROM hot UNION ALL {files} ANTI JOIN hot ON hot.t = epoch_us(c.t) {condition})
            """;
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
