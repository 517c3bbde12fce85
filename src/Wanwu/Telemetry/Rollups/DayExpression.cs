using System.Globalization;
using System.Text;
using Wanwu.Telemetry.Query;

namespace Wanwu.Telemetry.Rollups;

/// <summary>SQL for the start and the end of a zone's day that holds a time. With several zones a column <c>zone</c> says which of them is meant.</summary>
internal static class DayExpression
{
    /// <summary>Whether all days of the zone that meet the range begin on an hour of UTC.</summary>
    public static bool IsHourly(TimeZoneInfo zone, long from, long to) =>
        new BucketCalendar(BucketWidth.Day, zone).Runs(from, to).TrueForAll(run => run.Start % RollupLevels.MicrosecondsPerHour == 0 && run.Width % RollupLevels.MicrosecondsPerHour == 0);

    public static (string Start, string Finish) Of(string time, IReadOnlyList<TimeZoneInfo> zones, long from, long to)
    {
        if (zones.Count == 1) return Of(time, zones[0], from, to);
        var (starts, finishes) = (new StringBuilder("CASE zone"), new StringBuilder("CASE zone"));
        for (var i = 0; i < zones.Count; i++)
        {
            var (start, finish) = Of(time, zones[i], from, to);
            starts.Append(CultureInfo.InvariantCulture, $" WHEN {i} THEN {start}");
            finishes.Append(CultureInfo.InvariantCulture, $" WHEN {i} THEN {finish}");
        }
        return (starts.Append(" END").ToString(), finishes.Append(" END").ToString());
    }

    private static (string Start, string Finish) Of(string time, TimeZoneInfo zone, long from, long to)
    {
        var runs = new BucketCalendar(BucketWidth.Day, zone).Runs(from, Math.Max(to, from + 1));
        var (starts, finishes) = (new StringBuilder("(CASE WHEN false THEN 0"), new StringBuilder("(CASE WHEN false THEN 0"));
        for (var i = 0; i < runs.Count; i++)
        {
            var (start, width) = (runs[i].Start, runs[i].Width);
            var when = i < runs.Count - 1 ? string.Create(CultureInfo.InvariantCulture, $" WHEN {time} < {runs[i + 1].Start} THEN") : " ELSE";
            starts.Append(CultureInfo.InvariantCulture, $"{when} {start} + (({time} - {start}) // {width}) * {width}");
            finishes.Append(CultureInfo.InvariantCulture, $"{when} {start} + (({time} - {start}) // {width} + 1) * {width}");
        }
        return (starts.Append(" END)").ToString(), finishes.Append(" END)").ToString());
    }
}
