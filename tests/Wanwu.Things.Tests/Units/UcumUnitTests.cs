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
    [InlineData("mg/m3{normal}", "mg/m³ (normal)")]
    [InlineData("10*3/uL", "10³/µL")]
    [InlineData("kOhm", "kΩ")]
    [InlineData("[ppm]", "ppm")]
    [InlineData("(kg.m)/s2", "(kg·m)/s²")]
    [InlineData("dB[SPL]", "dB")]
    public void Unit_has_a_symbol_for_people(string code, string symbol) => Assert.Equal(symbol, UcumUnit.Parse(code).Symbol);
}
