using System.Globalization;
using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>The numbers by which field protocols call their devices, and names of makers and owners.</summary>
internal static class FieldNumbers
{
    /// <summary>HJ 212-2017 §6.3: 24 hexadecimal digits (an EPC-96). HJ/T 212-2005 had 14 characters, and what the field sends has 1 to 24.</summary>
    public static IdentifierCheck Hj212(string text)
    {
        text = text.ToUpperInvariant();
        if (FaultOfCharacters(text, static c => char.IsAsciiLetterOrDigit(c) || c == '_', "digits, letters and _") is { } fault)
            return IdentifierCheck.Refuse(fault);
        if (text.Length > 24) return IdentifierCheck.Refuse($"The value has {text.Length} characters; 24 are allowed.");
        return text.Length == 14 || FaultOfHex(text, 24) is null
            ? IdentifierCheck.Accept(text)
            : IdentifierCheck.Accept(text, "The standard has 24 hexadecimal digits (2017) or 14 characters (2005).");
    }

    /// <summary>JT/T 808: 12 BCD digits (2011, 2013) or 20 (2019). Zeros before the number are padding of the header and do not count.</summary>
    public static IdentifierCheck Jt808(string text)
    {
        text = Without(text, " -+");
        if (FaultOfCharacters(text, char.IsAsciiDigit, "0-9") is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.Length > 20) return IdentifierCheck.Refuse($"The value has {text.Length} digits; 20 are allowed (12 before 2019).");
        text = text.TrimStart('0');
        return text.Length == 0 ? IdentifierCheck.Refuse("All digits are zero.") : IdentifierCheck.Accept(text);
    }

    /// <summary>SL 651-2014: five bytes, here 10 hexadecimal digits.</summary>
    /// <remarks>
    /// A first byte 00 says: hydrological station, eight BCD digits follow. Otherwise three BCD bytes of region code and a number 1 to 65534.
    /// Accepted too: the eight digits alone, and <c>405902/13762</c>.
    /// </remarks>
    public static IdentifierCheck Sl651(string text)
    {
        text = Without(text).ToUpperInvariant();
        if (text.Length == 8 && IsDigits(text)) text = "00" + text;
        if (text.Split('/') is [{ Length: 6 } region, { Length: <= 5 } number]
            && ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            text = region + parsed.ToString("X4", CultureInfo.InvariantCulture);
        if (FaultOfHex(text, 10) is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.StartsWith("00", StringComparison.Ordinal))
            return IsDigits(text)
                ? IdentifierCheck.Accept(text)
                : IdentifierCheck.Refuse("After 00 come the eight decimal digits of a hydrological station.");
        if (!IsDigits(text.AsSpan(0, 6))) return IdentifierCheck.Refuse($"The region, {text[..6]}, should be six decimal digits.");
        return ushort.Parse(text.AsSpan(6), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) switch
        {
            0 => IdentifierCheck.Refuse("Station number 0 is invalid."),
            ushort.MaxValue => IdentifierCheck.Refuse("Station number FFFF calls every station."),
            _ => IdentifierCheck.Accept(text),
        };
    }

    /// <summary>DL/T 645-2007: 12 BCD digits, most significant first as on the nameplate (the wire sends them last first).</summary>
    public static IdentifierCheck Dlt645(string text)
    {
        text = Without(text).ToUpperInvariant();
        if (text == "AAAAAAAAAAAA") return IdentifierCheck.Refuse("AAAAAAAAAAAA is the wildcard, not a meter.");
        if (FaultOfDigits(text, 12) is { } fault) return IdentifierCheck.Refuse(fault);
        return text == "999999999999" ? IdentifierCheck.Refuse("999999999999 calls every meter.") : IdentifierCheck.Accept(text);
    }

    /// <summary>
    /// CJ/T 188: 14 BCD digits, the four of the maker first. A meter type byte before them (10H water, 20H heat, 30H gas …) is cut: answers may
    /// carry another.
    /// </summary>
    public static IdentifierCheck Cjt188(string text)
    {
        text = Without(text, " -:").ToUpperInvariant();
        if (text == "AAAAAAAAAAAAAA") return IdentifierCheck.Refuse("AAAAAAAAAAAAAA is the wildcard, not a meter.");
        if (text.Length == 16) text = text[2..];
        return FaultOfDigits(text, 14) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept(text);
    }

    /// <summary>
    /// IEC 62056-6-1: <c>A-B:C.D.E*F</c>, six numbers 0 to 255. A and B left out are 1-0, F left out is 255; six numbers with dots between are
    /// accepted.
    /// </summary>
    public static IdentifierCheck Obis(string text)
    {
        var groups = text.Split('.') is { Length: 6 } dotted ? dotted : ObisGroups(text);
        if (groups is null) return IdentifierCheck.Refuse("Expected A-B:C.D.E*F, as 1-0:1.8.0*255.");
        Span<byte> values = stackalloc byte[6];
        for (var i = 0; i < 6; i++)
            if (!byte.TryParse(groups[i], NumberStyles.None, CultureInfo.InvariantCulture, out values[i]))
                return IdentifierCheck.Refuse($"Group {(char)('A' + i)}, '{groups[i]}', is not a number 0 to 255.");
        return IdentifierCheck.Accept($"{values[0]}-{values[1]}:{values[2]}.{values[3]}.{values[4]}*{values[5]}");
    }

    private static string[]? ObisGroups(string text)
    {
        var (head, rest) = text.Split(':', 2) is [var before, var after] ? (before, after) : ("1-0", text);
        var (body, last) = rest.Split('*', 2) is [var left, var right] ? (left, right) : (rest, "255");
        return head.Split('-') is [var a, var b] && body.Split('.') is [var c, var d, var e] ? [a, b, c, d, e, last] : null;
    }

    /// <summary>A maker's own serial number, with the maker before it: two makers may use the same number.</summary>
    public static IdentifierCheck Serial(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1)
            return IdentifierCheck.Refuse("Expected MAKER/NUMBER: a serial number is unique only within its maker.");
        var maker = FreeText(text[..slash].TrimEnd());
        var number = FreeText(text[(slash + 1)..].TrimStart());
        return !maker.IsValid ? maker : !number.IsValid ? number : IdentifierCheck.Accept($"{maker.Value!.ToLowerInvariant()}/{number.Value}");
    }

    /// <summary>Any text without control characters, in Unicode normal form C.</summary>
    public static IdentifierCheck FreeText(string text)
    {
        return !UnicodeText.IsWellFormed(text) || text.Any(char.IsControl)
            ? IdentifierCheck.Refuse("The value holds control characters or broken text.")
            : IdentifierCheck.Accept(UnicodeText.Composed(text));
    }
}
