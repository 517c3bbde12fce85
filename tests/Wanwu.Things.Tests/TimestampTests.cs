using System.Text;
using System.Text.Json;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class TimestampTests
{
    private static readonly Gen<Timestamp> AnyTime = Gen.Long[Timestamp.Min.Microseconds, Timestamp.Max.Microseconds].Select(static us => new Timestamp(us));

    [Fact]
    public void Text_of_any_time_reads_back_as_the_same_time() => AnyTime.Sample(time =>
    {
        Assert.Equal(time, Timestamp.Parse(time.ToString()));
        Assert.Equal(time, Timestamp.Parse(Encoding.UTF8.GetBytes(time.ToString())));
        Assert.Equal(time, Timestamp.From(time.ToDateTimeOffset()));
        Assert.Equal(time, JsonSerializer.Deserialize<Timestamp>(JsonSerializer.Serialize(time)));
    });

    [Fact]
    public void Order_of_times_is_order_of_microseconds() => Gen.Select(AnyTime, AnyTime).Sample((a, b) =>
    {
        Assert.Equal(a.Microseconds < b.Microseconds, a < b);
        Assert.Equal(a.Microseconds >= b.Microseconds, a >= b);
        Assert.Equal(a > b, b < a);
        Assert.Equal(a <= b, !(a > b));
    });

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1970-01-01T00:00Z", 0)]
    [InlineData("1970-01-01 00:00:01Z", 1_000_000)]
    [InlineData("1970-01-01t00:00:01z", 1_000_000)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("1970-01-01T08:00:00+08:00", 0)]
    [InlineData("1969-12-31T18:30:00.5-05:30", 500_000)]
    [InlineData("1970-01-01T00:00:00-00:00", 0)]
    [InlineData("1970-01-01T00:00:00.123456789Z", 123_456)]
    [InlineData("2026-02-28T23:59:59.1Z", 1_772_323_199_100_000)]
    [InlineData("2024-02-29T00:00:00Z", 1_709_164_800_000_000)]
    [InlineData("0001-01-01T00:00:00Z", -62_135_596_800_000_000)]
    [InlineData("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999)]
    public void Rfc_3339_reads(string text, long microseconds)
    {
        Assert.Equal(microseconds, Timestamp.Parse(text).Microseconds);
        Assert.Equal(microseconds, Timestamp.Parse(Encoding.UTF8.GetBytes(text)).Microseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T08:00:00")] // no zone: a guess
    [InlineData("2026-01-31T08:00:00+0800")]
    [InlineData("2026-01-31T08:00:00+15:00")]
    [InlineData("2026-01-31T08:00:00+08:60")]
    [InlineData("2026-01-31T08:00:00ZZ")]
    [InlineData("2026-01-31T08:00:00.Z")]
    [InlineData("2026-01-31T08:00:00,5Z")]
    [InlineData("2026-01-31T24:00:00Z")]
    [InlineData("2026-01-31T23:60:00Z")]
    [InlineData("2026-12-31T23:59:60Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-00-01T00:00:00Z")]
    [InlineData("2026-01-00T00:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+08:00")] // before the first instant
    [InlineData("9999-12-31T23:59:59-08:00")] // after the last
    [InlineData("2026/01/31T08:00:00Z")]
    [InlineData("2026-01-31X08:00:00Z")]
    [InlineData("2026-01-31T08:00:0０Z")]
    [InlineData("2026-01-31T08:00:")]
    [InlineData("2026-01-31T08:00:00.123456789012345678901234567890Z")]
    public void Anything_else_is_no_time(string text)
    {
        Assert.False(Timestamp.TryParse(text, null, out _));
        Assert.False(Timestamp.TryParse(Encoding.UTF8.GetBytes(text), null, out _));
        Assert.Throws<FormatException>(() => Timestamp.Parse(text));
    }

    [Fact]
    public void No_text_makes_the_parser_throw() => Gen.String[Gen.Char["0123456789-:TZ+. z"], 0, 45].Sample(text =>
    {
        Timestamp.TryParse(text, null, out _);
    });

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1_000, "1970-01-01T00:00:00.001Z")]
    [InlineData(1, "1970-01-01T00:00:00.000001Z")]
    [InlineData(-1_000, "1969-12-31T23:59:59.999Z")]
    public void Text_has_as_many_digits_as_needed(long microseconds, string text) => Assert.Equal(text, new Timestamp(microseconds).ToString());

    [Theory]
    [InlineData("1769846400123", 1_769_846_400_123_000)]
    [InlineData("-1", -1_000)]
    [InlineData("\"2026-01-31T08:00:00.123Z\"", 1_769_846_400_123_000)]
    public void Json_number_is_milliseconds(string json, long microseconds) => Assert.Equal(microseconds, JsonSerializer.Deserialize<Timestamp>(json).Microseconds);

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e30")]
    [InlineData("253402300800000")]
    [InlineData("-62135596800001")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("\"yesterday\"")]
    public void Other_json_is_no_time(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Timestamp>(json));

    [Fact]
    public void Time_before_1970_is_cut_downwards() =>
        Assert.Equal(-1, Timestamp.From(DateTimeOffset.UnixEpoch.AddTicks(-1)).Microseconds);
}
