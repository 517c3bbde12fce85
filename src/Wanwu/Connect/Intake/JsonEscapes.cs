using System.Buffers.Text;

namespace Wanwu.Connect.Intake;

/// <summary>Judges the escapes of a JSON string before it is turned into text, which would throw on half a surrogate pair.</summary>
internal static class JsonEscapes
{
    /// <param name="raw">The string between its quotes, already accepted by the JSON reader.</param>
    public static bool AreSound(ReadOnlySpan<byte> raw)
    {
        var expectLow = false;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                if (expectLow) return false;
                continue;
            }
            var unit = 0;
            if (raw[++i] == 'u')
            {
                if (!Utf8Parser.TryParse(raw.Slice(i + 1, 4), out unit, out _, 'x')) return false;
                i += 4;
            }
            if (unit is >= 0xDC00 and <= 0xDFFF != expectLow) return false;
            expectLow = unit is >= 0xD800 and <= 0xDBFF;
        }
        return !expectLow;
    }
}
