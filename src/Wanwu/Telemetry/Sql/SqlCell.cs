using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Sql;

/// <summary>A column of an answer.</summary>
/// <param name="Type">As DuckDB names it; LIST, MAP and STRUCT without what is in them.</param>
internal sealed record SqlResultColumn(string Name, string Type)
{
    public bool IsTime => Type is "TIMESTAMPTZ" or "TIMESTAMP" or "DATE";

    public bool IsNumber => Type is "DOUBLE" or "FLOAT" or "DECIMAL" or "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT";

    public static SqlResultColumn Of(DuckDBDataReader reader, int column) => new(reader.GetName(column), reader.GetDataTypeName(column) switch
    {
        nameof(DuckDBType.TimestampTz) => "TIMESTAMPTZ",
        nameof(DuckDBType.TimestampS) or nameof(DuckDBType.TimestampMs) or nameof(DuckDBType.TimestampNs) => "TIMESTAMP",
        nameof(DuckDBType.UnsignedTinyInt) => "UTINYINT",
        nameof(DuckDBType.UnsignedSmallInt) => "USMALLINT",
        nameof(DuckDBType.UnsignedInteger) => "UINTEGER",
        nameof(DuckDBType.UnsignedBigInt) => "UBIGINT",
        nameof(DuckDBType.UnsignedHugeInt) => "UHUGEINT",
        nameof(DuckDBType.SqlNull) => "NULL",
        var other => other.ToUpperInvariant(),
    });
}

/// <summary>A time of the calendar: with a zone an instant, without one as it stands.</summary>
internal readonly record struct SqlTime(DateTime Time, bool IsInstant)
{
    public string Text(TimeZoneInfo zone)
    {
        var fraction = (Time.Ticks % TimeSpan.TicksPerSecond, Time.Ticks % TimeSpan.TicksPerMillisecond) switch { (0, _) => "", (_, 0) => ".fff", _ => ".ffffff" };
        if (!IsInstant) return Time.ToString($"yyyy-MM-ddTHH:mm:ss{fraction}", CultureInfo.InvariantCulture);
        var offset = zone.GetUtcOffset(DateTime.SpecifyKind(Time, DateTimeKind.Utc));
        var local = offset < TimeSpan.Zero && Time - DateTime.MinValue < -offset || DateTime.MaxValue - Time < offset ? Time : Time + offset;
        return local.ToString($"yyyy-MM-ddTHH:mm:ss{fraction}", CultureInfo.InvariantCulture)
            + (offset == TimeSpan.Zero ? "Z" : (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture));
    }
}

/// <summary>The cells of an answer: read from DuckDB, written as JSON or text.</summary>
internal static class SqlCell
{
    private const long ExactInJson = 1L << 53;

    /// <summary>
    /// Null, a bool, a number, a text, a <see cref="SqlTime"/>, or a list or dictionary of such. What is no number (NaN, infinity) and what is no time of the calendar
    /// is null.
    /// </summary>
    public static object? Read(DuckDBDataReader reader, int column, string type)
    {
        if (reader.IsDBNull(column)) return null;
        return type switch
        {
            "TIMESTAMPTZ" => TimeOf(reader.GetFieldValue<DuckDBTimestamp>(column), true),
            "TIMESTAMP" => TimeOf(reader.GetFieldValue<DuckDBTimestamp>(column), false),
            "DATE" => DateOf(reader.GetFieldValue<DuckDBDateOnly>(column)),
            "INTERVAL" => IntervalOf(reader.GetFieldValue<DuckDBInterval>(column)),
            "BLOB" => BytesOf(reader.GetStream(column)),
            _ => Plain(reader.GetValue(column)),
        };
    }

    private static SqlTime? TimeOf(DuckDBTimestamp time, bool isInstant) =>
        time is { IsInfinity: false, Date.Year: >= 1 and <= 9999 } ? new SqlTime(DateTime.SpecifyKind(time.ToDateTime(), DateTimeKind.Unspecified), isInstant) : null;

    private static string? DateOf(DuckDBDateOnly date) =>
        date is { IsInfinity: false, Year: >= 1 and <= 9999 } ? date.ToDateOnly().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;

    /// <summary>ISO 8601: <c>P1M2DT3.5S</c>.</summary>
    private static string IntervalOf(DuckDBInterval interval)
    {
        var micros = (long)interval.Micros;
        var text = new StringBuilder("P");
        if (interval.Months != 0) text.Append(CultureInfo.InvariantCulture, $"{interval.Months}M");
        if (interval.Days != 0) text.Append(CultureInfo.InvariantCulture, $"{interval.Days}D");
        if (micros != 0 || text.Length == 1) text.Append(CultureInfo.InvariantCulture, $"T{micros / 1_000_000m:0.######}S");
        return text.ToString();
    }

    private static string BytesOf(Stream stream)
    {
        using var bytes = new MemoryStream();
        using (stream) stream.CopyTo(bytes);
        return Convert.ToBase64String(bytes.ToArray());
    }

    private static object? Plain(object value) => value switch
    {
        double number => double.IsFinite(number) ? number : null,
        float number => float.IsFinite(number) ? number : null,
        DateTime time => new SqlTime(time, time.Kind == DateTimeKind.Utc),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "HH:mm:ss" : "HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        Stream stream => BytesOf(stream),
        Guid id => id.ToString(),
        _ => value,
    };

    /// <summary>Numbers that a double cannot hold exactly are written as texts: no reader rounds them unseen.</summary>
    public static void Write(Utf8JsonWriter writer, object? cell, TimeZoneInfo zone)
    {
        switch (cell is null ? null : Plain(cell))
        {
            case null: writer.WriteNullValue(); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case string text: writer.WriteStringValue(text); break;
            case SqlTime time: writer.WriteStringValue(time.Text(zone)); break;
            case double number: writer.WriteNumberValue(number); break;
            case float number: writer.WriteNumberValue(number); break;
            case decimal number when Math.Abs(number) < ExactInJson && ((decimal)(double)number == number): writer.WriteNumberValue(number); break;
            case long or ulong or int or uint or short or ushort or sbyte or byte or BigInteger: WriteWhole(writer, (IFormattable)cell!); break;
            case IDictionary map: WriteMap(writer, map, zone); break;
            case IEnumerable list: WriteList(writer, list, zone); break;
            case IFormattable other: writer.WriteStringValue(other.ToString(null, CultureInfo.InvariantCulture)); break;
            case var other: writer.WriteStringValue(other.ToString()); break;
        }
    }

    private static void WriteWhole(Utf8JsonWriter writer, IFormattable number)
    {
        var text = number.ToString(null, CultureInfo.InvariantCulture);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && whole is <= ExactInJson and >= -ExactInJson) writer.WriteNumberValue(whole);
        else writer.WriteStringValue(text);
    }

    private static void WriteMap(Utf8JsonWriter writer, IDictionary map, TimeZoneInfo zone)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            writer.WritePropertyName(Text(entry.Key, zone));
            Write(writer, entry.Value, zone);
        }
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, IEnumerable list, TimeZoneInfo zone)
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
        IDictionary or IEnumerable => Encoding.UTF8.GetString(SqlJson.Bytes(writer => Write(writer, cell, zone))),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
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
