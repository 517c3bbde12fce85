using System.Buffers;
using System.Text.Json;
using Wanwu.Simulator.Recordings;

namespace Wanwu.Simulator.Devices;

/// <summary>Writes reports in the platform's own JSON: <c>{"t":…,"values":{…},"quality":{…}}</c>.</summary>
internal static class ReportWriter
{
    public static byte[] Write(Timestamp time, IReadOnlyList<RecordedValue> values)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer)) WriteReport(json, time, values);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Several reports in one message, as a device that was offline uploads them.</summary>
    public static byte[] WriteMany(IEnumerable<RecordedRow> rows)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var row in rows) WriteReport(json, row.Time, row.Values);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteReport(Utf8JsonWriter json, Timestamp time, IReadOnlyList<RecordedValue> values)
    {
        json.WriteStartObject();
        json.WriteString("t"u8, time.ToString());
        json.WriteStartObject("values"u8);
        foreach (var value in values)
        {
            json.WritePropertyName(value.Property);
            value.Value.WriteTo(json);
        }
        json.WriteEndObject();
        if (values.Any(value => value.Quality != Quality.Good)) WriteQuality(json, values);
        json.WriteEndObject();
    }

    private static void WriteQuality(Utf8JsonWriter json, IReadOnlyList<RecordedValue> values)
    {
        json.WriteStartObject("quality"u8);
        foreach (var value in values)
            if (value.Quality != Quality.Good) json.WriteString(value.Property, JsonNamingPolicy.CamelCase.ConvertName(value.Quality.ToString()));
        json.WriteEndObject();
    }
}
