using System.Numerics;

namespace Wanwu.Things;

/// <summary>
/// The way from one unit to another: <c>(value × Factor + Shift) ÷ Divisor</c>. Worked out once, then applied to any number of values.
/// </summary>
/// <remarks>
/// Factor, shift and divisor are whole numbers wherever they can be, so that 1500 µg/m³ are 1.5 mg/m³ and 32 °F are 0 °C to the last bit.
/// </remarks>
public readonly record struct UnitConversion
{
    private UnitConversion(double factor, double shift, double divisor) => (Factor, Shift, Divisor) = (factor, shift, divisor);

    public double Factor { get; }
    public double Shift { get; }
    public double Divisor { get; }

    /// <summary>Leaves values as they are.</summary>
    public static UnitConversion Identity { get; } = new(1, 0, 1);

    public bool IsIdentity => Factor == Divisor && Shift == 0;

    /// <summary>The value in the other unit. Infinite or NaN when it does not fit a number: the caller looks.</summary>
    public double Apply(double value) => ((value * Factor) + Shift) / Divisor;

    /// <summary>Both units on their common base: base = value × magnitude + offset (a ratio of whole numbers).</summary>
    internal static UnitConversion Between(UcumMagnitude from, UcumOffset fromOffset, UcumMagnitude to, UcumOffset toOffset)
    {
        // y = (x·Fn/Fd + On/Od − Pn/Pd) · Td/Tn, everything over one denominator.
        var factor = from.Numerator * to.Denominator;
        var divisor = from.Denominator * to.Numerator;
        var shift = ((fromOffset.Numerator * toOffset.Denominator) - (toOffset.Numerator * fromOffset.Denominator)) * to.Denominator;
        var shiftDivisor = fromOffset.Denominator * toOffset.Denominator * to.Numerator;
        if (!shift.IsZero)
        {
            factor *= shiftDivisor;
            shift *= divisor;
            divisor *= shiftDivisor;
        }
        var common = BigInteger.GreatestCommonDivisor(BigInteger.GreatestCommonDivisor(factor, shift), divisor);
        return InDoubles(factor / common, shift / common, divisor / common, from.Pi - to.Pi);
    }

    private static UnitConversion InDoubles(BigInteger factor, BigInteger shift, BigInteger divisor, int pi)
    {
        var piFactor = Math.Pow(Math.PI, pi);
        // Beyond 900 bits a double would overflow on the way: cut both sides by the same power of two.
        var excess = (int)Math.Max(0, Math.Max(factor.GetBitLength(), divisor.GetBitLength()) - 900);
        var (scaledFactor, scaledDivisor) = (factor >> excess, divisor >> excess);
        if (scaledDivisor.IsZero) return new UnitConversion(double.PositiveInfinity, 0, 1);
        return new UnitConversion((double)scaledFactor * piFactor, (double)(shift >> excess), (double)scaledDivisor);
    }
}

/// <summary>The zero of a scale above absolute zero, in the base unit: a ratio of whole numbers.</summary>
internal readonly record struct UcumOffset(BigInteger Numerator, BigInteger Denominator)
{
    public static readonly UcumOffset Zero = new(0, 1);
}
