using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>What questions about many series are built on: the observations and the rollups of the picked series, as text of a SELECT.</summary>
/// <remarks>
/// To be used within one <see cref="StoreDatabase.QueryAsync{T}(Func{DuckDBConnection, ColdView, CancellationToken, T}, CancellationToken)"/>, whose transaction makes
/// all of it one moment. The text goes in brackets, where a table would stand. Every observation is there once: a hot row stands before the cold one of the same
/// series and time, whatever its quality, so conditions on quality or value come after. Nothing in it comes from outside.
/// </remarks>
internal sealed class SeriesRelations(SeriesZones zones)
{
    private const string ZoneTable = "picked_zones";

    /// <summary>Observations of the picked series in [<paramref name="from"/>, <paramref name="to"/>), in no order: <c>series, t, received, quality, kind, number, number2, integer, text</c>.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "One object gives both relations; that rollups need zones and rows do not is its own matter.")]
    public string Rows(ColdView cold, PickedSeries picked, long from, long to)
    {
        (from, to) = Within(picked, from, to);
        var hot = Sql($"SELECT series, t, received, {StoredValue.Columns} FROM observations SEMI JOIN {picked.Table} USING (series) WHERE t >= {from} AND t < {to}");
        List<ColdFile> files = [.. cold.Sound.Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= picked.Highest && file.LastSeries >= picked.Lowest)];
        if (files.Count == 0) return hot;
        // What is in the files can be replaced only by what the store has of their time.
        var (first, last) = (Math.Max(from, files.Min(file => file.FirstTime)), Math.Min(to - 1, files.Max(file => file.LastTime)));
        return Sql($"""
            {hot}
            UNION ALL SELECT c.series, epoch_us(c.t) AS t, epoch_us(c.t) + c.delay AS received, c.quality, c.kind, c.number, c.number2, c.integer, c.text
            FROM {cold.Parquet(files)} c SEMI JOIN {picked.Table} p ON p.series = c.series
                ANTI JOIN (SELECT series, t FROM observations WHERE t BETWEEN {first} AND {last}) h ON h.series = c.series AND h.t = epoch_us(c.t)
            WHERE {ColdSql.TimeBetween("c.t", from, to)}
            """);
    }

    /// <summary>Rollup rows (<see cref="RollupSql.Columns"/>) of the picked series: all of every bucket that meets [<paramref name="from"/>, <paramref name="to"/>).</summary>
    /// <remarks>
    /// A bucket may have several rows, by quality and by the place its observations lie in: they add up. Increase and distance of a row are those between its own
    /// observations.
    /// </remarks>
    /// <param name="withSteps">Whether increase and distance are needed; they cost more. Null without.</param>
    public string Rollups(DuckDBConnection connection, ColdView cold, PickedSeries picked, RollupLevel level, long from, long to, bool withSteps = false)
    {
        (from, to) = Within(picked, from, to);
        if (level is RollupLevel.Hour && !withSteps) return new HourRelation(this, connection, cold, picked).Sql(from, to);
        // A little more than what is asked for, so that every bucket is whole.
        const long Margin = 2 * ColdPeriod.MicrosecondsPerDay;
        var rows = Rows(cold, picked, from - Margin, to + Margin);
        if (level.IsUtc()) return Meeting(RollupSql.FromRows(rows, RollupSql.Floor("t", level), RollupSql.Ceiling("t", level), withSteps), from, to);
        var places = zones.Of(picked.Series.Select(series => series.Number)).Zones;
        if (withSteps || !places.TrueForAll(zone => DayExpression.IsHourly(zone, from - Margin, to + Margin)))
        {
            (places, rows) = ZonesOf(connection, picked, rows);
            var (start, finish) = DayExpression.Of("t", places, from - Margin, to + Margin);
            return Meeting(RollupSql.FromRows(rows, start, finish, withSteps), from, to);
        }
        (places, rows) = ZonesOf(connection, picked, new HourRelation(this, connection, cold, picked).Sql(RollupLevels.HourOf(from - Margin), to + Margin));
        var day = DayExpression.Of("start", places, from - Margin, to + Margin);
        return Meeting(RollupSql.FromRollups(rows, day.Start, day.Finish), from, to);
    }

    /// <summary>The zones there are among the picked series, and the rows with a column that says which is theirs if there are several.</summary>
    private (List<TimeZoneInfo> Zones, string Rows) ZonesOf(DuckDBConnection connection, PickedSeries picked, string rows)
    {
        var (places, of) = zones.Of(picked.Series.Select(series => series.Number));
        if (places.Count == 0) return ([TimeZoneInfo.Utc], rows);
        if (places.Count == 1) return (places, rows);
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {ZoneTable} (series INTEGER NOT NULL, zone INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, ZoneTable, "temp");
        foreach (var (series, place) in of)
        {
            appender.Int32(0, series);
            appender.Int32(1, place);
            appender.Next();
        }
        appender.Finish();
        return (places, $"SELECT r.*, z.zone FROM ({rows}) r JOIN {ZoneTable} z ON z.series = r.series");
    }

    private static string Meeting(string rollups, long from, long to) => Sql($"SELECT * FROM ({rollups}) WHERE start < {to} AND finish > {from}");

    private static (long From, long To) Within(PickedSeries picked, long from, long to) =>
        picked.First > picked.Last ? (0, 0) : (Math.Max(from, picked.First), Math.Min(to, picked.Last + 1));

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
