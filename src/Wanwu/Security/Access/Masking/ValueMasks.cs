using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Masks values: what comes out says no more of the value than its mask allows.</summary>
internal sealed class ValueMasks(HashKey key)
{
    private const string Hidden = "***";
    private const int HashBytes = 16, FewestShown = 8;

    /// <summary>The value as it may be seen. A value that the mask has no sense for is taken away.</summary>
    public Value Of(PropertySight sight, in Value value) => sight.Mask is { } mask ? Of(mask, value) : value;

    /// <inheritdoc cref="Of(PropertySight, in Value)"/>
    public Value Of(Masking mask, in Value value) => (mask.Kind, value.Kind) switch
    {
        (MaskKind.Partial, ValueKind.Text) => Value.OfText(Partial(value.AsText)),
        (MaskKind.Hash, ValueKind.Text or ValueKind.Integer) => Value.OfText(Hash(value)),
        (MaskKind.Coarsen, _) when mask.Decimals is null => mask.Within is null ? Value.None : value,
        (MaskKind.Coarsen, ValueKind.Number) => Finite(Round(value.AsNumber, mask.Decimals!.Value)),
        (MaskKind.Coarsen, ValueKind.Integer) => Finite(Round(value.AsInteger, mask.Decimals!.Value)),
        (MaskKind.Coarsen, ValueKind.Point) => Value.OfPoint(Math.Clamp(Round(value.Latitude, mask.Decimals!.Value), -90, 90), Math.Clamp(Round(value.Longitude, mask.Decimals.Value), -180, 180)),
        _ => Value.None,
    };

    /// <summary>The first letter of a short text; of one of eight letters and more the first three and the last two. How many are hidden is not told.</summary>
    private static string Partial(string text)
    {
        var letters = new StringInfo(text);
        var count = letters.LengthInTextElements;
        return count < 2 ? Hidden
            : count < FewestShown ? letters.SubstringByTextElements(0, 1) + Hidden
            : letters.SubstringByTextElements(0, 3) + Hidden + letters.SubstringByTextElements(count - 2);
    }

    private string Hash(in Value value) => HashOf(value.ToString());

    /// <summary>What stands for a text where the text itself must not.</summary>
    public string HashOf(string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Bytes, Encoding.UTF8.GetBytes(text), hash);
        return Base64Url.EncodeToString(hash[..HashBytes]);
    }

    /// <summary>In decimal, so that 0.1 stays 0.1; what is too large for that has no places to lose.</summary>
    private static double Round(double number, int decimals)
    {
        if (Math.Abs(number) >= 1e18) return decimals >= 0 ? number : Grid(number, decimals);
        if (decimals < 0) return Grid(number, decimals);
        return (double)Math.Round((decimal)number, decimals, MidpointRounding.AwayFromZero);
    }

    private static double Grid(double number, int decimals)
    {
        var step = Math.Pow(10, -decimals);
        return Math.Round(number / step, MidpointRounding.AwayFromZero) * step;
    }

    private static Value Finite(double number) => double.IsFinite(number) ? Value.OfNumber(number) : Value.None;
}
