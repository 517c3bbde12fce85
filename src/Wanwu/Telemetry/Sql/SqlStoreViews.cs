using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Sql.Reach;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql;

/// <summary>The views of what the store and its files hold: observations and rollups, no more of them than the query can use.</summary>
internal sealed partial class SqlStoreViews(SqlSight sight, SeriesRelations relations)
{
    private const string Picked = "_picked_", Late = "_late";

    /// <summary>A table as a relation names it; what stands in quotes is a path.</summary>
    [GeneratedRegex("'(?:[^']|'')*'|(?<=\\b(?:FROM|JOIN)\\s+)(?<table>[a-z_]+)\\b(?!\\()")]
    private static partial Regex TableOrText { get; }

    private static string Stored(string table) => $"\"{Path.GetFileNameWithoutExtension(StoreDatabase.FileName)}\".main.{table}";

    private static string QualityOf(string column) => Choice(column, QualityNames.All.Select((name, number) => ((byte)number, name)));

    private static string Choice(string column, IEnumerable<(byte Number, string Name)> names) =>
        $"CASE {column} {string.Join(' ', names.Select(name => string.Create(CultureInfo.InvariantCulture, $"WHEN {name.Number} THEN '{name.Name}'")))} END";

    /// <summary>The series within reach, in a table that gives a number its names.</summary>
    private PickedSeries Pick(DuckDBConnection connection, string view, Caller caller, SqlReach reach)
    {
        var (table, series) = (Picked + view, sight.Series(caller, reach));
        connection.Execute($"CREATE TEMP TABLE {table} (series INTEGER NOT NULL, thing VARCHAR NOT NULL, property VARCHAR NOT NULL)");
        using var appender = new ColumnAppender(connection, table, "temp");
        foreach (var known in series)
        {
            appender.Int32(0, known.Number);
            appender.Text(1, known.Thing.ToString());
            appender.Text(2, known.NameUtf8);
            appender.Next();
        }
        appender.Finish();
        return new PickedSeries(table, series);
    }

    public void CreateObservations(DuckDBConnection connection, ColdView cold, Caller caller, SqlReach reach)
    {
        // Where all series may be meant, the store's own table of them serves.
        var isWhole = sight.IsWhole(caller) && reach.Things is null;
        var picked = isWhole ? null : Pick(connection, SqlSchema.Observations.Name, caller, reach);
        var names = picked?.Table ?? $"(SELECT number AS series, thing, property FROM {Stored("series")})";
        connection.Execute($"""
            CREATE TEMP VIEW observations AS
            SELECT s.thing, s.property, o.t,
                CASE WHEN o.kind BETWEEN 1 AND 3 THEN o.number END AS value,
                CASE WHEN o.kind = 2 THEN coalesce(o.integer, o.number::BIGINT) END AS integer,
                CASE WHEN o.kind = 4 THEN o.text END AS text,
                CASE WHEN o.kind = 5 THEN o.number END AS lat, o.number2 AS lon,
                CASE WHEN o.kind = 6 THEN TRY_CAST(o.text AS JSON) END AS object,
                {Choice("o.kind", Enum.GetValues<ValueKind>().Select(kind => ((byte)kind, kind.ToString().ToLowerInvariant())))} AS kind,
                {QualityOf("o.quality")} AS quality, o.received
            FROM ({RowsOf(connection, cold, picked, reach)}) o JOIN {names} s ON s.series = o.series
            """);
    }

    /// <summary>Every observation within reach once, by the number of its series.</summary>
    private static string RowsOf(DuckDBConnection connection, ColdView cold, PickedSeries? picked, SqlReach reach)
    {
        var (from, to) = (Math.Max(reach.From, Timestamp.Min.Microseconds), Math.Min(reach.To, Timestamp.Max.Microseconds));
        var hot = Invariant($"""
            SELECT series, make_timestamptz(t) AS t, make_timestamptz(received) AS received, quality, kind, number, number2, integer, text FROM {Stored("observations")}
            WHERE t BETWEEN {from} AND {to}
            """);
        List<ColdFile> files = [.. cold.Sound.Where(file => file.FirstTime <= to && file.LastTime >= from
            && (picked is null || file.FirstSeries <= picked.Highest && file.LastSeries >= picked.Lowest))];
        return files.Count == 0 ? hot : hot + ColdRows(connection, cold, files, from, to);
    }

    /// <summary>What the files have; where hot rows came late for a file's time they stand before its own. Their <c>t</c> stays as it is, so that conditions on it pass files and groups of rows over.</summary>
    private static string ColdRows(DuckDBConnection connection, ColdView cold, List<ColdFile> files, long from, long to)
    {
        const string columns = "c.series, c.t, make_timestamptz(epoch_us(c.t) + c.delay), c.quality, c.kind, c.number, c.number2, c.integer, c.text";
        var (first, last) = (Math.Max(from, files.Min(file => file.FirstTime)), Math.Min(to, files.Max(file => file.LastTime)));
        connection.Execute(Invariant($"CREATE TEMP TABLE {Late} AS SELECT series, t FROM {Stored("observations")} WHERE t BETWEEN {first} AND {last}"));
        var anyLate = connection.Scalar($"SELECT count(*) FROM {Late}") > 0;
        var over = anyLate ? $" ANTI JOIN {Late} l ON l.series = c.series AND l.t = epoch_us(c.t)" : "";
        return $" UNION ALL SELECT {columns} FROM {cold.Parquet(files)} c{over} WHERE c.t BETWEEN {ColdSql.Instant(from)} AND {ColdSql.Instant(to)}";
    }

    /// <summary>Of stored rollups where these are exact, which <see cref="SeriesRelations"/> knows.</summary>
    public void CreateRollup(DuckDBConnection connection, ColdView cold, string view, Caller caller, SqlReach reach)
    {
        var level = SqlSchema.Rollups.Single(rollup => rollup.View.Name == view).Level;
        var picked = Pick(connection, view, caller, reach);
        var rollups = relations.Rollups(connection, cold, picked, level, reach.From, reach.To == long.MaxValue ? reach.To : reach.To + 1);
        connection.Execute($"""
            CREATE TEMP VIEW {view} AS
            SELECT thing, property, t, quality, sum(count)::BIGINT AS count, sum(n)::BIGINT AS n, sum(sum) AS sum, sum(sum) / sum(n) AS avg, min(min) AS min, max(max) AS max,
                arg_min(first, first_at) AS first, arg_max(last, last_at) AS last
            FROM (SELECT s.thing, s.property, make_timestamptz(r.start) AS t, {QualityOf("r.quality")} AS quality, r.count, r.n, r.sum, r.min, r.max, r.first, r.first_at, r.last, r.last_at
                FROM ({Qualified(connection, rollups)}) r JOIN {picked.Table} s ON s.series = r.series)
            GROUP BY thing, property, t, quality
            """);
    }

    /// <summary>A relation names the store's tables as the store's own connections see them; where a query runs, nothing of them has a name without its schema.</summary>
    private static string Qualified(DuckDBConnection connection, string relation)
    {
        var tables = new HashSet<string>(StringComparer.Ordinal);
        using (var rows = new SqlRows(connection, "SELECT table_name FROM duckdb_tables() WHERE NOT temporary", new Dictionary<string, JsonElement>()))
        {
            var cell = new object?[1];
            while (rows.Next())
            {
                for (ulong row = 0; row < rows.Count; row++)
                {
                    rows.Read(row, cell);
                    tables.Add((string)cell[0]!);
                }
            }
        }
        return TableOrText.Replace(relation, found => found.Groups["table"] is { Success: true, Value: var table } && tables.Contains(table) ? Stored(table) : found.Value);
    }

    private static string Invariant(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
