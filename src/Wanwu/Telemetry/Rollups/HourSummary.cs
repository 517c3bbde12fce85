using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Sums up hot hours that are over, and anew those in which something came late.</summary>
/// <remarks>
/// Each step is one transaction. It begins between two loads: it sees every row loaded until then, and what is loaded after that notes its hour as out of date,
/// so a row is always either summed up or noted. Nothing must be moved to cold files meanwhile. What lies in the time of a cold file came late and stays noted
/// until the file is written anew. Days that are over are about to become cold: their hours are not worth summing up here, and are noted until they have left.
/// </remarks>
internal sealed class HourSummary(StoreDatabase database, StoreLoader loader, ColdFaults faults)
{
    private const int PairsAtOnce = 20_000, HoursAtOnce = 24;
    private const long StretchAtOnce = 6 * RollupLevels.MicrosecondsPerHour;

    /// <summary>The spans of series and time that are the files' matter.</summary>
    private const string Spans = "(SELECT from_t, to_t, low_series, high_series FROM cold_files UNION ALL SELECT from_t, to_t, low_series, high_series FROM rollup_files)";

    /// <summary>Sums up some of what is over at <paramref name="now"/>, microseconds: one transaction, so that a compaction need not wait for all of it.</summary>
    /// <param name="leaves">What lies before it is about to become cold, microseconds.</param>
    /// <returns>How many hours of how many series were summed up, and whether no more is due.</returns>
    public (long Rows, bool IsLast) RunStep(long now, long leaves, CancellationToken stop)
    {
        using var connection = database.Connect();
        using var interrupt = stop.Register(static one => ((DuckDBConnection)one!).NativeConnection.Interrupt(), connection);
        if (RollupManifest.Watermark(connection) is var watermark && watermark < leaves) return (In(connection, leaves, () => PassOver(connection, watermark, leaves)), false);
        if (Next(connection, RollupLevels.HourOf(now)) is { } stretch) return (In(connection, stretch.To, () => SumUp(connection, stretch)), false);
        if (connection.Scalar("SELECT count(*) FROM rollup_dirty") == 0) return (0, true);
        return (In(connection, null, () => Redo(connection, leaves)), true);
    }

    /// <summary>The next hours behind the watermark; empty time is passed over.</summary>
    private static (long From, long To)? Next(DuckDBConnection connection, long over)
    {
        var watermark = RollupManifest.Watermark(connection);
        if (watermark >= over) return null;
        var first = connection.Scalar(Sql($"SELECT coalesce(min(t), {over}) FROM observations WHERE t >= {watermark} AND t < {over}"));
        return (watermark, Math.Min(over, RollupLevels.HourOf(first) + StretchAtOnce));
    }

    private long In(DuckDBConnection connection, long? watermark, Func<long> work)
    {
        loader.BeginSummary(connection, watermark);
        try
        {
            var rows = work();
            faults.At?.Invoke(ColdStep.HoursSummedUp);
            connection.Execute("COMMIT");
            faults.At?.Invoke(ColdStep.HoursCommitted);
            return rows;
        }
        catch
        {
            connection.RollBack();
            throw;
        }
    }

    private static long PassOver(DuckDBConnection connection, long from, long to)
    {
        connection.Execute(Sql($"""
            INSERT INTO rollup_dirty SELECT DISTINCT {RollupManifest.AllSeries}, {RollupSql.Floor("t", RollupLevel.Hour)} FROM observations WHERE t >= {from} AND t < {to};
            UPDATE rollup_state SET watermark = {to}
            """));
        return 0;
    }

    /// <summary>What is noted of all series and has left, or is gone, is not out of date any longer.</summary>
    private static void ForgetEmpty(DuckDBConnection connection)
    {
        var noted = Sql($"SELECT hour FROM rollup_dirty WHERE series = {RollupManifest.AllSeries}");
        if (connection.Scalar($"SELECT count(*) FROM ({noted})") == 0) return;
        var (low, high) = (connection.Scalar($"SELECT min(hour) FROM ({noted})"), connection.Scalar($"SELECT max(hour) FROM ({noted})") + RollupLevels.MicrosecondsPerHour);
        connection.Execute(Sql($"""
            CREATE OR REPLACE TEMP TABLE empty_hours AS {noted} EXCEPT SELECT {RollupSql.Floor("t", RollupLevel.Hour)} FROM observations WHERE t >= {low} AND t < {high};
            DELETE FROM rollup_hours WHERE start IN (FROM empty_hours);
            DELETE FROM rollup_dirty WHERE series = {RollupManifest.AllSeries} AND hour IN (FROM empty_hours)
            """));
    }

    private static long SumUp(DuckDBConnection connection, (long From, long To) stretch)
    {
        var (from, to) = stretch;
        var within = Sql($"t >= {from} AND t < {to}");
        var rows = $"SELECT series, t, quality, kind, number, number2 FROM observations o WHERE {within}";
        if (connection.Scalar(Sql($"SELECT count(*) FROM {Spans} WHERE from_t < {to} AND to_t > {from}")) > 0)
        {
            var isLate = $"EXISTS (FROM {Spans} c WHERE o.t >= c.from_t AND o.t < c.to_t AND o.series BETWEEN c.low_series AND c.high_series)";
            connection.Execute($"INSERT INTO rollup_dirty SELECT DISTINCT series, {RollupSql.Floor("t", RollupLevel.Hour)} FROM observations o WHERE {within} AND {isLate}");
            rows += $" AND NOT {isLate}";
        }
        var made = Insert(connection, rows);
        connection.Execute(Sql($"UPDATE rollup_state SET watermark = {to}"));
        return made;
    }

    private static long Insert(DuckDBConnection connection, string rows)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants and numbers.
        command.CommandText = $"INSERT INTO rollup_hours SELECT {RollupSql.Columns} FROM ({RollupSql.FromRows(rows, RollupSql.Floor("t", RollupLevel.Hour), RollupSql.Ceiling("t", RollupLevel.Hour), withSteps: false)})";
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }

    private static long Redo(DuckDBConnection connection, long leaves)
    {
        ForgetEmpty(connection);
        const string Late = $"EXISTS (FROM {Spans} c WHERE d.hour < c.to_t AND d.hour + 3600000000 > c.from_t";
        connection.Execute(Sql($"""
            CREATE OR REPLACE TEMP TABLE late_hours AS SELECT DISTINCT hour FROM rollup_dirty d WHERE series = {RollupManifest.AllSeries} AND {Late}) LIMIT {HoursAtOnce};
            INSERT INTO rollup_dirty SELECT DISTINCT series, {RollupSql.Floor("t", RollupLevel.Hour)} FROM observations WHERE {RollupSql.Floor("t", RollupLevel.Hour)} IN (FROM late_hours);
            DELETE FROM rollup_dirty WHERE series = {RollupManifest.AllSeries} AND hour IN (FROM late_hours);
            CREATE OR REPLACE TEMP TABLE redo_hours AS SELECT DISTINCT hour FROM rollup_dirty d WHERE series = {RollupManifest.AllSeries} AND hour >= {leaves} AND hour < (SELECT watermark FROM rollup_state)
                AND NOT {Late}) LIMIT {HoursAtOnce};
            CREATE OR REPLACE TEMP TABLE redo AS SELECT DISTINCT series, hour FROM rollup_dirty d WHERE series <> {RollupManifest.AllSeries} AND hour >= {leaves} AND hour < (SELECT watermark FROM rollup_state)
                AND hour NOT IN (FROM redo_hours) AND NOT {Late} AND d.series BETWEEN c.low_series AND c.high_series) LIMIT {PairsAtOnce}
            """));
        if (connection.Scalar("SELECT (SELECT count(*) FROM redo) + (SELECT count(*) FROM redo_hours)") == 0) return 0;
        connection.Execute($"""
            DELETE FROM rollup_hours WHERE start IN (FROM redo_hours) OR (series, start) IN (FROM redo);
            DELETE FROM rollup_dirty WHERE hour IN (FROM redo_hours) OR (series, hour) IN (FROM redo)
            """);
        var low = connection.Scalar("SELECT min(hour) FROM (FROM redo_hours UNION ALL SELECT hour FROM redo)");
        var high = connection.Scalar("SELECT max(hour) FROM (FROM redo_hours UNION ALL SELECT hour FROM redo)") + RollupLevels.MicrosecondsPerHour;
        var hour = RollupSql.Floor("t", RollupLevel.Hour);
        return Insert(connection, Sql($"""
            SELECT series, t, quality, kind, number, number2 FROM observations
            WHERE t >= {low} AND t < {high} AND ({hour} IN (FROM redo_hours) OR (series, {hour}) IN (FROM redo))
            """));
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
