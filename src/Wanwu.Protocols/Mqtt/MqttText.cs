using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Wanwu.Protocols.Mqtt;

/// <summary>The rules of a UTF-8 encoded string, MQTT 5.0 §1.5.4, and of topic names and filters, §4.7.</summary>
public static class MqttText
{
    private static readonly SearchValues<byte> ControlOrEscape =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), 0x7F, .. Enumerable.Range(0x80, 0x80).Select(b => (byte)b)]);

    private static readonly SearchValues<byte> Wildcards = SearchValues.Create("+#"u8);

    /// <summary>Well-formed UTF-8 without U+0000, control characters and non-characters (those may be refused, and are).</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        var special = text.IndexOfAny(ControlOrEscape);
        return special < 0 || (text[special] >= 0x80 && IsValidBeyondAscii(text[special..]));
    }

    private static bool IsValidBeyondAscii(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text)) return false;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var length);
            if (Rune.IsControl(rune) || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF) return false;
            text = text[length..];
        }
        return true;
    }

    /// <summary>A name a message is published to: at least one byte, no wildcard.</summary>
    public static bool IsTopicName(ReadOnlySpan<byte> topic) => !topic.IsEmpty && topic.IndexOfAny(Wildcards) < 0;

    /// <summary>More levels than this are refused in a filter, so that matching cannot run deep.</summary>
    public const int MaxFilterLevels = 64;

    /// <summary>A filter: <c>+</c> fills a level alone, <c>#</c> the last level alone.</summary>
    public static bool IsTopicFilter(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || filter.Count((byte)'/') >= MaxFilterLevels) return false;
        for (var start = 0; start <= filter.Length;)
        {
            var rest = filter[start..];
            var slash = rest.IndexOf((byte)'/');
            var level = slash < 0 ? rest : rest[..slash];
            if (level.Length > 1 && level.IndexOfAny(Wildcards) >= 0) return false;
            if (slash < 0) return true;
            if (level.Length == 1 && level[0] == (byte)'#') return false;
            start += slash + 1;
        }
        return true;
    }

    /// <summary>Splits <c>$share/name/filter</c>. False when the text does not begin with <c>$share/</c>; a broken one has an empty name or filter.</summary>
    public static bool TrySplitShared(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rest)
    {
        name = rest = default;
        if (!filter.StartsWith("$share/"u8)) return false;
        var tail = filter[7..];
        var slash = tail.IndexOf((byte)'/');
        if (slash <= 0 || tail[..slash].IndexOfAny(Wildcards) >= 0) return true;
        name = tail[..slash];
        rest = tail[(slash + 1)..];
        return true;
    }
}
