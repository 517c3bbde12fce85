using Wanwu.Telemetry.Query;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Where the rows of a level begin and end: minutes and hours of UTC, days of a zone.</summary>
internal sealed class RollupUnits(RollupLevel level, TimeZoneInfo zone)
{
    private readonly BucketCalendar? _days = level.IsUtc() ? null : new BucketCalendar(BucketWidth.Day, zone);

    public RollupLevel Level => level;

    public TimeZoneInfo Zone => zone;

    public long Floor(long time) => _days?.Floor(time) ?? time - (time % level.Width() + level.Width()) % level.Width();

    public long Ceiling(long time) => Floor(time) is var start && start == time ? time : _days?.Next(start) ?? start + level.Width();

    /// <summary>SQL for start and end of the unit that holds a time of [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public (string Start, string Finish) Sql(string time, long from, long to) => level.IsUtc()
        ? (RollupSql.Floor(time, level), RollupSql.Ceiling(time, level))
        : DayExpression.Of(time, [zone], from, to);
}
