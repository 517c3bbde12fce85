using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Wanwu.Things;

/// <summary>Reads what <see cref="Value.ToString"/> writes, where the kind stands beside it: nothing is guessed, so every value comes back as it was.</summary>
public static class ValueText
{
    private static readonly JsonReaderOptions Json = new() { MaxDepth = 16 };

    /// <returns>False when the text is no value of that kind.</returns>
    public static bool TryParse(ValueKind kind, ReadOnlySpan<byte> utf8Text, out Value value)
    {
        value = default;
        return kind switch
        {
            ValueKind.None => utf8Text.IsEmpty,
            ValueKind.Number => TryReadNumber(utf8Text, out var number) && Set(Value.OfNumber(number), out value),
            ValueKind.Integer => Utf8Parser.TryParse(utf8Text, out long integer, out var read) && read == utf8Text.Length && Set(Value.OfInteger(integer), out value),
            ValueKind.Boolean => Utf8Parser.TryParse(utf8Text, out bool boolean, out var read) && read == utf8Text.Length && Set(Value.OfBoolean(boolean), out value),
            ValueKind.Text => TryReadText(utf8Text, out var text) && Set(Value.OfText(text), out value),
            ValueKind.Point => TryReadPoint(utf8Text, out value),
            ValueKind.Object => TryReadText(utf8Text, out var json) && IsObject(utf8Text) && Set(Value.OfObject(json), out value),
            _ => false,
        };
    }

    private static bool Set(Value made, out Value value)
    {
        value = made;
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out double number) =>
        Utf8Parser.TryParse(text, out number, out var read) && read == text.Length && double.IsFinite(number);

    private static bool TryReadText(ReadOnlySpan<byte> utf8Text, out string text)
    {
        text = "";
        if (utf8Text.Length > 3 * Value.MaxTextLength) return false;
        text = Encoding.UTF8.GetString(utf8Text);
        return text.Length <= Value.MaxTextLength;
    }

    private static bool TryReadPoint(ReadOnlySpan<byte> text, out Value value)
    {
        value = default;
        var comma = text.IndexOf((byte)',');
        if (comma < 0 || !TryReadNumber(text[..comma], out var latitude) || !TryReadNumber(text[(comma + 1)..], out var longitude) || !Value.IsPoint(latitude, longitude)) return false;
        value = Value.OfPoint(latitude, longitude);
        return true;
    }

    private static bool IsObject(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'{' or (byte)'[')) return false;
        try
        {
            var reader = new Utf8JsonReader(text, Json);
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
