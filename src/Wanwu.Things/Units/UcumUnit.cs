using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>Where and why a text is not a unit.</summary>
/// <param name="Position">The character at fault, counted from 1.</param>
public readonly record struct UcumFault(int Position, string Reason)
{
    public override string ToString() => $"At character {Position}: {Reason}.";
}

/// <summary>
/// A unit of measure in the Unified Code for Units of Measure (UCUM 2.2), case-sensitive form: <c>ug/m3</c>, <c>Cel</c>, <c>kW.h</c>.
/// </summary>
/// <remarks>
/// Two units are equal when their codes are the same text; <see cref="Means"/> compares what they stand for. As in UCUM, annotations such as
/// <c>{RH}</c> change nothing, and numbers, ratios and counts share the dimension of 1. Levels (dB, Np, pH) convert only among themselves:
/// no factor leads from a logarithm to a linear unit. What devices send in place of a code is read by <see cref="UnitAliases"/>.
/// </remarks>
[JsonConverter(typeof(TextJsonConverter<UcumUnit>))]
public sealed class UcumUnit : ISpanParsable<UcumUnit>, IEquatable<UcumUnit>
{
    /// <summary>Longest code, in characters.</summary>
    public const int MaxLength = 128;
    private readonly UcumTerm _term;
    private volatile Way? _lastWay;

    private UcumUnit(string code, string symbol, UcumTerm term) => (Code, Symbol, _term) = (code, symbol, term);

    /// <summary>The unit of numbers, ratios and counts.</summary>
    public static UcumUnit One { get; } = Parse("1");

    /// <summary>The unit symbols that are known, and whether prefixes may stand before each.</summary>
    public static IEnumerable<(string Code, bool IsMetric)> KnownSymbols => UcumAtoms.All.Select(static a => (a.Code, a.IsMetric));
    /// <summary>The prefixes that are known.</summary>
    public static IEnumerable<string> KnownPrefixes => UcumAtoms.Prefixes.Select(static p => p.Code);

    /// <summary>The UCUM code as it was read.</summary>
    public string Code { get; }
    /// <summary>How people write the unit: <c>µg/m³</c>, <c>°C</c>, <c>kW·h</c>. Empty for 1.</summary>
    public string Symbol { get; }
    public UcumDimension Dimension => _term.Dimension;
    /// <summary>False for a level (a logarithm), which converts only to the same level with another prefix.</summary>
    public bool IsLinear => _term.Scale is not { Offset: null };

    public static bool TryParse(string? text, [NotNullWhen(true)] out UcumUnit? unit, out UcumFault fault)
    {
        unit = null;
        fault = default;
        if (string.IsNullOrEmpty(text)) fault = new UcumFault(1, "a unit is missing");
        else if (text.Length > MaxLength) fault = new UcumFault(MaxLength + 1, $"a unit has at most {MaxLength} characters");
        if (fault != default) return false;
        var parser = new UcumParser(text, UcumAtoms.Lookup);
        if (!parser.TryParse(out var term, out fault)) return false;
        unit = new UcumUnit(text!, UnitSymbols.Of(text!, parser.Symbol), term);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, [MaybeNullWhen(false)] out UcumUnit result) =>
        TryParse(s.ToString(), out result, out _);
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out UcumUnit result) =>
        TryParse(s, out result, out _);
    static UcumUnit ISpanParsable<UcumUnit>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());
    static UcumUnit IParsable<UcumUnit>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <exception cref="FormatException">The text is no UCUM unit; the message says where and why.</exception>
    public static UcumUnit Parse(string s) =>
        TryParse(s, out var unit, out var fault) ? unit : throw new FormatException($"'{s}' is not a UCUM unit. {fault}");

    /// <summary>Whether values in this unit can be told in the other one. An equivalence: reflexive, symmetric and transitive.</summary>
    public bool IsCompatibleWith(UcumUnit other) => ObstacleTo(other) is null;

    /// <summary>Why values in this unit cannot be told in the other one, in one sentence; null when they can.</summary>
    public string? ObstacleTo(UcumUnit other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!IsLinear || !other.IsLinear)
        {
            var level = IsLinear ? other : this;
            return _term.Scale == other._term.Scale ? null
                : $"{level.Code} is a level (a logarithm): it converts to no unit but {level._term.Scale!.Code} with another prefix.";
        }
        return Dimension == other.Dimension ? null : $"{Code} measures {Dimension}, {other.Code} measures {other.Dimension}.";
    }

    /// <summary>Whether both stand for the same: <c>m/s2</c> and <c>m.s-2</c>.</summary>
    public bool Means(UcumUnit other) => other is not null && _term == other._term;

    /// <summary>The way to the other unit, to be kept by who converts many values.</summary>
    public bool TryGetConversion(UcumUnit to, out UnitConversion conversion)
    {
        conversion = UnitConversion.Identity;
        if (ReferenceEquals(this, to)) return true;
        // A device sends the same unit again and again: the last way taken is kept. Whole records change hands, so no lock is needed.
        if (_lastWay is { } last && ReferenceEquals(last.To, to))
        {
            conversion = last.Conversion;
            return true;
        }
        if (!IsCompatibleWith(to)) return false;
        if (!Means(to)) conversion = UnitConversion.Between(_term.Magnitude, Offset, to._term.Magnitude, to.Offset);
        _lastWay = new Way(to, conversion);
        return true;
    }

    private sealed record Way(UcumUnit To, UnitConversion Conversion);

    private UcumOffset Offset => _term.Scale?.Offset ?? UcumOffset.Zero;

    /// <summary>Tells a value in another unit; false when the units are not compatible or the result is no finite number.</summary>
    public bool TryConvert(double value, UcumUnit to, out double converted)
    {
        converted = double.NaN;
        if (!TryGetConversion(to, out var conversion)) return false;
        converted = conversion.Apply(value);
        return double.IsFinite(converted);
    }

    public bool Equals(UcumUnit? other) => other is not null && Code == other.Code;
    public override bool Equals(object? obj) => Equals(obj as UcumUnit);
    public override int GetHashCode() => Code.GetHashCode(StringComparison.Ordinal);
    public static bool operator ==(UcumUnit? left, UcumUnit? right) => left is null ? right is null : left.Equals(right);
    public static bool operator !=(UcumUnit? left, UcumUnit? right) => !(left == right);
    public override string ToString() => Code;
}
