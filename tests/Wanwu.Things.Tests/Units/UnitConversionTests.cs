using System.Globalization;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class UnitConversionTests
{
    /// <summary>Value, unit, result, unit. The results follow from the definitions of the SI brochure and of the yard and pound, worked out by hand.</summary>
    public static readonly TheoryData<double, string, double, string> Known = new()
    {
        { 1500, "ug/m3", 1.5, "mg/m3" }, { 0.035, "mg/m3", 35, "ug/m3" }, { 1, "g/L", 1e6, "ug/L" }, { 1, "mg/L", 1, "g/m3" }, { 1, "[ppm]", 1000, "[ppb]" }, { 50, "%", 0.5, "1" },
        { 12, "[ppth]", 1.2, "%" }, { 1e6, "[pptr]", 1, "[ppm]" },
        { 25, "Cel", 298.15, "K" }, { 0, "K", -273.15, "Cel" }, { 32, "[degF]", 0, "Cel" }, { 212, "[degF]", 100, "Cel" }, { -40, "Cel", -40, "[degF]" }, { 100, "[degF]", 37.77777777777778, "Cel" },
        { 37, "Cel", 98.6, "[degF]" }, { 491.67, "[degR]", 273.15, "K" }, { 80, "[degRe]", 100, "Cel" }, { 20, "Cel", 20000, "mCel" }, { 1, "K", 1.8, "[degR]" },
        { 1, "bar", 1e5, "Pa" }, { 1013.25, "hPa", 1, "atm" }, { 1, "mbar", 1, "hPa" }, { 760, "mm[Hg]", 101324.72, "Pa" }, { 1, "m[H2O]", 9806.65, "Pa" }, { 1, "[psi]", 6894.757293168361, "Pa" },
        { 1, "att", 98066.5, "Pa" }, { 1, "[in_i'Hg]", 3386.3788, "Pa" }, { 0.6, "MPa", 6, "bar" },
        { 1, "kW.h", 3.6e6, "J" }, { 1, "MW.h", 1000, "kW.h" }, { 1, "kcal", 4184, "J" }, { 1, "cal_IT", 4.1868, "J" }, { 1, "[Btu_IT]", 1055.05585262, "J" }, { 1, "eV", 1.602176634e-19, "J" },
        { 1, "[HP]", 745.6998715822702, "W" }, { 1, "kV.A", 1000, "V.A" }, { 2, "A.h", 7200, "C" }, { 230, "V", 0.23, "kV" }, { 4.7, "kOhm", 4700, "Ohm" }, { 1, "mS/cm", 0.1, "S/m" },
        { 36, "km/h", 10, "m/s" }, { 1, "m/s", 3.6, "km/h" }, { 1, "[kn_i]", 0.5144444444444445, "m/s" }, { 60, "[mi_i]/h", 26.8224, "m/s" }, { 1, "[g]", 9.80665, "m/s2" }, { 1, "Gal", 0.01, "m/s2" },
        { 1, "[in_i]", 2.54, "cm" }, { 1, "[ft_i]", 0.3048, "m" }, { 1, "[mi_i]", 1609.344, "m" }, { 1, "[nmi_i]", 1852, "m" }, { 1, "[yd_i]", 0.9144, "m" }, { 10, "Ao", 1, "nm" },
        { 1, "[gal_us]", 3.785411784, "L" }, { 1, "[bbl_us]", 158.987294928, "L" }, { 1, "[foz_us]", 29.5735295625, "mL" }, { 1, "[gal_br]", 4.54609, "L" }, { 1, "m3", 1000, "L" }, { 1, "[cft_i]", 28.316846592, "L" },
        { 1, "L/min", 0.06, "m3/h" }, { 3.6, "m3/h", 1, "L/s" }, { 1, "har", 1e4, "m2" }, { 1, "km2", 100, "har" }, { 1, "[acr_us]", 4046.872609874252, "m2" },
        { 1, "[lb_av]", 453.59237, "g" }, { 16, "[oz_av]", 1, "[lb_av]" }, { 1, "t", 1000, "kg" }, { 1, "[lbf_av]", 4.4482216152605, "N" }, { 1, "kgf", 9.80665, "N" }, { 1, "[oz_tr]", 31.1034768, "g" },
        { 1, "h", 3600, "s" }, { 1, "d", 1440, "min" }, { 2, "wk", 14, "d" }, { 1, "a", 365.25, "d" }, { 1, "mo", 30.4375, "d" }, { 1, "a_g", 365.2425, "d" }, { 90, "min", 1.5, "h" },
        { 180, "deg", Math.PI, "rad" }, { 1, "circ", 360, "deg" }, { 1, "deg", 60, "'" }, { 1, "'", 60, "''" }, { 100, "gon", 90, "deg" }, { 1, "{rev}/min", 1.0 / 60, "Hz" },
        { 1, "lx", 1, "lm/m2" }, { 1, "Ci", 3.7e10, "Bq" }, { 1, "REM", 0.01, "Sv" }, { 0.1, "uSv/h", 100, "nSv/h" }, { 1, "R", 2.58e-4, "C/kg" }, { 1, "G", 1e-4, "T" }, { 1, "P", 0.1, "Pa.s" }, { 1, "cSt", 1e-6, "m2/s" },
        { 1, "KiBy", 8192, "bit" }, { 1, "MBy", 8, "Mbit" }, { 1, "mol/L", 1000, "mmol/L" }, { 1, "mol", 6.02214076e23, "1" }, { 30, "dB", 3, "B" }, { 1, "mW/cm2", 10, "W/m2" }, { 20, "mm/h", 2, "cm/h" },
    };

    [Theory, MemberData(nameof(Known))]
    public void Value_is_told_in_the_other_unit_and_back(double value, string from, double expected, string to)
    {
        var (source, target) = (UcumUnit.Parse(from), UcumUnit.Parse(to));
        Assert.True(source.TryConvert(value, target, out var converted));
        AssertClose(expected, converted);
        Assert.True(target.TryConvert(expected, source, out var back));
        AssertClose(value, back);
    }

    [Theory]
    [InlineData(1500, "ug/m3", 1.5, "mg/m3")]
    [InlineData(32, "[degF]", 0, "Cel")]
    [InlineData(25, "Cel", 298.15, "K")]
    [InlineData(36, "km/h", 10, "m/s")]
    [InlineData(0.3, "mg/L", 300, "ug/L")]
    public void Common_conversions_are_right_to_the_last_bit(double value, string from, double expected, string to)
    {
        Assert.True(UcumUnit.Parse(from).TryConvert(value, UcumUnit.Parse(to), out var converted));
        Assert.Equal(expected, converted);
    }

    [Theory]
    [InlineData("kg/m3", "kg/m2", "kg/m3 measures m-3.g, kg/m2 measures m-2.g.")]
    [InlineData("Cel", "%", "Cel measures K, % measures 1.")]
    [InlineData("dB[SPL]", "Pa", "dB[SPL] is a level (a logarithm): it converts to no unit but B[SPL] with another prefix.")]
    [InlineData("%", "dB", "dB is a level (a logarithm): it converts to no unit but B with another prefix.")]
    [InlineData("dB[V]", "dB[SPL]", "dB[V] is a level (a logarithm): it converts to no unit but B[V] with another prefix.")]
    [InlineData("[pH]", "mol/L", "[pH] is a level (a logarithm): it converts to no unit but [pH] with another prefix.")]
    [InlineData("[CFU]/mL", "[iU]/mL", "[CFU]/mL measures m-3.[CFU], [iU]/mL measures m-3.[iU].")]
    [InlineData("[iU]", "1", "[iU] measures [iU], 1 measures 1.")]
    [InlineData("rad", "1", "rad measures rad, 1 measures 1.")]
    public void What_does_not_go_together_says_why(string from, string to, string why)
    {
        Assert.Equal(why, UcumUnit.Parse(from).ObstacleTo(UcumUnit.Parse(to)));
        Assert.False(UcumUnit.Parse(from).TryConvert(1, UcumUnit.Parse(to), out var converted));
        Assert.True(double.IsNaN(converted));
    }

    [Fact]
    public void Result_that_is_no_number_is_no_result()
    {
        Assert.False(UcumUnit.Parse("Ym").TryConvert(1e300, UcumUnit.Parse("ym"), out _));
        Assert.False(UcumUnit.Parse("m").TryConvert(double.NaN, UcumUnit.Parse("km"), out _));
        Assert.True(UcumUnit.Parse("10*99").TryConvert(1, UcumUnit.Parse("10*-99"), out var large));
        AssertClose(1e198, large);
        Assert.False(UcumUnit.Parse("10*99.10*99").TryConvert(1, UcumUnit.Parse("10*-99/10*99"), out _));
    }

    private static readonly UcumUnit[][] Families =
    [
        .. new[]
        {
            "m km [in_i] [mi_i] Ao", "Cel K [degF] mCel [degR]", "ug/m3 mg/L g/m3 [lb_av]/[cft_i]", "Pa hPa bar mm[Hg] [psi]", "kW.h J cal [Btu_IT]", "% [ppm] 1 {count} By", "m/s km/h [kn_i]", "deg rad gon ''", "h s mo", "dB B", "[pH]",
        }.Select(static family => family.Split(' ').Select(UcumUnit.Parse).ToArray()),
    ];

    private static readonly Gen<UcumUnit[]> AnyFamily = Gen.Int[0, Families.Length - 1].Select(static i => Families[i]);
    private static readonly Gen<UcumUnit> AnyUnit = AnyFamily.SelectMany(Member);

    private static Gen<UcumUnit> Member(UcumUnit[] family) => Gen.Int[0, family.Length - 1].Select(i => family[i]);

    [Fact]
    public void There_and_back_is_the_same_value() => AnyFamily.SelectMany(static family => Gen.Select(Member(family), Member(family), Gen.Double[-1e6, 1e6])).Sample((from, to, value) =>
    {
        Assert.True(from.TryConvert(value, to, out var there));
        Assert.True(to.TryConvert(there, from, out var back));
        // A shift between scales may cost a digit near zero, so the error is measured against the shift as well.
        Assert.True(Math.Abs(back - value) <= 1e-9 * (Math.Abs(value) + 1), string.Create(CultureInfo.InvariantCulture, $"{value:R} {from} → {there:R} {to} → {back:R} {from}"));
    });

    [Fact]
    public void Compatible_is_reflexive_symmetric_and_transitive() => Gen.Select(AnyUnit, AnyUnit, AnyUnit).Sample((a, b, c) =>
    {
        Assert.True(a.IsCompatibleWith(a));
        Assert.Equal(a.IsCompatibleWith(b), b.IsCompatibleWith(a));
        if (a.IsCompatibleWith(b) && b.IsCompatibleWith(c)) Assert.True(a.IsCompatibleWith(c));
    });

    [Fact]
    public void Way_over_a_third_unit_is_the_straight_way() => AnyFamily.SelectMany(static family => Gen.Select(Member(family), Member(family), Member(family), Gen.Double[-1e6, 1e6])).Sample((a, b, c, value) =>
    {
        Assert.True(a.TryConvert(value, c, out var straight));
        Assert.True(a.TryConvert(value, b, out var over));
        Assert.True(b.TryConvert(over, c, out var around));
        Assert.True(Math.Abs(straight - around) <= 1e-9 * (Math.Abs(straight) + 1), string.Create(CultureInfo.InvariantCulture, $"{value:R} {a}: {straight:R} and {around:R} {c}"));
    });

    [Fact]
    public void No_text_makes_the_parser_throw() => Gen.String[Gen.Char["mgskKLhCel%[]{}()./*^-+0123456789uPa°"], 0, 24].Sample(text =>
    {
        if (UcumUnit.TryParse(text, out var unit, out var fault)) Assert.True(unit.Means(UcumUnit.Parse(unit.Code)) && fault == default);
        else Assert.InRange(fault.Position, 1, text.Length + 1);
    }, iter: 50_000);

    [Fact]
    public void Conversion_between_the_same_units_leaves_the_value() => AnyUnit.Sample(unit =>
    {
        Assert.True(unit.TryGetConversion(unit, out var conversion) && conversion.IsIdentity);
        Assert.Equal(0.1, conversion.Apply(0.1));
    });

    [Fact]
    public void Way_to_one_unit_is_not_taken_for_the_way_to_another()
    {
        var (metre, kilometre, inch) = (UcumUnit.Parse("m"), UcumUnit.Parse("km"), UcumUnit.Parse("[in_i]"));
        foreach (var (to, expected) in new[] { (kilometre, 0.0254), (inch, 1000.0), (kilometre, 0.0254), (metre, 25.4) })
        {
            Assert.True(metre.TryConvert(25.4, to, out var converted));
            AssertClose(expected, converted);
        }
        Assert.False(metre.TryConvert(1, UcumUnit.Parse("s"), out _));
        Assert.True(metre.TryConvert(25.4, metre, out var same) && same == 25.4);
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-12 * Math.Max(Math.Abs(expected), 1e-3 * Math.Abs(actual)) + 1e-13, string.Create(CultureInfo.InvariantCulture, $"Expected {expected:R}, found {actual:R}."));
}
