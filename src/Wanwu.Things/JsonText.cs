using System.Globalization;
using System.Text.Unicode;

namespace Wanwu.Things;

/// <summary>Looks at JSON from outside before its texts are asked for: the reader throws when one is broken.</summary>
public static class JsonText
{
    /// <summary>
    /// Whether the bytes are UTF-8 and every surrogate escape (<c>\uD83D\uDE00</c>) has its other half. Says nothing of the JSON itself.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return false;
        // A backslash can only stand within a text.
        for (var at = json.IndexOf((byte)'\\'); at >= 0; at = json.IndexOf((byte)'\\'))
        {
            var unit = EscapeAt(json[at..]);
            json = json[Math.Min(json.Length, at + (unit is null ? 2 : 6))..];
            if (unit is not (>= 0xD800 and <= 0xDFFF)) continue;
            if (unit > 0xDBFF || EscapeAt(json) is not (>= 0xDC00 and <= 0xDFFF)) return false;
            json = json[6..];
        }
        return true;
    }

    private static int? EscapeAt(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json[0] == '\\' && json[1] == 'u'
        && int.TryParse(json.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : null;
}
