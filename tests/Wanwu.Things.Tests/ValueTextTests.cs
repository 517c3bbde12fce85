using System.Text;

namespace Wanwu.Things.Tests;

/// <summary>What is written of a value, with its kind beside it, is read as the same value; what is not of its kind is not read.</summary>
public sealed class ValueTextTests
{
    public static TheoryData<Value> Values =>
    [
        Value.None, Value.OfNumber(0.1), Value.OfNumber(-1e300), Value.OfNumber(double.Epsilon), Value.OfNumber(double.MaxValue), Value.OfNumber(21), Value.OfInteger(21), Value.OfInteger(long.MinValue),
        Value.OfInteger(9_007_199_254_740_993), Value.OfBoolean(true), Value.OfBoolean(false), Value.OfText(""), Value.OfText("NA"), Value.OfText(" 21 "), Value.OfText("水位,\r\n\""),
        Value.OfPoint(-90, 180), Value.OfPoint(31.2304, 121.4737), Value.OfObject("[1, {\"a\":null}]"), Value.OfObject("{}"),
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_comes_back_as_it_was(Value value)
    {
        Assert.True(ValueKindNames.TryParse(Encoding.UTF8.GetBytes(ValueKindNames.NameOf(value.Kind)), out var kind));
        Assert.True(ValueText.TryParse(kind, Encoding.UTF8.GetBytes(value.ToString()), out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData(ValueKind.None, "0")]
    [InlineData(ValueKind.Number, "")]
    [InlineData(ValueKind.Number, "1e999")]
    [InlineData(ValueKind.Number, "NaN")]
    [InlineData(ValueKind.Number, "1 ")]
    [InlineData(ValueKind.Integer, "1.5")]
    [InlineData(ValueKind.Integer, "9223372036854775808")]
    [InlineData(ValueKind.Boolean, "1")]
    [InlineData(ValueKind.Point, "91,0")]
    [InlineData(ValueKind.Point, "1")]
    [InlineData(ValueKind.Point, "1,NaN")]
    [InlineData(ValueKind.Object, "")]
    [InlineData(ValueKind.Object, "1")]
    [InlineData(ValueKind.Object, "{\"a\":1")]
    [InlineData(ValueKind.Object, "{} {}")]
    [InlineData((ValueKind)99, "1")]
    public void What_is_not_of_its_kind_is_not_read(ValueKind kind, string text) => Assert.False(ValueText.TryParse(kind, Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_text_that_is_too_long_is_not_read() =>
        Assert.False(ValueText.TryParse(ValueKind.Text, Encoding.UTF8.GetBytes(new string('x', Value.MaxTextLength + 1)), out _));
}
