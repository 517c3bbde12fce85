using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups.Kept;

/// <summary>What rollups know of one series' time whose observations have expired. A row counts where all of it lies in what is asked for and in one bucket; nothing finer is left to ask.</summary>
/// <remarks>Belongs to one question.</remarks>
internal sealed class KeptReading(DuckDBConnection connection, ColdView cold, Series series, IReadOnlyList<Quality> qualities)
{
    /// <summary>Rollups in no order, each within one bucket of the calendar.</summary>
    public List<RollupRow> Rows(long from, long to, BucketCalendar calendar, BucketWidth width, bool withSteps)
    {
        var (needed, taken) = (Intervals.Of(from, to), new List<RollupRow>());
        foreach (var level in RollupReading.Coarsest.Where(level => RollupReading.IsOfUse(level, width)))
        {
            if (needed.IsEmpty) break;
            var (rows, left) = RollupReading.Choose([.. Read(level, needed.From, needed.To).Where(row => needed.Meets(row.FirstT, row.LastT + 1))], needed, Intervals.None, calendar);
            // Days of several qualities that lie in one another's time are asked of the hours, which there are wherever there are days.
            if (withSteps && level is RollupLevel.Day) left = left.Or(RollupReading.Interleaved(rows));
            taken.AddRange(rows);
            needed = left;
        }
        return taken;
    }

    /// <summary>A time before which there is nothing of theirs in the range; null if there is nothing at all.</summary>
    public long? FirstAt(long from, long to) =>
        Read(RollupLevel.Day, from, to).Where(row => row.LastT >= from && row.FirstT < to).Select(row => (long?)Math.Max(from, row.FirstT)).Min();

    /// <summary>The last number and the last point before a time, and when the row was that has the number or else the point.</summary>
    public (Before Before, long At)? Before(long time)
    {
        foreach (var file in Files(RollupLevel.Hour, long.MinValue, time).OrderByDescending(file => file.LastTime))
        {
            var rows = Read(RollupLevel.Hour, [file], Sql($"AND epoch_us(c.start) + c.last_t < {time} ORDER BY c.start + to_microseconds(c.last_t) DESC LIMIT 8"));
            if (rows.Count == 0) continue;
            var (number, point) = (rows.Where(row => row.N > 0).MaxBy(row => row.Last.At), rows.Where(row => row.Points > 0).MaxBy(row => row.LastT));
            return (new Before { Value = number?.Last.Value, Point = point?.To }, rows.Max(row => row.LastT));
        }
        return null;
    }

    private List<RollupRow> Read(RollupLevel level, long from, long to) =>
        Read(level, Files(level, from, to), $"AND c.start < {ColdSql.Instant(to)} AND c.finish > {ColdSql.Instant(from)}");

    private List<ColdFile> Files(RollupLevel level, long from, long to) =>
        [.. cold.Kept(level).Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= series.Number && file.LastSeries >= series.Number)];

    private List<RollupRow> Read(RollupLevel level, List<ColdFile> files, string condition)
    {
        var found = new List<RollupRow>();
        if (files.Count == 0) return found;
        using var rows = new NumberRows(connection, Sql(
            $"SELECT {RollupSql.ReadFile(RollupParts.All)} FROM {cold.Parquet(files)} c WHERE c.series = {series.Number} AND {QualitySql.In("c.quality", qualities)} {condition}"));
        while (rows.Read()) found.Add(RollupRow.Read(rows, RollupParts.All));
        return found;
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
