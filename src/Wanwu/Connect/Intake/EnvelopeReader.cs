using System.Text.Json;
using Wanwu.Telemetry;
using Wanwu.Things;

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
        (bool values, bool quality) has = default;
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
                (values, has.values) = (reader, true);
            }
            else if (reader.ValueTextEquals("quality"u8))
            {
                reader.Read();
                (quality, has.quality) = (reader, true);
            }
            else RefuseMember(ref reader, report);
            reader.Skip();
        }
        report.Begin(time);
        if (!has.values || values.TokenType != JsonTokenType.StartObject) return;
        if (fault is { } reason)
        {
            RefuseAll(values, report, reason, detail);
            return;
        }
        if (has.quality) ReadQuality(ref quality, ref report);
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

    /// <summary>One quality for all values, or one by name.</summary>
    private static void ReadQuality(ref Utf8JsonReader reader, ref Report report)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            if (Qualities.TryParse(reader.ValueSpan, out var all)) report.Quality = all;
            else
            {
                report.Quality = Quality.Suspect;
                report.Into.Refuse(RefusalReason.BadQuality, $"'{ReportingThing.Show(reader.ValueSpan)}' is no quality: {Qualities.Names}. The values are kept as suspect.", report.Payload);
            }
            return;
        }
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            report.Into.Refuse(RefusalReason.BadQuality, "quality is one text for all values or an object with a text for each.", report.Payload);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = report.TryFindSlot(ref reader, out var slot);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.String && Qualities.TryParse(reader.ValueSpan, out var quality)) report.SetQuality(slot!, quality);
            else if (found)
            {
                report.SetQuality(slot!, Quality.Suspect);
                report.Refuse(RefusalReason.BadQuality, $"The quality of '{slot!.Series.Property}' is none of {Qualities.Names}. Its value is kept as suspect.", slot);
            }
            reader.Skip();
        }
    }
}
