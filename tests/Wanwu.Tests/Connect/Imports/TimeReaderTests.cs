using System.Text;
using Wanwu.Connect.Imports;

namespace Wanwu.Tests.Connect.Imports;

/// <summary>Times as tables write them.</summary>
public sealed class TimeReaderTests
{
    private static string? Read(string text, string form = "Auto", string? zone = "Asia/Shanghai")
    {
        var reader = new TimeReader(Enum.Parse<TimeForm>(form), zone is null ? null : TimeZoneInfo.FindSystemTimeZoneById(zone));
        return reader.TryRead(Encoding.UTF8.GetBytes(text), null, out var time) is null ? time.ToString() : null;
    }

    [Theory]
    [InlineData("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z")]
    [InlineData("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31 08:00:00", "2026-01-31T00:00:00Z")]
    [InlineData("2026/1/31 8:05", "2026-01-31T00:05:00Z")]
    [InlineData("2026-1-31-8", "2026-01-31T00:00:00Z")]
    [InlineData("2026年1月31日 8时5分6秒", "2026-01-31T00:05:06Z")]
    [InlineData("2026-01-31 08:00:00.123456789", "2026-01-31T00:00:00.123456Z")]
    [InlineData("2026-01-31", "2026-01-30T16:00:00Z")]
    [InlineData("20260131", "2026-01-30T16:00:00Z")]
    [InlineData("20260131080506", "2026-01-31T00:05:06Z")]
    [InlineData("2026-01-31 24:00", "2026-01-31T16:00:00Z")]
    [InlineData("1769817600", "2026-01-31T00:00:00Z")]
    [InlineData("1769817600.5", "2026-01-31T00:00:00.500Z")]
    [InlineData("1769817600123", "2026-01-31T00:00:00.123Z")]
    [InlineData("1769817600123456", "2026-01-31T00:00:00.123456Z")]
    public void Times_are_read_in_the_forms_that_exports_have(string text, string expected) => Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("31.01.2026 08:00", "DayFirst", "2026-01-31T00:00:00Z")]
    [InlineData("1/31/2026 08:00", "MonthFirst", "2026-01-31T00:00:00Z")]
    [InlineData("100000000000", "Milliseconds", "1973-03-03T09:46:40Z")]
    [InlineData("20260131", "Seconds", "1970-08-23T11:48:51Z")]
    public void A_form_that_is_said_holds(string text, string form, string expected) => Assert.Equal(expected, Read(text, form));

    [Theory]
    [InlineData("")]
    [InlineData("NA")]
    [InlineData("2026-02-30 08:00")]
    [InlineData("2026-13-01")]
    [InlineData("2026-01-31 25:00")]
    [InlineData("08:00")]
    [InlineData("1,2,3,4,5,6,7,8,9")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("1234567890.123.456")]
    public void What_is_no_time_is_refused(string text) => Assert.Null(Read(text));

    [Fact]
    public void Hours_that_come_twice_or_never_are_told_apart()
    {
        Assert.Null(Read("2026-03-29 02:30", zone: "Europe/Berlin"));
        Assert.Equal("2026-03-29T00:30:00Z", Read("2026-03-29 01:30", zone: "Europe/Berlin"));
        Assert.Equal("2026-10-25T00:30:00Z", Read("2026-10-25 02:30", zone: "Europe/Berlin"));
        Assert.Null(Read("2026-10-25 02:30", zone: null));
    }

    [Fact]
    public void A_reader_that_goes_through_a_year_agrees_with_the_zone_hour_by_hour()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var reader = new TimeReader(TimeForm.Auto, zone);
        for (var wall = new DateTime(2026, 1, 1); wall.Year == 2026; wall = wall.AddMinutes(30))
        {
            var fault = reader.TryRead(Encoding.UTF8.GetBytes(wall.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)), null, out var time);
            Assert.Equal(zone.IsInvalidTime(wall), fault is not null);
            if (fault is null && !zone.IsAmbiguousTime(wall)) Assert.Equal(TimeZoneInfo.ConvertTimeToUtc(wall, zone), time.ToDateTimeOffset().UtcDateTime);
        }
    }
}
