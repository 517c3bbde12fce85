using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>What kind of value an observation carries. The numbers are on disk: they may be added to, never changed.</summary>
public enum ValueKind : byte
{
    /// <summary>No value: the observation says only that one was due (quality <see cref="Quality.Missing"/>).</summary>
    None = 0,
    /// <summary>IEEE 754 binary64, finite.</summary>
    Number = 1,
    /// <summary>Whole number of 64 bits.</summary>
    Integer = 2,
    Boolean = 3,
    /// <summary>Text of at most <see cref="Value.MaxTextLength"/> characters.</summary>
    Text = 4,
    /// <summary>A place on WGS-84: latitude and longitude in degrees.</summary>
    Point = 5,
    /// <summary>A small JSON object or array, kept as its text.</summary>
    Object = 6,
}

/// <summary>The value of one observation: a number, an integer, a boolean, a text, a point or a small object.</summary>
/// <remarks>Numbers and points hold no reference, so that the common report allocates nothing.</remarks>
[JsonConverter(typeof(ValueJsonConverter))]
public readonly record struct Value
{
    public const int MaxTextLength = 8_192;
    // Bits, not doubles: half of all integers are a NaN when read as one, and every NaN equals every other.
    private readonly long _a;
    private readonly long _b;
    private readonly string? _text;

    private Value(ValueKind kind, long a, long b, string? text) => (Kind, _a, _b, _text) = (kind, a, b, text);

    // Adding zero turns -0 into 0, so that equal numbers have equal bits.
    private Value(ValueKind kind, double a, double b)
        : this(kind, BitConverter.DoubleToInt64Bits(a + 0.0), BitConverter.DoubleToInt64Bits(b + 0.0), null) { }

    private double A => BitConverter.Int64BitsToDouble(_a);
    private double B => BitConverter.Int64BitsToDouble(_b);

    public ValueKind Kind { get; }

    public static Value None => default;
    public static Value OfNumber(double number) =>
        double.IsFinite(number)
            ? new(ValueKind.Number, number, 0.0)
            : throw new ArgumentOutOfRangeException(nameof(number), number, "A value must be finite.");
    public static Value OfInteger(long integer) => new(ValueKind.Integer, integer, 0, null);
    public static Value OfBoolean(bool boolean) => new(ValueKind.Boolean, boolean ? 1L : 0L, 0L, null);
    /// <param name="text">At most <see cref="MaxTextLength"/> characters; the caller has checked it.</param>
    public static Value OfText(string text) => new(ValueKind.Text, 0L, 0L, text);
    /// <summary>Degrees on WGS-84: latitude −90 to 90, longitude −180 to 180.</summary>
    public static Value OfPoint(double latitude, double longitude) => IsPoint(latitude, longitude)
        ? new(ValueKind.Point, latitude, longitude)
        : throw new ArgumentOutOfRangeException(nameof(latitude), $"{latitude}, {longitude} is no place on WGS-84.");
    /// <param name="json">Well-formed JSON of at most <see cref="MaxTextLength"/> characters; the caller has checked it.</param>
    public static Value OfObject(string json) => new(ValueKind.Object, 0L, 0L, json);

    public static bool IsPoint(double latitude, double longitude) => Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180;

    /// <summary>The value as a number: of a number or an integer itself, of a boolean 1 or 0, otherwise NaN.</summary>
    public double AsNumber => Kind switch
    {
        ValueKind.Number => A,
        ValueKind.Integer or ValueKind.Boolean => _a,
        _ => double.NaN,
    };

    public long AsInteger => Kind == ValueKind.Integer ? _a : throw Wrong(ValueKind.Integer);
    public bool AsBoolean => Kind == ValueKind.Boolean ? _a != 0 : throw Wrong(ValueKind.Boolean);
    /// <summary>The text of a text, or the JSON of an object.</summary>
    public string AsText => Kind is ValueKind.Text or ValueKind.Object ? _text ?? "" : throw Wrong(ValueKind.Text);
    public double Latitude => Kind == ValueKind.Point ? A : throw Wrong(ValueKind.Point);
    public double Longitude => Kind == ValueKind.Point ? B : throw Wrong(ValueKind.Point);

    private InvalidOperationException Wrong(ValueKind asked) => new($"The value is {Kind}, not {asked}.");

    /// <summary>The value as people and CSV files read it, in the invariant culture; a point as <c>latitude,longitude</c>.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Number => A.ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Integer => AsInteger.ToString(CultureInfo.InvariantCulture),
        ValueKind.Boolean => AsBoolean ? "true" : "false",
        ValueKind.Point => string.Create(CultureInfo.InvariantCulture, $"{A:R},{B:R}"),
        ValueKind.Text or ValueKind.Object => AsText,
        _ => "",
    };

    /// <summary>Writes the value in its JSON form; a point as <c>{"lat":…,"lon":…}</c>, none as <c>null</c>.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        switch (Kind)
        {
            case ValueKind.Number: writer.WriteNumberValue(A); break;
            case ValueKind.Integer: writer.WriteNumberValue(AsInteger); break;
            case ValueKind.Boolean: writer.WriteBooleanValue(AsBoolean); break;
            case ValueKind.Text: writer.WriteStringValue(AsText); break;
            case ValueKind.Object: writer.WriteRawValue(AsText); break;
            case ValueKind.Point:
                writer.WriteStartObject();
                writer.WriteNumber("lat"u8, A);
                writer.WriteNumber("lon"u8, B);
                writer.WriteEndObject();
                break;
            default: writer.WriteNullValue(); break;
        }
    }
}

/// <summary>
/// JSON form of a <see cref="Value"/>. A whole number reads as an integer, whatever kind it was written from; an object <c>{"lat","lon"}</c> or a
/// GeoJSON Point reads as a point.
/// </summary>
public sealed class ValueJsonConverter : JsonConverter<Value>
{
    public override bool HandleNull => true;

    public override Value Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => Value.None,
        JsonTokenType.True => Value.OfBoolean(true),
        JsonTokenType.False => Value.OfBoolean(false),
        JsonTokenType.String => Bounded(reader.GetString()!, Value.OfText),
        JsonTokenType.Number => ReadNumber(ref reader),
        _ => ReadObject(ref reader),
    };

    public override void Write(Utf8JsonWriter writer, Value value, JsonSerializerOptions options) => value.WriteTo(writer);

    private static Value ReadNumber(ref Utf8JsonReader reader)
    {
        // 21 is an integer and 21.0 a number: what the sender wrote is what is kept.
        if (reader.TryGetInt64(out var integer)) return Value.OfInteger(integer);
        var number = reader.GetDouble();
        return double.IsFinite(number) ? Value.OfNumber(number) : throw new JsonException("The number is too large.");
    }

    private static Value ReadObject(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return TryReadPoint(root, out var point) ? point : Bounded(root.GetRawText(), Value.OfObject);
    }

    private static Value Bounded(string text, Func<string, Value> of) =>
        text.Length <= Value.MaxTextLength
            ? of(text)
            : throw new JsonException($"The value has {text.Length} characters; {Value.MaxTextLength} are allowed.");

    /// <summary>Reads <c>{"lat":…,"lon":…}</c> with nothing else in it, or a GeoJSON Point of two coordinates (RFC 7946 §3.1.2).</summary>
    public static bool TryReadPoint(JsonElement element, out Value point)
    {
        point = default;
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != 2) return false;
        double latitude, longitude;
        if (element.TryGetProperty("lat"u8, out var lat) && element.TryGetProperty("lon"u8, out var lon))
        {
            if (lat.ValueKind != JsonValueKind.Number || lon.ValueKind != JsonValueKind.Number) return false;
            (latitude, longitude) = (lat.GetDouble(), lon.GetDouble());
        }
        else
        {
            if (!element.TryGetProperty("type"u8, out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("Point"u8))
                return false;
            if (!element.TryGetProperty("coordinates"u8, out var at) || at.ValueKind != JsonValueKind.Array || at.GetArrayLength() != 2) return false;
            if (at[0].ValueKind != JsonValueKind.Number || at[1].ValueKind != JsonValueKind.Number) return false;
            (longitude, latitude) = (at[0].GetDouble(), at[1].GetDouble());
        }
        if (!Value.IsPoint(latitude, longitude)) return false;
        point = Value.OfPoint(latitude, longitude);
        return true;
    }
}
