using System.Text;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class UnitAliasesTests
{
    [Theory]
    [InlineData("℃", "Cel")]
    [InlineData("°C", "Cel")]
    [InlineData("C", "Cel")]
    [InlineData("ug/m3", "ug/m3")]
    [InlineData("µg/m³", "ug/m3")]
    [InlineData("μg/m³", "ug/m3")]
    [InlineData("ug/m^3", "ug/m3")]
    [InlineData("kWh", "kW.h")]
    [InlineData("KWh", "kW.h")]
    [InlineData("m³/h", "m3/h")]
    [InlineData("%RH", "%")]
    [InlineData("mg/Nm3", "mg/m3{normal}")]
    [InlineData("mg/Nm³", "mg/m3{normal}")]
    [InlineData("mmHg", "mm[Hg]")]
    [InlineData("NTU", "[NTU]")]
    [InlineData("pH", "[pH]")]
    [InlineData("ppm", "[ppm]")]
    [InlineData("PPM", "[ppm]")]
    [InlineData("dB(A)", "dB[SPL]{A}")]
    [InlineData("rpm", "{rev}/min")]
    [InlineData("m·s⁻¹", "m.s-1")]
    [InlineData(" kW.h ", "kW.h")]
    [InlineData("Ω", "Ohm")]
    [InlineData("kΩ", "kOhm")]
    [InlineData("ha", "har")]
    [InlineData("kvar", "kV.A{reactive}")]
    [InlineData("hPa", "hPa")]
    public void Spelling_of_the_field_is_read(string spelling, string code)
    {
        Assert.True(UnitAliases.TryResolve(spelling, out var unit, out var fault), fault);
        Assert.True(UcumUnit.Parse(code).Means(unit!));
        Assert.Equal(UcumUnit.Parse(code).Symbol, unit!.Symbol);
    }

    [Theory]
    [InlineData("C", "C")]
    [InlineData("Cel", "Cel")]
    [InlineData("%RH", "%")]
    [InlineData("lon", "deg{lon}")]
    [InlineData("lat", "deg{lat}")]
    [InlineData("W", "W")]
    [InlineData("V", "V")]
    [InlineData("B", "By")]
    [InlineData("/", "1")]
    [InlineData("count", "{count}")]
    [InlineData("m/s2", "m/s2")]
    [InlineData("kWh", "kW.h")]
    [InlineData("mS/cm", "mS/cm")]
    public void SenMl_has_a_registry_of_its_own(string spelling, string code)
    {
        Assert.True(UnitAliases.TryResolveSenMl(spelling, out var unit, out var fault), fault);
        Assert.True(UcumUnit.Parse(code).Means(unit!));
    }

    /// <summary>The registry of RFC 8428 §12.1 with what RFC 8798 added; each symbol must be read.</summary>
    [Fact]
    public void Every_unit_of_the_SenMl_registry_is_read()
    {
        string[] symbols =
        [
            "m", "kg", "g", "s", "A", "K", "cd", "mol", "Hz", "rad", "sr", "N", "Pa", "J", "W", "C", "V", "F", "Ohm", "S", "Wb", "T", "H", "Cel", "lm", "lx", "Bq", "Gy", "Sv", "kat",
            "m2", "m3", "l", "m/s", "m/s2", "m3/s", "l/s", "W/m2", "cd/m2", "bit", "bit/s", "lat", "lon", "pH", "dB", "dBW", "Bspl", "count", "/", "%RH", "%EL", "EL", "1/s", "1/min", "beat/min", "beats", "S/m",
            "B", "VA", "VAs", "var", "vars", "J/m", "kg/m3", "deg", "NTU",
            "ms", "min", "h", "MHz", "kW", "kVA", "kvar", "Ah", "Wh", "kWh", "varh", "kvarh", "kVAh", "Wh/km", "KiB", "GB", "Mbit/s", "B/s", "MB/s", "mV", "mA", "dBm", "ug/m3", "mm/h", "m/h", "ppm", "/100", "/1000", "hPa", "mm", "cm", "km", "km/h",
        ];
        Assert.All(symbols, static symbol => Assert.True(UnitAliases.TryResolveSenMl(symbol, out _, out var fault), fault));
    }

    [Fact]
    public void Every_row_of_the_tables_is_a_unit() => Assert.All(UnitAliases.All.Concat(UnitAliases.SenMl), static row =>
        Assert.True(UcumUnit.TryParse(row.Ucum, out _, out var fault), $"{row.Spelling} → {row.Ucum}: {fault}"));

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("µg per m³")]
    [InlineData("mwh")] // milli or mega
    [InlineData("MAH")]
    public void Anything_else_is_refused_with_its_text(string spelling)
    {
        Assert.False(UnitAliases.TryResolve(spelling, out _, out var fault));
        Assert.Contains($"'{spelling}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_the_resolver_throw() => Gen.String.Sample(text =>
    {
        UnitAliases.TryResolve(text, out _, out _);
        UnitAliases.TryResolveSenMl(text, out _, out _);
        UnitAliases.TryResolve(text.Normalize(NormalizationForm.FormKC) + "²", out _, out _);
    });
}
