using System.Text.Json;

namespace Wanwu.Connect.Intake;

/// <summary>Reads what an event says into one observation.</summary>
internal static class EventReader
{
    public static void Read(PropertySlot slot, ref Report report, JsonReaderOptions json)
    {
        var reader = new Utf8JsonReader(report.Payload, json);
        reader.Read();
        var start = reader;
        if (reader.TokenType != JsonTokenType.StartObject || !TryReadEnvelope(ref reader, ref report, slot))
        {
            reader = start;
            AddValue(ref reader, report, slot);
        }
        reader.Read();
    }

    /// <summary>An object of <c>t</c> and <c>data</c> alone is time and content; any other object is content.</summary>
    private static bool TryReadEnvelope(ref Utf8JsonReader reader, ref Report report, PropertySlot slot)
    {
        Utf8JsonReader time = default, data = default;
        var (hasTime, hasData) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isTime, isData) = (reader.ValueTextEquals("t"u8), reader.ValueTextEquals("data"u8));
            if (!isTime && !isData) return false;
            reader.Read();
            if (isTime) time = reader;
            else data = reader;
            hasTime |= isTime;
            hasData |= isData;
            reader.Skip();
        }
        if (!hasTime || !hasData) return false;
        if (ReportTime.TryRead(ref time, report.Latest, out var at, out var detail) is { } reason)
        {
            report.Refuse(reason, detail, slot);
            return true;
        }
        report.Time = at;
        AddValue(ref data, report, slot);
        return true;
    }

    private static void AddValue(ref Utf8JsonReader reader, in Report report, PropertySlot slot)
    {
        if (ValueReader.TryRead(ref reader, report.Payload, slot.Model, out var value, out var detail) is { } reason) report.Refuse(reason, detail, slot);
        else report.Add(slot, value);
    }
}
