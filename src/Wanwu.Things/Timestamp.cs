using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>
/// An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z. Phenomenon time, received time and every time on disk are of this type.
/// </summary>
/// <remarks>
/// Text is RFC 3339 in UTC with as many fraction digits as needed (none, three or six). Reading asks for an offset or <c>Z</c>:
/// a time without a zone is a guess, and the protocols that send one convert it in their own codec. Digits beyond the microsecond are cut,
/// seconds may be left out, a leap second (<c>:60</c>) is refused.
/// Range: 0001-01-01 to 9999-12-31, so that every instant has a text.
/// </remarks>
[JsonConverter(typeof(TimestampJsonConverter))]
public readonly record struct Timestamp(long Microseconds) : ISpanParsable<Timestamp>, IUtf8SpanParsable<Timestamp>, IComparable<Timestamp>
{
    /// <summary>0001-01-01T00:00:00Z.</summary>
    public static readonly Timestamp Min = From(DateTimeOffset.MinValue);
    /// <summary>9999-12-31T23:59:59.999999Z.</summary>
    public static readonly Timestamp Max = From(DateTimeOffset.MaxValue);

    /// <summary>Longest text that is read: nanoseconds and offset fit with room to spare.</summary>
    private const int MaxTextLength = 40;
    private const long EpochMicroseconds = 62_135_596_800_000_000;

    public static Timestamp From(DateTimeOffset time) => new((time.UtcTicks / TimeSpan.TicksPerMicrosecond) - EpochMicroseconds);

    public static Timestamp Now(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return From(clock.GetUtcNow());
    }

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(Microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Whether <paramref name="microseconds"/> lies within <see cref="Min"/> and <see cref="Max"/>.</summary>
    public static bool IsInRange(long microseconds) => microseconds >= Min.Microseconds && microseconds <= Max.Microseconds;

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Timestamp result)
    {
        result = default;
        if (s.Length > MaxTextLength) return false;
        Span<byte> utf8 = stackalloc byte[MaxTextLength];
        return Ascii.FromUtf16(s, utf8, out var length) == OperationStatus.Done && TryParse(utf8[..length], provider, out result);
    }

    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out Timestamp result)
    {
        result = default;
        // The shortest is 2026-01-31T08:00Z.
        if (utf8Text.Length is < 17 or > MaxTextLength) return false;
        if (!TryReadDate(utf8Text, out var date) || (utf8Text[10] | 0x20) is not ('t' or ' ') || utf8Text[13] != ':') return false;
        if (!TryReadTwo(utf8Text[11..], 23, out var hour) || !TryReadTwo(utf8Text[14..], 59, out var minute)) return false;
        var rest = utf8Text[16..];
        if (!TryReadSeconds(ref rest, out var microseconds) || !TryReadOffset(rest, out var offsetMinutes)) return false;
        microseconds += (date.Ticks / TimeSpan.TicksPerMicrosecond) - EpochMicroseconds + (((hour * 60) + minute - offsetMinutes) * 60_000_000L);
        result = new Timestamp(microseconds);
        return IsInRange(microseconds);
    }

    private static bool TryReadDate(ReadOnlySpan<byte> text, out DateTime date)
    {
        date = default;
        if (!TryReadTwo(text, 99, out var century) || !TryReadTwo(text[2..], 99, out var year) || text[4] != '-' || text[7] != '-') return false;
        year += century * 100;
        if (!TryReadTwo(text[5..], 12, out var month) || !TryReadTwo(text[8..], 31, out var day)) return false;
        if (year == 0 || month == 0 || day == 0 || day > DateTime.DaysInMonth(year, month)) return false;
        date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        return true;
    }

    /// <summary>Reads <c>:ss</c> and a fraction where they are, and leaves the zone.</summary>
    private static bool TryReadSeconds(ref ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text[0] != ':') return true;
        if (text.Length < 4 || !TryReadTwo(text[1..], 59, out var seconds)) return false;
        text = text[3..];
        microseconds = seconds * 1_000_000L;
        if (text[0] != '.') return true;
        var digits = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits <= 0) return false;
        var place = 100_000;
        foreach (var digit in text[1..(digits + 1)])
        {
            microseconds += (digit - '0') * place;
            place /= 10;
        }
        text = text[(digits + 1)..];
        return true;
    }

    /// <summary><c>Z</c>, or hours and minutes east of Greenwich as <c>+08:00</c>, at most fourteen hours either way.</summary>
    private static bool TryReadOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1) return text[0] is (byte)'Z' or (byte)'z';
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':') return false;
        if (!TryReadTwo(text[1..], 14, out var hours) || !TryReadTwo(text[4..], 59, out minutes)) return false;
        minutes += hours * 60;
        if (minutes > 14 * 60) return false;
        if (text[0] == '-') minutes = -minutes;
        return true;
    }

    private static bool TryReadTwo(ReadOnlySpan<byte> text, int largest, out int number)
    {
        number = 0;
        if (!char.IsAsciiDigit((char)text[0]) || !char.IsAsciiDigit((char)text[1])) return false;
        number = ((text[0] - '0') * 10) + text[1] - '0';
        return number <= largest;
    }

    public static Timestamp Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) => TryParse(s, provider, out var time)
        ? time
        : throw new FormatException($"'{s}' is not a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z or 2026-01-31T16:00:00+08:00.");

    public static Timestamp Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider = null) =>
        TryParse(utf8Text, provider, out var time) ? time : throw new FormatException("The text is not a time in RFC 3339 with zone.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Timestamp result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static Timestamp Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public override string ToString()
    {
        var form = (Microseconds % 1_000_000, Microseconds % 1_000) switch
        {
            (0, _) => "yyyy-MM-ddTHH:mm:ssZ",
            (_, 0) => "yyyy-MM-ddTHH:mm:ss.fffZ",
            _ => "yyyy-MM-ddTHH:mm:ss.ffffffZ",
        };
        return ToDateTimeOffset().UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
    }

    public int CompareTo(Timestamp other) => Microseconds.CompareTo(other.Microseconds);
    public static bool operator <(Timestamp left, Timestamp right) => left.Microseconds < right.Microseconds;
    public static bool operator >(Timestamp left, Timestamp right) => left.Microseconds > right.Microseconds;
    public static bool operator <=(Timestamp left, Timestamp right) => left.Microseconds <= right.Microseconds;
    public static bool operator >=(Timestamp left, Timestamp right) => left.Microseconds >= right.Microseconds;
}

/// <summary>Writes RFC 3339; reads RFC 3339 or a number of milliseconds since 1970-01-01T00:00:00Z.</summary>
public sealed class TimestampJsonConverter : JsonConverter<Timestamp>
{
    public override Timestamp Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var milliseconds)
            && milliseconds is > -62_135_596_800_001 and < 253_402_300_800_000)
            return new Timestamp(milliseconds * 1_000);
        if (reader.TokenType == JsonTokenType.String && Timestamp.TryParse(reader.GetString(), null, out var time)) return time;
        throw new JsonException("Expected a time in RFC 3339 with zone, or whole milliseconds since 1970-01-01T00:00:00Z.");
    }

    public override void Write(Utf8JsonWriter writer, Timestamp value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
