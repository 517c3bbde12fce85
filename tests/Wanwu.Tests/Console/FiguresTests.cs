using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Console.Language;
using Wanwu.Console.ThingRoom;
using Wanwu.Things;

namespace Wanwu.Tests.Console;

/// <summary>Numbers and times as people read them.</summary>
public sealed class FiguresTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Start);
    private readonly Figures _figures;

    public FiguresTests()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
        _figures = new Figures(new Words(), _clock);
    }

    [Theory]
    [InlineData(21.5, null, "21.5")]
    [InlineData(1234567.891, null, "1,234,568")]
    [InlineData(0.00012345, null, "0.00012345")]
    [InlineData(0.1 + 0.2, null, "0.3")]
    [InlineData(0, null, "0")]
    [InlineData(-3.25, null, "-3.25")]
    [InlineData(21.5, 4, "21.5")]
    [InlineData(0, 3, "0")]
    [InlineData(37, 4, "37")]
    [InlineData(1013.25, 5, "1,013.3")]
    [InlineData(3e20, null, "3E+20")]
    [InlineData(double.NaN, null, "–")]
    public void A_number_has_the_digits_it_deserves(double number, int? digits, string expected) => Assert.Equal(expected, _figures.Number(number, digits));

    [Fact]
    public void A_unit_follows_after_a_thin_space() => Assert.Equal("21.5\u2009°C", _figures.Of(Value.OfNumber(21.5), "°C"));

    [Fact]
    public void Nothing_is_a_dash_and_never_zero() => Assert.Equal("–", _figures.Of(Value.None, "°C"));

    [Theory]
    [InlineData(2, "just now")]
    [InlineData(42, "42 s ago")]
    [InlineData(200, "3 min ago")]
    [InlineData(7_300, "2 h ago")]
    [InlineData(200_000, "2 d ago")]
    [InlineData(-600, "in the future")]
    public void An_age_is_told_in_one_unit(int seconds, string expected) => Assert.Equal(expected, _figures.Ago(Timestamp.From(Start.AddSeconds(-seconds))));

    [Fact]
    public void An_exact_time_names_its_zone() =>
        Assert.Equal("2026-03-01 20:00:00.000 UTC+08:00", Figures.Exact(Timestamp.From(Start), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai")));

    [Fact]
    public void A_period_in_the_address_moves_on_with_time_and_one_with_ends_does_not()
    {
        var live = Stretch.Read("1h", null, null, _figures.Now);
        var still = Stretch.Read(null, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", _figures.Now);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(_figures.Now, live.At(_figures.Now).To);
        Assert.Equal(still, still.At(_figures.Now));
    }

    [Fact]
    public void A_list_s_query_says_in_the_address_what_it_shows()
    {
        var query = new ThingQuery().With("name", "pump 3").SortBy("name").Toggle("organisation");
        Assert.Equal("?name=pump%203&sort=-name&columns=name%2Cmodel%2Cidentifiers%2Cregion%2Clifecycle%2Cheard%2Corganisation", query.ToQuery());
        var read = ThingQuery.Read(new QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query.ToQuery())));
        Assert.Equal(query.ToQuery(), read.ToQuery());
        Assert.True(read.ListsSameAs(query));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"x\"", "\"say \"\"x\"\"\"")]
    [InlineData("=HYPERLINK(1)", "'=HYPERLINK(1)")]
    [InlineData("-4.5", "-4.5")]
    public void A_cell_of_an_export_is_text_and_never_a_formula(string text, string expected) => Assert.Equal(expected, ThingExport.Cell(text));
}
