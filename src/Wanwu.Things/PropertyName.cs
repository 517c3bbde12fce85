using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>The name of a property of a thing, 1 to 64 characters: letters of any script, digits and <c>_ - . : ~ @ % ( )</c>.</summary>
/// <remarks>
/// A name is a level of an MQTT topic (so no <c>/ + # $</c>, no space), a key of a JSON object and a column heading.
/// Case counts: HJ 212 and OBIS codes differ by case. The text is held in Unicode normal form C. <c>.</c> and <c>..</c> are refused: no web
/// address can hold them.
/// </remarks>
[JsonConverter(typeof(TextJsonConverter<PropertyName>))]
public readonly record struct PropertyName : ISpanParsable<PropertyName>, IComparable<PropertyName>
{
    public const int MaxLength = 64;
    private readonly string? _text;

    private PropertyName(string text) => _text = text;

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out PropertyName result)
    {
        result = default;
        if (s.Length is 0 or > MaxLength || s is "." or "..") return false;
        var ascii = true;
        foreach (var rune in s.EnumerateRunes())
        {
            if (!IsAllowed(rune)) return false;
            ascii &= rune.IsAscii;
        }
        var text = new string(s);
        if (!ascii) text = UnicodeText.Composed(text);
        // Composing can make a text longer: a few letters have no composed form.
        if (text.Length > MaxLength) return false;
        result = new PropertyName(text);
        return true;
    }

    private static bool IsAllowed(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) || (char)rune.Value is '_' or '-' or '.' or ':' or '~' or '@' or '%' or '(' or ')'
        : rune != Rune.ReplacementChar && (Rune.IsLetterOrDigit(rune)
            || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    public static PropertyName Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) => TryParse(s, provider, out var name)
        ? name
        : throw new FormatException($"'{s}' is not a property name: 1 to {MaxLength} letters, digits and _ - . : ~ @ % ( ).");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PropertyName result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static PropertyName Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public override string ToString() => _text ?? "";

    public int CompareTo(PropertyName other) => string.CompareOrdinal(_text, other._text);
    public static bool operator <(PropertyName left, PropertyName right) => left.CompareTo(right) < 0;
    public static bool operator >(PropertyName left, PropertyName right) => left.CompareTo(right) > 0;
    public static bool operator <=(PropertyName left, PropertyName right) => left.CompareTo(right) <= 0;
    public static bool operator >=(PropertyName left, PropertyName right) => left.CompareTo(right) >= 0;
}
