namespace Wanwu.Hosting.Care;

/// <summary>When backups are due.</summary>
/// <param name="every">From one to the next; null: daily at <paramref name="at"/>.</param>
/// <param name="zone">Where the time of day is meant.</param>
internal sealed class BackupTimes(TimeSpan? every, TimeOnly at, TimeZoneInfo zone)
{
    /// <param name="newest">The backup there is; null while there is none.</param>
    /// <returns>Not before <paramref name="now"/>: what was missed is due at once.</returns>
    public DateTimeOffset Next(DateTimeOffset? newest, DateTimeOffset now)
    {
        if (newest is not { } made) return now;
        var due = every is { } length ? made + length : NextAt(made);
        return due > now ? due : now;
    }

    /// <summary>The first time of day behind a moment.</summary>
    private DateTimeOffset NextAt(DateTimeOffset behind)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(behind, zone).DateTime);
        for (; ; day = day.AddDays(1))
            if (Moment(day) is var moment && moment > behind) return moment;
    }

    /// <summary>Of a time that comes twice the first; for one that clocks leave out, the hour behind it.</summary>
    private DateTimeOffset Moment(DateOnly day)
    {
        var wall = day.ToDateTime(at);
        if (zone.IsInvalidTime(wall)) wall = wall.AddHours(1);
        var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
        return new DateTimeOffset(wall, offset);
    }
}
