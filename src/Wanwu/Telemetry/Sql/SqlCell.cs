using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql;

/// <summary>The cells of an answer, as <see cref="SqlVector"/> gives them, written as JSON or text.</summary>
internal static class SqlCell
{
    private const long ExactInJson = 1L << 53;

    /// <summary>Numbers that a double cannot hold exactly are written as texts: no reader rounds them unseen.</summary>
    public static void Write(Utf8JsonWriter writer, object? cell, TimeZoneInfo zone)
    {
        switch (cell)
        {
            case null: writer.WriteNullValue(); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case string text: writer.WriteStringValue(text); break;
            case SqlTime time: writer.WriteStringValue(time.Text(zone)); break;
            case double number: writer.WriteNumberValue(number); break;
            case float number: writer.WriteNumberValue(number); break;
            case SqlDecimal { AsDecimal: { } number } when Math.Abs(number) < ExactInJson && (decimal)(double)number == number: writer.WriteNumberValue(number); break;
            case long or ulong or int or uint or short or ushort or sbyte or byte or BigInteger: WriteWhole(writer, (IFormattable)cell); break;
            case SqlMap map: WriteMap(writer, map, zone); break;
            case SqlStruct structure: WriteStruct(writer, structure, zone); break;
            case object?[] list: WriteList(writer, list, zone); break;
            default: writer.WriteStringValue(Text(cell, zone)); break;
        }
    }

    private static void WriteWhole(Utf8JsonWriter writer, IFormattable number)
    {
        var text = number.ToString(null, CultureInfo.InvariantCulture);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && whole is <= ExactInJson and >= -ExactInJson) writer.WriteNumberValue(whole);
        else writer.WriteStringValue(text);
    }

    private static void WriteMap(Utf8JsonWriter writer, SqlMap map, TimeZoneInfo zone)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in map.Entries)
        {
            writer.WritePropertyName(Text(key, zone));
            Write(writer, value, zone);
        }
        writer.WriteEndObject();
    }

    private static void WriteStruct(Utf8JsonWriter writer, SqlStruct structure, TimeZoneInfo zone)
    {
        writer.WriteStartObject();
        for (var i = 0; i < structure.Values.Count; i++)
        {
            writer.WritePropertyName(structure.Members[i].Name);
            Write(writer, structure.Values[i], zone);
        }
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, object?[] list, TimeZoneInfo zone)
    {
        writer.WriteStartArray();
        foreach (var item in list) Write(writer, item, zone);
        writer.WriteEndArray();
    }

    /// <summary>For CSV and for eyes.</summary>
    public static string Text(object? cell, TimeZoneInfo zone) => cell switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        string text => text,
        SqlTime time => time.Text(zone),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToBase64String(bytes),
        object?[] or SqlMap or SqlStruct => Json(cell, zone),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    public static string Json(object cell, TimeZoneInfo zone) => Encoding.UTF8.GetString(SqlJson.Bytes(writer => Write(writer, cell, zone)));
}

internal static class SqlJson
{
    // The answer is a document of its own and never part of a page: Chinese is written as it is.
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options)) write(writer);
        return bytes.ToArray();
    }

    /// <summary>The JSON object of some texts.</summary>
    public static string Object(IEnumerable<KeyValuePair<string, string>> members) => Encoding.UTF8.GetString(Bytes(writer =>
    {
        writer.WriteStartObject();
        foreach (var (name, text) in members) writer.WriteString(name, text);
        writer.WriteEndObject();
    }));
}
