using System.Diagnostics.CodeAnalysis;
using System.Collections.Concurrent;
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
    private const int FilesKnown = 10_000;
    // Files never change, and a name is never given twice: what was found out once about one stays true.
    private readonly ConcurrentDictionary<(string File, string Zone), bool> _fitting = new();

    /// <summary>Observations of the picked series in [<paramref name="from"/>, <paramref name="to"/>), in no order: <c>series, t, received, quality, kind, number, number2, integer, text</c>.</summary>
    public string Rows(ColdView cold, PickedSeries picked, long from, long to) => Rows(null, cold, picked, new ColdSpan(from, to, picked.Lowest, picked.Highest), isJoined: false, hotAlone: false);

    /// <summary>The same where the store may be asked which of it is needed.</summary>
    public string Rows(DuckDBConnection connection, ColdView cold, PickedSeries picked, long from, long to, bool isJoined = false) =>
        Rows(connection, cold, picked, new ColdSpan(from, to, picked.Lowest, picked.Highest), isJoined, hotAlone: false);

    /// <summary>The same of some of the series.</summary>
    /// <param name="connection">Asked whether hot rows lie in the time of files; null if they may.</param>
    /// <param name="isJoined">Whether the asker joins the rows with the picked table, so that others need not be left out here.</param>
    /// <param name="hotAlone">Whether to leave out files.</param>
    [SuppressMessage("Performance", "CA1822", Justification = "One object gives both relations; that rollups need zones and rows do not is its own matter.")]
    public string Rows(DuckDBConnection? connection, ColdView cold, PickedSeries picked, ColdSpan area, bool isJoined, bool hotAlone)
    {
        var (from, to) = Within(picked, area.From, area.To);
        var isAll = area.LowSeries <= picked.Lowest && area.HighSeries >= picked.Highest;
        area = new ColdSpan(from, to, Math.Max(area.LowSeries, picked.Lowest), Math.Min(area.HighSeries, picked.Highest));
        var some = isAll && (isJoined || !picked.IsWhole) ? "" : Sql($" AND series BETWEEN {area.LowSeries} AND {area.HighSeries}");
        var hot = Sql($"SELECT series, t, received, {StoredValue.Columns} FROM observations{(isJoined || picked.IsWhole ? "" : $" SEMI JOIN {picked.Table} USING (series)")} WHERE t >= {from} AND t < {to}{some}");
        List<ColdFile> files = hotAlone ? [] : [.. cold.Sound.Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= area.HighSeries && file.LastSeries >= area.LowSeries)];
        if (files.Count == 0) return hot;
        var constants = connection is null ? default : cold.Constants(connection, files);
        if (!HasHot(connection, from, to - 1)) return Cold(cold, picked, area, isJoined, files, constants, replaced: null);
        // What is in the files can be replaced only by what the store has of their time.
        var (first, last) = (Math.Max(from, files.Min(file => file.FirstTime)), Math.Min(to - 1, files.Max(file => file.LastTime)));
        return hot + " UNION ALL " + Cold(cold, picked, area, isJoined, files, constants, HasHot(connection, first, last) ? (first, last) : null);
    }

    private static bool HasHot(DuckDBConnection? connection, long first, long last) =>
        connection is null || connection.Scalar(Sql($"SELECT EXISTS (FROM observations WHERE t BETWEEN {first} AND {last})::INTEGER")) != 0;

    private static string Cold(ColdView cold, PickedSeries picked, ColdSpan area, bool isJoined, List<ColdFile> files, ColdConstants constants, (long First, long Last)? replaced)
    {
        var only = isJoined || files.TrueForAll(picked.HasAllOf) ? "" : $" SEMI JOIN {picked.Table} p ON p.series = c.series";
        var over = replaced is var (first, last) ? Sql($" ANTI JOIN (SELECT series, t FROM observations WHERE t BETWEEN {first} AND {last}) h ON h.series = c.series AND h.t = epoch_us(c.t)") : "";
        var some = files.TrueForAll(file => file.FirstSeries >= area.LowSeries && file.LastSeries <= area.HighSeries) ? "" : Sql($" AND c.series BETWEEN {area.LowSeries} AND {area.HighSeries}");
        return $"""
            SELECT c.series, epoch_us(c.t) AS t, epoch_us(c.t) + c.delay AS received, {constants.Columns}, c.number, c.number2, c.integer, c.text
            FROM {cold.Parquet(files)} c{only}{over} WHERE {ColdSql.TimeBetween("c.t", area.From, area.To)}{some}
            """;
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
        if (level.IsUtc()) return Rollups(connection, cold, picked, new RollupUnits(level, TimeZoneInfo.Utc), from, to, withSteps);
        var places = picked.Series.GroupBy(series => zones.Of(series.Number).Id).ToList();
        if (places.Count <= 1) return Rollups(connection, cold, picked, new RollupUnits(level, places.Count == 0 ? TimeZoneInfo.Utc : zones.Of(places[0].First().Number)), from, to, withSteps);
        return string.Join(" UNION ALL ", places.Select((place, i) =>
        {
            var those = PickedSeries.Fill(connection, [.. place], Sql($"{picked.Table}_zone{i}"));
            return $"SELECT * FROM ({Rollups(connection, cold, those, new RollupUnits(level, zones.Of(place.First().Number)), from, to, withSteps)})";
        }));
    }

    private string Rollups(DuckDBConnection connection, ColdView cold, PickedSeries picked, RollupUnits units, long from, long to, bool withSteps)
    {
        if (from >= to) (from, to) = (0, 0);
        else (from, to) = (units.Floor(from), units.Ceiling(to));
        var (start, finish) = units.Sql("t", from, to);
        var question = new RollupQuestion(from, to, Levels(units, from, to), rows => RollupSql.FromRows(rows, start, finish, withSteps)) { WithSteps = withSteps };
        var rows = new RollupRelation(this, connection, cold, picked).Sql(question);
        (start, finish) = units.Sql("start", from, to);
        // With steps those between the rows of a bucket are to be had as well.
        return withSteps ? RollupSql.FromRollups(rows, start, finish) : $"SELECT * REPLACE ({start} AS start, {finish} AS finish) FROM ({rows})";
    }

    private static RollupUnits[] Levels(RollupUnits units, long from, long to) => units.Level switch
    {
        RollupLevel.Day when DayExpression.IsHourly(units.Zone, from, to) => [units, new RollupUnits(RollupLevel.Hour, TimeZoneInfo.Utc)],
        RollupLevel.Hour => [units, new RollupUnits(RollupLevel.Minute, TimeZoneInfo.Utc)],
        _ => [units],
    };

    /// <summary>Whether the rows a file of a level has of the picked series are of those units: a day is one of the zone in which the thing was when the file was made.</summary>
    internal bool Fits(RollupUnits units, DuckDBConnection connection, ColdView cold, PickedSeries picked, ColdFile file)
    {
        if (units.Level is not RollupLevel.Day) return true;
        var key = (file.Name, units.Zone.Id);
        if (!_fitting.TryGetValue(key, out var isFitting))
        {
            if (_fitting.Count > FilesKnown) _fitting.Clear();
            _fitting[key] = isFitting = IsFitting("");
        }
        return isFitting || IsFitting($" SEMI JOIN {picked.Table} p ON p.series = c.series");

        bool IsFitting(string only)
        {
            const long Margin = 2 * ColdPeriod.MicrosecondsPerDay;
            var (start, finish) = units.Sql("start", file.Span.From - Margin, file.Span.To + Margin);
            return connection.Scalar($"""
                SELECT count(*) FROM (SELECT DISTINCT epoch_us(c.start) AS start, epoch_us(c.finish) AS finish FROM {cold.Parquet([file])} c{only}) WHERE start <> {start} OR finish <> {finish}
                """) == 0;
        }
    }

    private static (long From, long To) Within(PickedSeries picked, long from, long to) =>
        picked.First > picked.Last ? (0, 0) : (Math.Max(from, picked.First), Math.Min(to, picked.Last + 1));

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
