using CsCheck;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class BucketTests
{
    private static readonly string[] Zones = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];
    private static readonly string[] Widths = ["1s", "7s", "15m", "7m", "1h", "6h", "5h", "1d", "1w", "1mo", "1y"];
    private static readonly Gen<long> AnyTime = Gen.Long[Timestamp.Parse("1995-01-01T00:00:00Z").Microseconds, Timestamp.Parse("2035-01-01T00:00:00Z").Microseconds];

    /// <summary>Days with a change of clocks and their neighbours, in the zones above.</summary>
    private static readonly Gen<long> NearChange = Gen.Select(
        Of("2026-03-29", "2026-10-25", "2018-11-04", "2018-02-18", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"), Gen.Long[-172_800_000_000, 172_800_000_000],
        (day, shift) => Timestamp.Parse(day + "T03:00:00Z").Microseconds + shift);

    [Fact]
    public void A_bucket_holds_its_time_and_buckets_follow_one_another_without_gap() =>
        Gen.Select(Of(Zones), Of(Widths), Gen.OneOf(AnyTime, NearChange)).Sample((zone, text, time) =>
        {
            var calendar = Calendar(text, zone);
            var start = calendar.Floor(time);
            var next = calendar.Next(start);
            Assert.True(start <= time && time < next, $"{new Timestamp(start)} {new Timestamp(time)} {new Timestamp(next)}");
            Assert.Equal(start, calendar.Floor(start));
            Assert.Equal(start, calendar.Floor(next - 1));
            Assert.Equal(next, calendar.Floor(next));
        });

    [Fact]
    public void Days_weeks_months_and_years_begin_where_the_zone_s_clock_says_so() =>
        Gen.Select(Of(Zones), Of("1d", "1w", "1mo", "1y"), Gen.OneOf(AnyTime, NearChange)).Sample((name, text, time) =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
            var local = TimeZoneInfo.ConvertTime(new Timestamp(time).ToDateTimeOffset(), zone).Date;
            var first = text switch
            {
                "1d" => local,
                "1w" => local.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
                "1mo" => new DateTime(local.Year, local.Month, 1),
                _ => new DateTime(local.Year, 1, 1),
            };
            // Minute by minute: the first instant whose date on the clock is the bucket's first date.
            var instant = new DateTimeOffset(first.AddHours(-16), TimeSpan.Zero);
            while (TimeZoneInfo.ConvertTime(instant, zone).Date < first) instant = instant.AddMinutes(1);
            Assert.Equal(Timestamp.From(instant), new Timestamp(Calendar(text, name).Floor(time)));
        });

    [Theory]
    [InlineData("2026-03-28T23:00:00Z", 23)]
    [InlineData("2026-10-24T22:00:00Z", 25)]
    [InlineData("2026-06-30T22:00:00Z", 24)]
    public void Berlin_has_days_of_23_24_and_25_hours(string start, int hours)
    {
        var from = Timestamp.Parse(start).Microseconds;
        var day = Calendar("1d", "Europe/Berlin");
        Assert.Equal(from, day.Floor(from + 1));
        Assert.Equal(hours * 3_600_000_000L, day.Next(from) - from);
        Assert.Equal(hours, Starts(Calendar("1h", "Europe/Berlin"), from, day.Next(from)).Count);
    }

    [Fact]
    public void The_even_runs_say_the_same_as_the_calendar() =>
        Gen.Select(Of(Zones), Of(Widths), Gen.OneOf(AnyTime, NearChange), Gen.Long[1, 400L * 86_400_000_000], Gen.Double[0, 1]).Sample(
            (zone, text, from, length, part) =>
            {
                var calendar = Calendar(text, zone);
                var time = from + (long)(length * part);
                var run = calendar.Runs(from, from + length + 1).Last(run => run.Start <= time);
                var (start, day, width) = run;
                if (day != 0) start += (time - start) / day * day;
                Assert.Equal(calendar.Floor(time), start + (time - start) / width * width);
            });

    [Fact]
    public void Shanghai_needs_one_run_for_ten_years_of_hours() =>
        Assert.Single(Calendar("1h", "Asia/Shanghai").Runs(Timestamp.Parse("2016-01-01T00:00:00Z").Microseconds, Timestamp.Parse("2026-01-01T00:00:00Z").Microseconds));

    [Theory]
    [InlineData("0s")]
    [InlineData("60s")]
    [InlineData("24h")]
    [InlineData("2d")]
    [InlineData("1")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("1 h")]
    [InlineData("1hh")]
    [InlineData("1e3s")]
    public void Other_widths_are_refused(string text) => Assert.False(BucketWidth.TryParse(text, out _));

    [Fact]
    public void Widths_read_as_they_are_written() =>
        Assert.All(Widths, text => Assert.Equal(text, BucketWidth.TryParse(text, out var width) ? width.ToString() : null));

    private static Gen<string> Of(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static BucketCalendar Calendar(string width, string zone)
    {
        Assert.True(BucketWidth.TryParse(width, out var parsed));
        return new BucketCalendar(parsed, TimeZoneInfo.FindSystemTimeZoneById(zone));
    }

    private static List<long> Starts(BucketCalendar calendar, long from, long to)
    {
        var starts = new List<long>();
        for (var start = calendar.Floor(from); start < to; start = calendar.Next(start)) starts.Add(start);
        return starts;
    }
}
