using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Sums up one series per bucket from the coarsest rows that answer exactly: days, hours, minutes, and observations for the rest.</summary>
/// <remarks>
/// A row counts if all of it lies in what is asked for and in one bucket, and nothing came late into its time. What is left over is asked of the next finer level.
/// Belongs to one question.
/// </remarks>
internal sealed class RollupReading(DuckDBConnection connection, ColdView cold, Series series, IReadOnlyList<Quality> qualities, RollupParts parts)
{
    private readonly bool _withSteps = parts.HasFlag(RollupParts.Steps);
    internal static readonly RollupLevel[] Coarsest = [RollupLevel.Day, RollupLevel.Hour, RollupLevel.Minute];
    private readonly SeriesReading _raw = new(connection, cold, series, qualities);
    private readonly KeptReading _kept = new(connection, cold, series, qualities);
    private readonly long _watermark = RollupManifest.Watermark(connection);

    /// <summary>Files' time of this series: what is hot in it came late.</summary>
    private readonly Intervals _files = Spans(cold.All, series.Number);

    /// <summary>Rollups in the order of their time, each within one bucket of the calendar.</summary>
    public List<RollupRow> Rows(long from, long to, BucketCalendar calendar, BucketWidth width)
    {
        var (dirty, late) = Dirty(from, to);
        var (needed, taken) = (Intervals.Of(from, to), new List<RollupRow>());
        foreach (var level in Coarsest.Where(level => IsOfUse(level, width)))
        {
            if (needed.IsEmpty) break;
            var covered = Covered(level).And(needed);
            if (covered.IsEmpty) continue;
            var (rows, left) = Choose(Read(level, covered.From, covered.To), covered, dirty.And(covered), calendar);
            taken.AddRange(rows);
            needed = needed.Without(covered).Or(left);
        }
        if (_withSteps) needed = needed.Or(Interleaved(taken));
        needed = needed.Or(late);
        if (!needed.IsEmpty) taken.AddRange(_raw.Sums(needed.All, calendar.Runs(needed.From, needed.To), parts));
        AddKept(taken, _kept.Rows(from, to, calendar, width, _withSteps));
        taken.Sort(static (a, b) => a.FirstT.CompareTo(b.FirstT));
        return taken;
    }

    /// <summary>Beside the rest comes what is known of observations that have expired. Where such a row and another lie in one another's time, nobody knows the steps any more.</summary>
    private void AddKept(List<RollupRow> taken, List<RollupRow> kept)
    {
        if (_withSteps && kept.Count > 0)
        {
            bool IsMixed(RollupRow row) => taken.Concat(kept).Any(other => !ReferenceEquals(other, row) && other.FirstT <= row.LastT && other.LastT >= row.FirstT);
            kept = kept.ConvertAll(row => row with { HasSteps = !IsMixed(row) });
        }
        taken.AddRange(kept);
    }

    /// <summary>A time before which there is nothing to be found in the range; null if there is nothing at all.</summary>
    public long? FirstAt(long from, long to)
    {
        var dirty = Dirty(from, to) is var (replaced, late) ? replaced.Or(late) : Intervals.None;
        var covered = Covered(RollupLevel.Day).And(Intervals.Of(from, to));
        long? first = covered.IsEmpty ? null : Read(RollupLevel.Day, covered.From, covered.To).Where(row => row.LastT >= from).Select(row => (long?)Math.Max(from, row.FirstT)).Min();
        foreach (var (start, end) in Intervals.Of(from, to).Without(covered).Or(dirty).All)
        {
            if (start >= first) break;
            if (_raw.FirstAt(start, end) is { } there)
            {
                first = Math.Min(there, first ?? long.MaxValue);
                break;
            }
        }
        return _kept.FirstAt(from, to) is { } kept ? Math.Min(kept, first ?? long.MaxValue) : first;
    }

    /// <summary>The last number and the last point before a time.</summary>
    public Before Before(long time)
    {
        if (!_withSteps) return new Before();
        if (_kept.Before(time) is not var (kept, at)) return _raw.Before(time);
        var later = _raw.Before(time, at + 1);
        return later.Value is null || later.Point is null ? later.Or(kept).Or(_raw.Before(time)) : later;
    }

    internal static bool IsOfUse(RollupLevel level, BucketWidth width) => level switch
    {
        RollupLevel.Day => !width.IsWithinDay,
        RollupLevel.Hour => !width.IsWithinDay || width.Unit is BucketUnit.Hour,
        _ => width.Unit is not BucketUnit.Second,
    };

    private static Intervals Spans(IEnumerable<ColdFile> files, int series) =>
        Intervals.Of(files.Where(file => file.Span.LowSeries <= series && file.Span.HighSeries >= series).Select(file => (file.Span.From, file.Span.To)));

    /// <summary>Where the level has all there is, but for what came late. Behind the watermark nobody knows what did.</summary>
    private Intervals Covered(RollupLevel level)
    {
        var (known, files) = (Intervals.Of(long.MinValue, _watermark), Spans(cold.Rollups(level), series.Number));
        if (level is RollupLevel.Hour && !_withSteps) files = files.Or(known.Without(_files).Without(Spans(cold.AllRollups, series.Number)));
        return files.And(known);
    }

    /// <summary>Hours in which something came late: where the files of observations are still there, and where only rollups are left of them.</summary>
    private (Intervals Replaced, Intervals Added) Dirty(long from, long to)
    {
        if (!RollupManifest.HasDirty(connection)) return (Intervals.None, Intervals.None);
        using var rows = new NumberRows(connection, Sql($"""
            SELECT DISTINCT hour FROM rollup_dirty WHERE series IN ({series.Number}, {RollupManifest.AllSeries}) AND hour > {from - RollupLevels.MicrosecondsPerHour} AND hour < {to}
            """));
        var hours = new List<(long, long)>();
        while (rows.Read()) hours.Add((rows.Int64(0), rows.Int64(0) + RollupLevels.MicrosecondsPerHour));
        if (hours.Count == 0) return (Intervals.None, Intervals.None);
        var dirty = Intervals.Of(hours).And(Intervals.Of(from, to));
        var rollupsAlone = Spans(cold.AllRollups, series.Number).Without(_files);
        return (dirty.Without(rollupsAlone), dirty.And(rollupsAlone));
    }

    private List<RollupRow> Read(RollupLevel level, long from, long to)
    {
        var files = cold.Rollups(level).Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= series.Number && file.LastSeries >= series.Number).ToList();
        var sources = new List<string>();
        if (files.Count > 0)
        {
            // Where all that is in the files is asked for, there is less to read.
            var time = files.TrueForAll(file => file.FirstTime >= from && file.LastTime < to) ? "" : Sql($" AND c.start < {ColdSql.Instant(to)} AND c.finish > {ColdSql.Instant(from)}");
            sources.Add(Sql($"SELECT {RollupSql.ReadFile(parts)} FROM {cold.Parquet(files)} c WHERE c.series = {series.Number} AND {QualitySql.In("c.quality", qualities)}{time}"));
        }
        if (level is RollupLevel.Hour && !_withSteps)
            sources.Add(Sql($"SELECT {RollupSql.Read(parts)} FROM rollup_hours WHERE series = {series.Number} AND {QualitySql.In("quality", qualities)} AND start < {to} AND finish > {from}"));
        var found = new List<RollupRow>();
        if (sources.Count == 0) return found;
        using var rows = new NumberRows(connection, string.Join(" UNION ALL ", sources));
        while (rows.Read()) found.Add(RollupRow.Read(rows, parts));
        return found;
    }

    /// <summary>The rows that may be counted, and the time of those that may not. What goes to a finer level takes everything with it that lies in its time.</summary>
    internal static (List<RollupRow> Taken, Intervals Left) Choose(List<RollupRow> rows, Intervals covered, Intervals dirty, BucketCalendar calendar)
    {
        var left = dirty;
        while (true)
        {
            var (taken, dropped) = (new List<RollupRow>(rows.Count), new List<(long, long)>());
            foreach (var row in rows)
            {
                if (Fits(row, covered, left, calendar)) taken.Add(row);
                else dropped.Add((row.FirstT, row.LastT + 1));
            }
            if (dropped.Count == 0) return (taken, left);
            left = left.Or(Intervals.Of(dropped).And(covered));
            rows = taken;
        }
    }

    /// <summary>What counts is where the row's observations lie, not how long its bucket is: at the edge of a file it has but a part of it.</summary>
    private static bool Fits(RollupRow row, Intervals covered, Intervals left, BucketCalendar calendar) =>
        covered.Holds(row.FirstT, row.LastT + 1) && !left.Meets(row.FirstT, row.LastT + 1) && calendar.Next(calendar.Floor(row.FirstT)) > row.LastT;

    /// <summary>Takes out rows of several qualities that lie in one another's time: the steps between them are known to the observations alone.</summary>
    internal static Intervals Interleaved(List<RollupRow> taken)
    {
        taken.Sort(static (a, b) => a.FirstT.CompareTo(b.FirstT));
        var mixed = new List<(long, long)>();
        for (var i = 0; i < taken.Count;)
        {
            var (first, last) = (i, taken[i].LastT);
            while (++i < taken.Count && taken[i].FirstT <= last) last = Math.Max(last, taken[i].LastT);
            if (i > first + 1) mixed.Add((taken[first].FirstT, last + 1));
        }
        var times = Intervals.Of(mixed);
        taken.RemoveAll(row => times.Meets(row.FirstT, row.LastT + 1));
        return times;
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
