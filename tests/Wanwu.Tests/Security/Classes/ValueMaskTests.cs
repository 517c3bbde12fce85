using CsCheck;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Classes;

/// <summary>What comes out of a mask says no more than the mask allows, whatever goes in.</summary>
public sealed class ValueMaskTests : IDisposable
{
    private static readonly Gen<string> Texts = Gen.OneOf(Gen.String, Gen.String[Gen.Char["张三李四王五赵六abcdef0123456789😀é"], 0, 60]);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-masks-").FullName;
    private readonly ValueMasks _masks;

    public ValueMaskTests() => _masks = Masks(_folder);

    private static ValueMasks Masks(string folder) => new(new HashKey(new DataFolder(folder), DataProtectionProvider.Create(new DirectoryInfo(Path.Combine(folder, "keys"))), NullLogger<HashKey>.Instance));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Partial(string text) => _masks.Of(Masking.Partial, Value.OfText(text)).AsText;

    [Theory]
    [InlineData("", "***")]
    [InlineData("张", "***")]
    [InlineData("张三", "张***")]
    [InlineData("13812345678", "138***78")]
    [InlineData("张三丰", "张***")]
    public void A_text_shows_its_ends(string text, string shown) => Assert.Equal(shown, Partial(text));

    [Fact]
    public void A_partial_text_shows_at_most_five_letters_and_not_how_many_there_are() => Texts.Sample(text =>
    {
        var shown = Partial(text);
        var letters = new System.Globalization.StringInfo(text).LengthInTextElements;
        var left = new System.Globalization.StringInfo(shown.Replace("***", "", StringComparison.Ordinal)).LengthInTextElements;
        return shown.Contains("***", StringComparison.Ordinal) && (text.Contains('*', StringComparison.Ordinal) || left <= (letters < 8 ? 1 : 5));
    });

    [Fact]
    public void Equal_values_have_equal_hashes_and_others_have_others() => Gen.Select(Texts, Texts).Sample((a, b) =>
    {
        var (one, other) = (_masks.Of(Masking.Hash, Value.OfText(a)), _masks.Of(Masking.Hash, Value.OfText(b)));
        return one.AsText.Length == 22 && (one == other) == (a == b) && one.AsText != a;
    });

    [Fact]
    public void A_hash_stays_over_a_restart_and_is_another_elsewhere()
    {
        var value = Value.OfText("13812345678");
        var before = _masks.Of(Masking.Hash, value);
        Assert.Equal(before, Masks(_folder).Of(Masking.Hash, value));
        Assert.DoesNotContain("13812345678", before.AsText, StringComparison.Ordinal);
        var elsewhere = Directory.CreateTempSubdirectory("wanwu-masks-").FullName;
        Assert.NotEqual(before, Masks(elsewhere).Of(Masking.Hash, value));
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void Numbers_of_one_step_of_the_grid_cannot_be_told_apart() => Gen.Select(Gen.Double[-1e9, 1e9], Gen.Int[Masking.FewestDecimals, Masking.MostDecimals]).Sample((number, decimals) =>
    {
        var coarse = _masks.Of(new Masking(MaskKind.Coarsen, decimals), Value.OfNumber(number));
        var step = Math.Pow(10, -decimals);
        // On the grid, and no further from the number than half a step; the same again when masked again.
        return Math.Abs(coarse.AsNumber - number) <= step * 0.5000001 + 1e-6 * Math.Abs(number) * 1e-6
            && Math.Abs(coarse.AsNumber / step - Math.Round(coarse.AsNumber / step)) < 1e-6 * Math.Max(1, Math.Abs(coarse.AsNumber / step)) + 1e-9
            && _masks.Of(new Masking(MaskKind.Coarsen, decimals), coarse) == coarse;
    });

    [Fact]
    public void Places_stay_on_the_earth_and_come_to_the_grid() => Gen.Select(Gen.Double[-90, 90], Gen.Double[-180, 180], Gen.Int[-2, 6]).Sample((lat, lon, decimals) =>
    {
        var coarse = _masks.Of(new Masking(MaskKind.Coarsen, decimals), Value.OfPoint(lat, lon));
        return coarse.Kind == ValueKind.Point && Value.IsPoint(coarse.Latitude, coarse.Longitude) && Math.Abs(coarse.Latitude - lat) <= 0.51 * Math.Pow(10, -decimals);
    });

    [Theory]
    [InlineData(MaskKind.Remove)]
    [InlineData(MaskKind.Partial)]
    [InlineData(MaskKind.Hash)]
    [InlineData(MaskKind.Coarsen)]
    public void What_a_mask_has_no_sense_for_is_taken_away(MaskKind kind)
    {
        var mask = new Masking(kind, kind == MaskKind.Coarsen ? 1 : null);
        foreach (var value in (Value[])[Value.OfBoolean(true), Value.OfObject("""{"a":1}"""), .. kind == MaskKind.Coarsen ? [Value.OfText("x")] : (Value[])[Value.OfNumber(4.2), Value.OfPoint(1, 2)]])
            Assert.Equal(Value.None, _masks.Of(mask, value));
    }
}
