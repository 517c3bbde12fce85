using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z. Phenomenon time, received time and every time on disk are of this type.</summary>
/// <remarks>
/// Text is RFC 3339 in UTC with as many fraction digits as needed (none, three or six). Reading asks for an offset or <c>Z</c>:
/// a time without a zone is a guess, and the protocols that send one convert it in their own codec.
/// Range: 0001-01-01 to 9999-12-31, so that every instant has a text.
/// </remarks>
[JsonConverter(typeof(TimestampJsonConverter))]
public readonly record struct Timestamp(long Microseconds) : ISpanParsable<Timestamp>, IComparable<Timestamp>
{
    /// <summary>0001-01-01T00:00:00Z.</summary>
    public static readonly Timestamp Min = From(DateTimeOffset.MinValue);
    /// <summary>9999-12-31T23:59:59.999999Z.</summary>
    public static readonly Timestamp Max = From(DateTimeOffset.MaxValue);

    private static readonly string[] Forms =
    [
        "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK",
        "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
        "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz",
    ];

    public static Timestamp From(DateTimeOffset time) => new((time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);

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
        if (s.Length is < 17 or > 40 || !HasZone(s)) return false;
        if (!DateTimeOffset.TryParseExact(s, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return false;
        result = From(time);
        return true;
    }

    private static bool HasZone(ReadOnlySpan<char> s) => s[^1] is 'Z' or 'z' || (s.Length > 6 && s[^6] is '+' or '-' && s[^3] == ':');

    public static Timestamp Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) => TryParse(s, provider, out var time)
        ? time
        : throw new FormatException($"'{s}' is not a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z or 2026-01-31T16:00:00+08:00.");

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
