using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>How a table writes times.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimeForm>))]
internal enum TimeForm
{
    /// <summary>RFC 3339; or year, month, day and so on in this order; or a number since 1970 whose size says of what.</summary>
    [JsonStringEnumMemberName("auto")] Auto,
    [JsonStringEnumMemberName("dayFirst")] DayFirst,
    [JsonStringEnumMemberName("monthFirst")] MonthFirst,
    [JsonStringEnumMemberName("seconds")] Seconds,
    [JsonStringEnumMemberName("milliseconds")] Milliseconds,
    [JsonStringEnumMemberName("microseconds")] Microseconds,
}

/// <summary>Reads the times of a table: with their zone where they carry one, in the table's zone otherwise.</summary>
/// <remarks>Belongs to one reading loop. Of an hour that comes twice at the end of summer time the first is meant; one that is left out at its start is refused.</remarks>
internal sealed class TimeReader(TimeForm form, TimeZoneInfo? zone)
{
    private static readonly SearchValues<byte> OfNumber = SearchValues.Create("0123456789."u8);
    private const long PerHour = 3_600_000_000;
    private long _hour = long.MinValue;
    private long _offset;
    private TimeZoneInfo? _zoneOfHour;

    /// <summary>Null when the time was read; otherwise what is wrong with it.</summary>
    public string? TryRead(ReadOnlySpan<byte> text, TimeZoneInfo? zoneOfThing, out Timestamp time)
    {
        text = text.Trim(" \t"u8);
        if (Timestamp.TryParse(text, null, out time)) return null;
        if (form is TimeForm.Seconds or TimeForm.Milliseconds or TimeForm.Microseconds || IsNumber(text)) return TryReadNumber(text, out time) ? null : Fault(text);
        var read = TryReadParts(text, out var local, out var offset);
        if (read is not null) return read;
        if (offset is { } minutes) return Set(local - minutes * 60_000_000L, out time);
        return (zone ?? zoneOfThing) is { } of ? InZone(local, of, out time) : $"'{Show(text)}' has no zone: say which one its times are in.";
    }

    private static string? Set(long microseconds, out Timestamp time)
    {
        time = new Timestamp(microseconds);
        return null;
    }

    /// <summary>A number since 1970: one with a fraction, or with nine or more digits that are no date written together.</summary>
    private bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (form != TimeForm.Auto || text.IsEmpty) return false;
        var digits = text.IndexOf((byte)'.') is >= 0 and var point ? point : text.Length;
        return digits is >= 9 and not (12 or 14) && text.IndexOfAnyExcept(OfNumber) < 0;
    }

    private bool TryReadNumber(ReadOnlySpan<byte> text, out Timestamp time)
    {
        time = default;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return false;
        var size = Math.Abs(number);
        var factor = form switch
        {
            TimeForm.Seconds => 1_000_000m,
            TimeForm.Milliseconds => 1_000m,
            TimeForm.Microseconds => 1m,
            _ => size < 100_000_000_000m ? 1_000_000m : size < 100_000_000_000_000m ? 1_000m : 1m,
        };
        if (size > long.MaxValue / factor) return false;
        time = new Timestamp((long)Math.Round(number * factor));
        return Timestamp.IsInRange(time.Microseconds);
    }

    /// <summary>Groups of digits with anything between them: year, month, day, hour, minute, second and its fraction.</summary>
    private string? TryReadParts(ReadOnlySpan<byte> text, out long local, out int? offset)
    {
        local = 0;
        Span<int> parts = stackalloc int[7];
        parts.Clear();
        var body = CutOffset(text, out offset);
        var count = Split(body, parts);
        if (count is < 3 or > 7) return Fault(text);
        var (year, month, day) = form switch
        {
            TimeForm.DayFirst => (parts[2], parts[1], parts[0]),
            TimeForm.MonthFirst => (parts[2], parts[0], parts[1]),
            _ => (parts[0], parts[1], parts[2]),
        };
        if (year is < 1 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return Fault(text);
        var isMidnight = parts[3] == 24 && parts[4] == 0 && parts[5] == 0 && parts[6] == 0;
        if ((parts[3] > 23 && !isMidnight) || parts[4] > 59 || parts[5] > 59) return Fault(text);
        var date = Timestamp.From(new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero)).Microseconds;
        local = date + ((parts[3] * 60L + parts[4]) * 60 + parts[5]) * 1_000_000 + parts[6];
        return null;
    }

    /// <summary>Cuts <c>Z</c> or <c>+08:00</c> off the end.</summary>
    private static ReadOnlySpan<byte> CutOffset(ReadOnlySpan<byte> text, out int? offset)
    {
        offset = null;
        if (text.Length > 10 && text[^1] is (byte)'Z' or (byte)'z')
        {
            offset = 0;
            return text[..^1];
        }
        if (text.Length < 16 || text[^3] != ':' || text[^6] is not ((byte)'+' or (byte)'-')) return text;
        if (Digits(text[^5..^3]) is not (>= 0 and <= 14 and var hours) || Digits(text[^2..]) is not (>= 0 and <= 59 and var minutes)) return text;
        offset = (text[^6] == '-' ? -1 : 1) * (hours * 60 + minutes);
        return text[..^6];
    }

    private int Split(ReadOnlySpan<byte> text, Span<int> parts)
    {
        var count = 0;
        for (var at = 0; at < text.Length;)
        {
            var start = text[at..].IndexOfAnyInRange((byte)'0', (byte)'9');
            if (start < 0) break;
            at += start;
            var found = text[at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            var group = found < 0 ? text[at..] : text.Slice(at, found);
            if (count == 0 && group.Length is 8 or 12 or 14 && form == TimeForm.Auto) count = SplitTogether(group, parts);
            else if (count >= parts.Length) return 8;
            else if (count == 6) parts[count++] = Fraction(group);
            else if (Digits(group) is >= 0 and var number) parts[count++] = number;
            else return 0;
            at += group.Length;
        }
        return count;
    }

    /// <summary>Digits written together, as 20260131 or 20260131080000.</summary>
    private static int SplitTogether(ReadOnlySpan<byte> group, Span<int> parts)
    {
        parts[0] = Digits(group[..4]);
        var count = 1;
        for (var at = 4; at < group.Length; at += 2) parts[count++] = Digits(group.Slice(at, 2));
        return count;
    }

    private static int Fraction(ReadOnlySpan<byte> digits)
    {
        var microseconds = 0;
        for (var i = 0; i < 6; i++) microseconds = microseconds * 10 + (i < digits.Length ? digits[i] - '0' : 0);
        return microseconds;
    }

    private static int Digits(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > 6) return -1;
        var number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return -1;
            number = number * 10 + (digit - '0');
        }
        return number;
    }

    /// <summary>A wall clock's time, as microseconds since its own 1970.</summary>
    private string? InZone(long local, TimeZoneInfo of, out Timestamp time)
    {
        // The offset of an hour that has one holds for all of it; in an hour with a change every time is looked up.
        var hour = Math.DivRem(local, PerHour, out _);
        if (hour != _hour || !ReferenceEquals(of, _zoneOfHour))
        {
            var wall = DateTime.SpecifyKind(new Timestamp(local).ToDateTimeOffset().UtcDateTime, DateTimeKind.Unspecified);
            if (of.IsInvalidTime(wall))
            {
                time = default;
                return $"{wall:yyyy-MM-dd HH:mm} does not exist in {of.Id}: clocks were put forward.";
            }
            var offset = of.IsAmbiguousTime(wall) ? of.GetAmbiguousTimeOffsets(wall).Max() : of.GetUtcOffset(wall);
            _offset = (long)offset.TotalMicroseconds;
            _hour = IsWhole(of, hour) ? hour : long.MinValue;
            _zoneOfHour = of;
        }
        return Set(local - _offset, out time);
    }

    private static bool IsWhole(TimeZoneInfo of, long hour)
    {
        var start = DateTime.SpecifyKind(new Timestamp(hour * PerHour).ToDateTimeOffset().UtcDateTime, DateTimeKind.Unspecified);
        var last = start.AddTicks(PerHour * TimeSpan.TicksPerMicrosecond - 1);
        return !of.IsInvalidTime(start) && !of.IsInvalidTime(last) && !of.IsAmbiguousTime(start) && !of.IsAmbiguousTime(last) && of.GetUtcOffset(start) == of.GetUtcOffset(last);
    }

    private static string Fault(ReadOnlySpan<byte> text) =>
        $"'{Show(text)}' is no time: RFC 3339, a date and time with a zone beside it, or a number since 1970 are read.";

    private static string Show(ReadOnlySpan<byte> text) => ImportText.Show(text);
}
