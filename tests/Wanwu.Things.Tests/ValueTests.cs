using System.Text.Json;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class ValueTests
{
    private static readonly Gen<double> Finite = Gen.Double.Where(double.IsFinite);

    [Fact]
    public void Integers_are_equal_only_when_they_are_the_same() => Gen.Select(Gen.Long, Gen.Long).Sample((a, b) =>
        Assert.Equal(a == b, Value.OfInteger(a) == Value.OfInteger(b)));

    [Theory]
    [InlineData(-1, -2)] // as doubles both are NaN
    [InlineData(0, long.MinValue)] // as doubles 0 and -0
    public void Integers_whose_bits_are_odd_doubles_differ(long a, long b) => Assert.NotEqual(Value.OfInteger(a), Value.OfInteger(b));

    [Fact]
    public void Zero_has_no_sign() => Assert.Equal(Value.OfNumber(0.0), Value.OfNumber(-0.0));

    [Fact]
    public void Integer_reads_back_from_json() => Gen.Long.Sample(number =>
    {
        var read = JsonSerializer.Deserialize<Value>(JsonSerializer.Serialize(Value.OfInteger(number)));
        Assert.Equal(Value.OfInteger(number), read);
        Assert.Equal(number, read.AsInteger);
    });

    [Fact]
    public void Number_reads_back_from_json_with_the_same_amount() => Finite.Sample(number =>
        Assert.Equal(number + 0.0, JsonSerializer.Deserialize<Value>(JsonSerializer.Serialize(Value.OfNumber(number))).AsNumber));

    [Theory]
    [InlineData("21", ValueKind.Integer, "21")]
    [InlineData("21.0", ValueKind.Number, "21")]
    [InlineData("21.5", ValueKind.Number, "21.5")]
    [InlineData("9223372036854775807", ValueKind.Integer, "9223372036854775807")]
    [InlineData("9223372036854775808", ValueKind.Number, "9.223372036854776E+18")]
    [InlineData("-0.0", ValueKind.Number, "0")]
    [InlineData("true", ValueKind.Boolean, "true")]
    [InlineData("\"on\"", ValueKind.Text, "on")]
    [InlineData("\"\"", ValueKind.Text, "")]
    [InlineData("null", ValueKind.None, "")]
    [InlineData("{\"lat\":31.5,\"lon\":120.3}", ValueKind.Point, "31.5,120.3")]
    [InlineData("{\"lon\":120.3,\"lat\":31.5}", ValueKind.Point, "31.5,120.3")]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[120.3,31.5]}", ValueKind.Point, "31.5,120.3")]
    [InlineData("{\"lat\":91,\"lon\":120.3}", ValueKind.Object, "{\"lat\":91,\"lon\":120.3}")]
    [InlineData("{\"lat\":1e999,\"lon\":1}", ValueKind.Object, "{\"lat\":1e999,\"lon\":1}")]
    [InlineData("{\"lat\":\"31\",\"lon\":120.3}", ValueKind.Object, "{\"lat\":\"31\",\"lon\":120.3}")]
    [InlineData("{\"lat\":31,\"lon\":120,\"alt\":4}", ValueKind.Object, "{\"lat\":31,\"lon\":120,\"alt\":4}")]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[1]}", ValueKind.Object, "{\"type\":\"Point\",\"coordinates\":[1]}")]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[\"a\",1]}", ValueKind.Object, "{\"type\":\"Point\",\"coordinates\":[\"a\",1]}")]
    [InlineData("[1,2]", ValueKind.Object, "[1,2]")]
    public void Json_of_every_kind_reads(string json, ValueKind kind, string text)
    {
        var value = JsonSerializer.Deserialize<Value>(json);
        Assert.Equal((kind, text), (value.Kind, value.ToString()));
        Assert.Equal(value.ToString(), JsonSerializer.Deserialize<Value>(JsonSerializer.Serialize(value)).ToString());
    }

    [Theory]
    [InlineData("1e999")]
    [InlineData("-1e999")]
    [InlineData("\"\\ud800\"")]
    public void Json_without_a_value_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Value>(json));

    [Fact]
    public void Text_and_object_are_bounded()
    {
        var longest = new string('x', Value.MaxTextLength);
        Assert.Equal(longest, JsonSerializer.Deserialize<Value>($"\"{longest}\"").AsText);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Value>($"\"{longest}x\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Value>($"[\"{longest}\"]"));
    }

    [Fact]
    public void Value_gives_itself_only_as_what_it_is()
    {
        Assert.Throws<InvalidOperationException>(() => Value.OfNumber(1).AsInteger);
        Assert.Throws<InvalidOperationException>(() => Value.OfInteger(1).AsText);
        Assert.Throws<InvalidOperationException>(() => Value.OfText("a").AsBoolean);
        Assert.Throws<InvalidOperationException>(() => Value.OfText("a").Latitude);
        Assert.Equal((1.0, 0.0, -7.0), (Value.OfBoolean(true).AsNumber, Value.OfBoolean(false).AsNumber, Value.OfInteger(-7).AsNumber));
        Assert.True(double.IsNaN(Value.OfText("1").AsNumber) && double.IsNaN(Value.None.AsNumber));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Number_is_finite(double number) => Assert.Throws<ArgumentOutOfRangeException>(() => Value.OfNumber(number));

    [Theory]
    [InlineData(90, 180, true)]
    [InlineData(-90, -180, true)]
    [InlineData(90.1, 0, false)]
    [InlineData(0, 180.1, false)]
    [InlineData(double.NaN, 0, false)]
    public void Point_is_a_place_on_earth(double latitude, double longitude, bool isPoint)
    {
        Assert.Equal(isPoint, Value.IsPoint(latitude, longitude));
        if (isPoint) Assert.Equal((latitude, longitude), (Value.OfPoint(latitude, longitude).Latitude, Value.OfPoint(latitude, longitude).Longitude));
        else Assert.Throws<ArgumentOutOfRangeException>(() => Value.OfPoint(latitude, longitude));
    }
}
