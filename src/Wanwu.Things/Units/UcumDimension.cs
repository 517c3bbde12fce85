using System.Runtime.Intrinsics;

namespace Wanwu.Things;

/// <summary>What a unit measures: the exponents of the seven base units of UCUM (m, s, g, rad, K, C, cd) and of the arbitrary units.</summary>
/// <remarks>
/// What UCUM calls an arbitrary unit is measured by a procedure and can be compared with nothing but itself, so each counts as a dimension of its
/// own.
/// </remarks>
public readonly record struct UcumDimension
{
    /// <summary>Largest exponent, either way, of a base unit.</summary>
    internal const int MaxExponent = 99;
    private static readonly string[] Names =
        ["m", "s", "g", "rad", "K", "C", "cd", "[iU]", "[arb'U]", "[CFU]", "[PFU]", "[TCID_50]", "[EU]", "[AU]", "[BAU]", "[IR]"];
    private readonly Vector128<sbyte> _exponents;

    private UcumDimension(Vector128<sbyte> exponents) => _exponents = exponents;

    /// <summary>The dimension of numbers, ratios and counts.</summary>
    public static UcumDimension None => default;

    /// <summary>The names that have a dimension of their own.</summary>
    internal static IReadOnlyList<string> BaseNames => Names;

    public bool IsNone => _exponents == Vector128<sbyte>.Zero;

    internal static UcumDimension OfBase(string name) => new(Vector128<sbyte>.Zero.WithElement(Array.IndexOf(Names, name), (sbyte)1));

    /// <summary>
    /// This times <paramref name="other"/> to the power of <paramref name="exponent"/>; false when an exponent grows beyond <see
    /// cref="MaxExponent"/>.
    /// </summary>
    internal bool TryMultiply(UcumDimension other, int exponent, out UcumDimension product)
    {
        var exponents = _exponents;
        product = default;
        for (var i = 0; i < Vector128<sbyte>.Count; i++)
        {
            var sum = exponents[i] + (other._exponents[i] * exponent);
            if (Math.Abs(sum) > MaxExponent) return false;
            exponents = exponents.WithElement(i, (sbyte)sum);
        }
        product = new UcumDimension(exponents);
        return true;
    }

    /// <summary>As a product of base units, for messages: <c>m.s-2</c>; <c>1</c> for none.</summary>
    public override string ToString()
    {
        var exponents = _exponents;
        var parts = Names.Select((name, i) => (name, exponent: exponents[i])).Where(static p => p.exponent != 0)
            .Select(static p => p.exponent == 1 ? p.name : $"{p.name}{p.exponent}");
        return string.Join('.', parts) is { Length: > 0 } text ? text : "1";
    }
}
