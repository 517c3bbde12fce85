using System.Text;
using System.Text.Json;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Reads and judges the time an observation claims.</summary>
internal static class ReportTime
{
    /// <summary>1990-01-01T00:00:00Z: before it, a clock was never set.</summary>
    private static readonly Timestamp Earliest = Timestamp.From(new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Reads RFC 3339 with a zone, or milliseconds since 1970. <paramref name="detail"/> says what to do when it is neither.</summary>
    public static RefusalReason? TryRead(ref Utf8JsonReader reader, Timestamp latest, out Timestamp time, out string detail)
    {
        time = default;
        detail = "";
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetInt64(out var milliseconds) && Math.Abs(milliseconds) < long.MaxValue / 1000:
                time = new Timestamp(milliseconds * 1000);
                break;
            case JsonTokenType.Number when reader.TryGetDouble(out var fraction) && Math.Abs(fraction) < 1e15:
                time = new Timestamp((long)Math.Round(fraction * 1000));
                break;
            case JsonTokenType.String when !reader.ValueIsEscaped && TryParse(reader.ValueSpan, out time):
                break;
            default:
                detail = $"t is {Show(reader)}: write RFC 3339 with a zone, as \"2026-01-01T10:00:00Z\", or milliseconds since 1970.";
                return RefusalReason.BadTime;
        }
        return Judge(time, latest, out detail);
    }

    /// <summary>Whether the time may be: not before 1990, not after <paramref name="latest"/>.</summary>
    public static RefusalReason? Judge(Timestamp time, Timestamp latest, out string detail)
    {
        detail = "";
        if (time < Earliest)
        {
            detail = $"The time is {Text(time)}, before 1990: set the device's clock; as a number, t is milliseconds since 1970, not seconds.";
            return RefusalReason.TimeTooOld;
        }
        if (time <= latest) return null;
        detail = $"The time is {Text(time)}, later than {Text(latest)}, the server's clock and the allowance of Connect:Intake:MaxFutureSeconds: set the device's clock.";
        return RefusalReason.TimeInFuture;
    }

    private static string Text(Timestamp time) => Timestamp.IsInRange(time.Microseconds) ? time.ToString() : "beyond the calendar";

    private static string Show(in Utf8JsonReader reader) =>
        reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? "an object or array" : $"'{ReportingThing.Show(reader.ValueSpan)}'";

    private static bool TryParse(ReadOnlySpan<byte> utf8, out Timestamp time)
    {
        if (TryParsePlain(utf8, out time)) return true;
        Span<char> text = stackalloc char[48];
        return utf8.Length <= text.Length && Encoding.UTF8.TryGetChars(utf8, text, out var length) && Timestamp.TryParse(text[..length], null, out time);
    }

    /// <summary>The form nearly every device sends, <c>yyyy-MM-ddTHH:mm:ss</c> with up to six digits of fraction and <c>Z</c>, without going through text.</summary>
    private static bool TryParsePlain(ReadOnlySpan<byte> s, out Timestamp time)
    {
        time = default;
        if (s.Length is < 20 or > 27 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[^1] != 'Z') return false;
        if (!TryDigits(s[..4], out var year) || !TryDigits(s[5..7], out var month) || !TryDigits(s[8..10], out var day) ||
            !TryDigits(s[11..13], out var hour) || !TryDigits(s[14..16], out var minute) || !TryDigits(s[17..19], out var second)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        var micro = 0;
        if (s.Length > 20)
        {
            var fraction = s[20..^1];
            if (s[19] != '.' || fraction.IsEmpty || !TryDigits(fraction, out micro)) return false;
            for (var i = fraction.Length; i < 6; i++) micro *= 10;
        }
        var days = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks / TimeSpan.TicksPerDay - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerDay;
        time = new Timestamp((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000L + micro);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = value * 10 + digit - '0';
        }
        return true;
    }
}
