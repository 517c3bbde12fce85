using System.Globalization;
using System.Numerics;

namespace Wanwu.Things;

/// <summary>
/// An exact positive factor: a ratio of whole numbers times a power of π. Every factor of UCUM is of this form, so no conversion drifts.
/// </summary>
internal readonly record struct UcumMagnitude
{
    /// <summary>Bound on both whole numbers, so that no text can ask for endless arithmetic.</summary>
    private const int MaxBits = 4_096;

    private UcumMagnitude(BigInteger numerator, BigInteger denominator, int pi) => (Numerator, Denominator, Pi) = (numerator, denominator, pi);

    public BigInteger Numerator { get; }
    public BigInteger Denominator { get; }
    /// <summary>The exponent of π.</summary>
    public int Pi { get; }

    public static readonly UcumMagnitude One = new(1, 1, 0);
    public static readonly UcumMagnitude OfPi = new(1, 1, 1);

    public static UcumMagnitude Of(BigInteger number) => new(number, 1, 0);

    /// <summary>Reads a decimal number such as <c>6.02214076e23</c>. For the tables only: the text is known to be right.</summary>
    public static UcumMagnitude OfDecimal(string text)
    {
        var (mantissa, exponent) = text.Split('e') is [var before, var after] ? (before, int.Parse(after, CultureInfo.InvariantCulture)) : (text, 0);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0) exponent -= mantissa.Length - point - 1;
        var digits = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        return exponent >= 0 ? Reduced(digits * BigInteger.Pow(10, exponent), 1, 0) : Reduced(digits, BigInteger.Pow(10, -exponent), 0);
    }

    /// <summary>This times <paramref name="other"/> to the power of <paramref name="exponent"/>; false when the numbers grow too long.</summary>
    public bool TryMultiply(UcumMagnitude other, int exponent, out UcumMagnitude product)
    {
        var self = this; // product may be the same variable as this
        product = default;
        var count = Math.Abs(exponent);
        if ((other.Numerator.GetBitLength() + other.Denominator.GetBitLength()) * count > MaxBits) return false;
        var (up, down) = (BigInteger.Pow(other.Numerator, count), BigInteger.Pow(other.Denominator, count));
        if (exponent < 0) (up, down) = (down, up);
        product = Reduced(self.Numerator * up, self.Denominator * down, self.Pi + (other.Pi * exponent));
        return product.Numerator.GetBitLength() <= MaxBits && product.Denominator.GetBitLength() <= MaxBits;
    }

    private static UcumMagnitude Reduced(BigInteger numerator, BigInteger denominator, int pi)
    {
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        return new UcumMagnitude(numerator / divisor, denominator / divisor, pi);
    }
}
