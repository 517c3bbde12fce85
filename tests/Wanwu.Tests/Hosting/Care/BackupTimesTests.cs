using System.Globalization;
using Wanwu.Hosting.Care;

namespace Wanwu.Tests.Hosting.Care;

/// <summary>When a backup is due: by the hour or by the clock on the wall, whatever clocks do at night.</summary>
public sealed class BackupTimesTests
{
    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static BackupTimes Daily(string at, string zone) => new(null, TimeOnly.Parse(at, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));

    [Theory]
    [InlineData("Asia/Shanghai", "02:00", "2026-01-30T18:00:01Z", "2026-01-31T09:00:00Z", "2026-01-31T18:00:00Z")]
    [InlineData("Asia/Shanghai", "02:00", "2026-01-31T09:00:00Z", "2026-01-31T10:00:00Z", "2026-01-31T18:00:00Z")]
    // Missed while the server did not run.
    [InlineData("Asia/Shanghai", "02:00", "2026-01-25T18:00:01Z", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z")]
    // 02:30 does not exist on the 29th of March, and comes twice on the 25th of October.
    [InlineData("Europe/Berlin", "02:30", "2026-03-28T01:30:01Z", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:30", "2026-10-24T00:30:01Z", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    public void A_daily_one_is_due_at_its_time_of_day(string zone, string at, string newest, string now, string due) =>
        Assert.Equal(At(due), Daily(at, zone).Next(At(newest), At(now)));

    [Fact]
    public void The_first_one_is_due_at_once_and_others_so_many_hours_behind_the_newest()
    {
        var now = At("2026-01-31T09:00:00Z");
        var hourly = new BackupTimes(TimeSpan.FromHours(6), default, TimeZoneInfo.Utc);
        Assert.Equal(now, hourly.Next(null, now));
        Assert.Equal(At("2026-01-31T14:00:00Z"), hourly.Next(At("2026-01-31T08:00:00Z"), now));
        Assert.Equal(now, hourly.Next(At("2026-01-31T02:00:00Z"), now));
    }
}
