using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>The SQL behind a series: its pages and its buckets. Every number in it is ours; no text from outside gets near it.</summary>
internal sealed class SeriesReading(DuckDBConnection connection, Series series, IReadOnlyList<Quality>? qualities)
{
    private readonly string _where = Where(series, qualities);

    public List<StoredObservation> Page(long from, long to, bool descending, int limit)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql(
            $"SELECT t, {StoredValue.Columns} FROM observations WHERE {_where} AND t >= {from} AND t < {to} ORDER BY t {(descending ? "DESC" : "ASC")} LIMIT {limit}");
        using var reader = command.ExecuteReader();
        var items = new List<StoredObservation>();
        while (reader.Read())
        {
            var (value, quality) = StoredValue.Read(reader, 1);
            items.Add(new StoredObservation(new Timestamp(reader.GetInt64(0)), value, quality));
        }
        return items;
    }

    /// <summary>The first time at or after <paramref name="from"/>, or null.</summary>
    public long? FirstAt(long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql($"SELECT min(t) FROM observations WHERE {_where} AND t >= {from} AND t < {to}");
        return command.ExecuteScalar() is long first ? first : null;
    }

    public List<Bucket> Buckets(long from, long to, List<BucketRun> runs, IReadOnlyList<Aggregate> aggregates, int limit)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql($"""
            SELECT start, {string.Join(", ", aggregates.Select(Expression))}
            FROM (SELECT {StartExpression(runs)} AS start, t, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS n FROM observations WHERE {_where} AND t >= {from} AND t < {to})
            GROUP BY start ORDER BY start LIMIT {limit}
            """);
        using var reader = command.ExecuteReader();
        var buckets = new List<Bucket>();
        while (reader.Read())
        {
            var values = new double?[aggregates.Count];
            for (var i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i + 1) ? null : reader.GetDouble(i + 1);
            buckets.Add(new Bucket(new Timestamp(reader.GetInt64(0)), values));
        }
        return buckets;
    }

    private static string Expression(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Avg => "avg(n)",
        Aggregate.Min => "min(n)",
        Aggregate.Max => "max(n)",
        Aggregate.Sum => "sum(n)",
        Aggregate.First => "arg_min(n, t)",
        Aggregate.Last => "arg_max(n, t)",
        _ => "count(*)::DOUBLE",
    };

    /// <summary>The start of a row's bucket, by the run its time falls into.</summary>
    private static string StartExpression(List<BucketRun> runs)
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

    private static string Where(Series series, IReadOnlyList<Quality>? qualities)
    {
        var where = Sql($"series = {series.Number}");
        return qualities is null ? where : $"{where} AND quality IN ({string.Join(',', qualities.Select(quality => ((byte)quality).ToString(CultureInfo.InvariantCulture)))})";
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
