using System.Text.Json;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Intake;

/// <summary>Reads <c>{"t":…,"values":{…},"quality":…}</c>, its members in any order.</summary>
internal static class EnvelopeReader
{
    /// <param name="reader">Stands on the opening brace; on return on the closing one.</param>
    /// <param name="report">The message the report belongs to.</param>
    public static void Read(ref Utf8JsonReader reader, ref Report report)
    {
        var time = report.Time;
        Utf8JsonReader values = default, quality = default;
        var (hasValues, hasQuality) = (false, false);
        RefusalReason? fault = null;
        var detail = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("t"u8))
            {
                reader.Read();
                fault = ReportTime.TryRead(ref reader, report.Latest, out time, out detail);
            }
            else if (reader.ValueTextEquals("values"u8))
            {
                reader.Read();
                values = reader;
                hasValues = true;
            }
            else if (reader.ValueTextEquals("quality"u8))
            {
                reader.Read();
                quality = reader;
                hasQuality = true;
            }
            else RefuseMember(ref reader, report);
            reader.Skip();
        }
        report.Begin(time);
        if (!hasValues || values.TokenType != JsonTokenType.StartObject) return;
        if (fault is { } reason)
        {
            RefuseAll(values, report, reason, detail);
            return;
        }
        if (hasQuality) ReadQuality(ref quality, ref report);
        while (values.Read() && values.TokenType == JsonTokenType.PropertyName) report.ReadProperty(ref values);
    }

    private static void RefuseMember(ref Utf8JsonReader reader, in Report report)
    {
        var name = ReportingThing.Show(reader.ValueSpan);
        report.Into.Refuse(RefusalReason.Malformed, $"A report with values has t, values and quality; '{name}' is none of them. Properties belong into values.", report.Payload, name);
        reader.Read();
    }

    /// <summary>A time that cannot be read spoils every value it stands for.</summary>
    private static void RefuseAll(Utf8JsonReader values, in Report report, RefusalReason reason, string detail)
    {
        var count = 0;
        while (values.Read() && values.TokenType == JsonTokenType.PropertyName)
        {
            count++;
            values.Read();
            values.Skip();
        }
        report.Into.Refuse(reason, detail, report.Payload, count: Math.Max(1, count));
    }

    /// <summary>One quality for all values, or one by name. A value whose quality cannot be read is refused.</summary>
    private static void ReadQuality(ref Utf8JsonReader reader, ref Report report)
    {
        if (reader.TokenType == JsonTokenType.String && Qualities.TryParse(reader.ValueSpan, out var all)) report.Quality = all;
        else if (reader.TokenType != JsonTokenType.StartObject) report.Quality = Qualities.Unreadable;
        else ReadQualities(ref reader, report);
    }

    private static void ReadQualities(ref Utf8JsonReader reader, in Report report)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // A name that is refused is refused where its value stands.
            var slot = report.FindSlot(ref reader);
            reader.Read();
            var readable = Qualities.TryParse(reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default, out var quality);
            if (slot is not null) report.SetQuality(slot, readable ? quality : Qualities.Unreadable);
            reader.Skip();
        }
    }
}
