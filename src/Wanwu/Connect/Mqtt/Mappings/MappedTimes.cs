using System.Globalization;
using Wanwu.Connect.Intake;
using Wanwu.Registry.Mappings;
using Wanwu.Telemetry;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Reads the time a message gives itself.</summary>
internal static class MappedTimes
{
    /// <param name="time">Null: the message has none, and that of receipt holds.</param>
    public static RefusalReason? TryRead(MappedTime? mapped, in ExpressionScope scope, ReportingThing thing, Timestamp latest, out Timestamp? time, out string detail)
    {
        (time, detail) = (null, "");
        if (mapped is null) return null;
        var value = mapped.Value.Evaluate(scope);
        if (value.Kind is OperandKind.Nothing or OperandKind.Null) return null;
        if (!TryRead(mapped, value, thing.Entry.Zone, out var read))
        {
            detail = $"The time, {mapped.Value}, is {value}: {Expected(mapped.Form)}.";
            return RefusalReason.BadTime;
        }
        time = read;
        return ReportTime.Judge(read, latest, out detail);
    }

    private static bool TryRead(MappedTime mapped, in Operand value, TimeZoneInfo zoneOfThing, out Timestamp time)
    {
        time = default;
        switch (mapped.Form)
        {
            case TimeForm.Rfc3339: return value.Kind == OperandKind.Text && Timestamp.TryParse(value.Text, null, out time);
            case TimeForm.Seconds: return TryNumber(value, 1_000_000, out time);
            case TimeForm.Milliseconds: return TryNumber(value, 1_000, out time);
            default: return value.Kind == OperandKind.Text && (Timestamp.TryParse(value.Text, null, out time) || TryLocal(value.Text!.Trim(), mapped.Zone ?? zoneOfThing, out time));
        }
    }

    private static bool TryNumber(in Operand value, double factor, out Timestamp time)
    {
        time = default;
        var number = value.Number;
        if (value.Kind == OperandKind.Text && !double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)) return false;
        if (value.Kind is not (OperandKind.Number or OperandKind.Text) || !(Math.Abs(number * factor) < 9e18)) return false;
        time = new Timestamp((long)Math.Round(number * factor));
        return true;
    }

    /// <summary>The hour that a change of clocks repeats is taken as the later one, in standard time.</summary>
    private static bool TryLocal(string text, TimeZoneInfo zone, out Timestamp time)
    {
        // Read as if it were in UTC, then moved by what the zone's clocks were ahead.
        time = default;
        if (text.Length > 32 || !Timestamp.TryParse(text + "Z", null, out time)) return false;
        var wall = DateTime.SpecifyKind(time.ToDateTimeOffset().UtcDateTime, DateTimeKind.Unspecified);
        time = new Timestamp(time.Microseconds - zone.GetUtcOffset(wall).Ticks / TimeSpan.TicksPerMicrosecond);
        return true;
    }

    private static string Expected(TimeForm form) => form switch
    {
        TimeForm.Rfc3339 => "expected RFC 3339 with a zone, as 2026-01-01T10:00:00Z",
        TimeForm.Seconds => "expected seconds since 1970",
        TimeForm.Milliseconds => "expected milliseconds since 1970",
        _ => "expected date and time, as 2026-01-01T10:00:00",
    };
}
