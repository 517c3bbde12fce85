using System.Text.Json;

namespace Wanwu.Things.Tests;

public sealed class UcumUnitTests
{
    [Theory]
    [InlineData("ug/m3", "µg/m³")]
    [InlineData("Cel", "°C")]
    [InlineData("kW.h", "kW·h")]
    [InlineData("m.s-2", "m·s⁻²")]
    [InlineData("/min", "1/min")]
    [InlineData("mm[Hg]", "mmHg")]
    [InlineData("1", "")]
    [InlineData("{count}", "count")]
    [InlineData("{rev}/min", "rev/min")]
    [InlineData("mg/m3{normal}", "mg/m³ (normal)")]
    [InlineData("10*3/uL", "10³/µL")]
    [InlineData("kOhm", "kΩ")]
    [InlineData("[ppm]", "ppm")]
    [InlineData("(kg.m)/s2", "(kg·m)/s²")]
    [InlineData("dB[SPL]", "dB")]
    [InlineData("kV.A{reactive}", "kvar")]
    [InlineData("[degF]", "°F")]
    [InlineData("{}", "1")]
    public void Unit_has_a_symbol_for_people(string code, string symbol) => Assert.Equal(symbol, UcumUnit.Parse(code).Symbol);

    [Theory]
    [InlineData("m/s2", "m.s-2")]
    [InlineData("m/s2", "m/s/s")]
    [InlineData("m/s2", "m.s-1/s")]
    [InlineData("J", "N.m")]
    [InlineData("J", "kg.m2/s2")]
    [InlineData("W.s", "J")]
    [InlineData("l", "L")]
    [InlineData("L", "dm3")]
    [InlineData("%", "10*-2")]
    [InlineData("10^3", "10*+3")]
    [InlineData("10*3", "1000")]
    [InlineData("g{dry}", "g")]
    [InlineData("{a}{b}", "1")]
    [InlineData("Hz", "/s")]
    [InlineData("m/(s.s)", "m/s/s")]
    [InlineData("2.m/2", "m")]
    [InlineData("har", "hm2")]
    [InlineData("sph", "4.[pi].rad2")]
    public void Two_spellings_mean_the_same(string one, string other)
    {
        Assert.True(UcumUnit.Parse(one).Means(UcumUnit.Parse(other)));
        Assert.Equal(one == other, UcumUnit.Parse(one) == UcumUnit.Parse(other));
    }

    [Theory]
    [InlineData("", 1, "a unit is missing")]
    [InlineData("mmm", 1, "'mmm' is not a unit")]
    [InlineData("m//s", 3, "'/' cannot stand here")]
    [InlineData("m/", 3, "a unit is missing")]
    [InlineData("kWh", 1, "'kWh' is not a unit; did you mean kW.h?")]
    [InlineData("Kcal", 1, "'Kcal' is not a unit")]
    [InlineData("°C", 1, "'°C' is not a unit; did you mean Cel?")]
    [InlineData("kg/m^3", 4, "'m^' is not a unit")]
    [InlineData("(m/s", 1, "a '(' without ')'")]
    [InlineData("m)", 2, "a ')' without '('")]
    [InlineData("m s", 2, "expected '.' or '/'")]
    [InlineData("m{a", 2, "a '{' without '}'")]
    [InlineData("m{ä}", 2, "an annotation holds printable ASCII characters only")]
    [InlineData("m0", 2, "an exponent of zero")]
    [InlineData("m-", 2, "a sign without an exponent")]
    [InlineData("m100", 2, "an exponent beyond 99")]
    [InlineData("0.m", 1, "a factor of zero")]
    [InlineData("1234567890123456789", 1, "a number of more than 18 digits")]
    [InlineData("Cel/m", 5, "Cel has a zero of its own and can only stand alone; in a product write K")]
    [InlineData("m.Cel", 3, "Cel has a zero of its own and can only stand alone; in a product write K")]
    [InlineData("Cel2", 1, "Cel has a zero of its own and can only stand alone; in a product write K")]
    [InlineData("dB/m", 4, "B is a logarithm and can only stand alone")]
    [InlineData("k[in_i]", 1, "'k[in_i]' is not a unit")]
    [InlineData("[foo", 1, "'[foo' is not a unit")]
    [InlineData("(((((((((m)))))))))", 10, "more than 8 parentheses within each other")]
    [InlineData("m99.m99", 5, "the product is too large")]
    [InlineData("mol99", 1, "the power is too large")]
    public void Text_that_is_no_unit_is_told_where_and_why(string text, int position, string reason)
    {
        Assert.False(UcumUnit.TryParse(text, out _, out var fault));
        Assert.Equal(new UcumFault(position, reason), fault);
        Assert.Throws<FormatException>(() => UcumUnit.Parse(text));
    }

    [Fact]
    public void Length_is_bounded()
    {
        Assert.True(UcumUnit.TryParse("m" + string.Concat(Enumerable.Repeat("/s.s", 31)), out _, out _));
        Assert.False(UcumUnit.TryParse(new string('m', 129), out _, out var fault));
        Assert.Equal("At character 129: a unit has at most 128 characters.", fault.ToString());
    }

    [Fact]
    public void Json_is_the_code()
    {
        Assert.Equal("\"ug/m3\"", JsonSerializer.Serialize(UcumUnit.Parse("ug/m3")));
        Assert.Equal(UcumUnit.Parse("kW.h"), JsonSerializer.Deserialize<UcumUnit>("\"kW.h\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<UcumUnit>("\"kWh\""));
    }

    [Theory]
    [InlineData("m.s-2", "m.s-2")]
    [InlineData("%", "1")]
    [InlineData("[iU]/L", "m-3.[iU]")]
    [InlineData("V", "m2.s-2.g.C-1")]
    public void Dimension_is_a_product_of_base_units(string code, string dimension) => Assert.Equal(dimension, UcumUnit.Parse(code).Dimension.ToString());
}
