using System.Globalization;
using System.Text;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Reads one JSON value as the value of a property and holds it against the model.</summary>
internal static class ValueReader
{
    /// <summary>Reads the value the reader stands on, to its end. Null: it may be stored; otherwise why not, and in <paramref name="detail"/> what to do.</summary>
    public static RefusalReason? TryRead(ref Utf8JsonReader reader, ReadOnlySpan<byte> payload, ModelProperty? model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        var reason = reader.TokenType switch
        {
            JsonTokenType.Number => ReadNumber(ref reader, model, out value, out detail),
            JsonTokenType.String => ReadText(ref reader, out value, out detail),
            JsonTokenType.True => Set(Value.OfBoolean(true), out value),
            JsonTokenType.False => Set(Value.OfBoolean(false), out value),
            JsonTokenType.Null => Set(Value.None, out value),
            _ => ReadComposite(ref reader, payload, model, out value, out detail),
        };
        return reason ?? (model is null ? null : Check(ref value, model, out detail));
    }

    private static RefusalReason? Set(Value made, out Value value)
    {
        value = made;
        return null;
    }

    private static RefusalReason? ReadNumber(ref Utf8JsonReader reader, ModelProperty? model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        if (model?.Kind != ValueKind.Number && reader.TryGetInt64(out var integer))
        {
            value = Value.OfInteger(integer);
            return null;
        }
        if (reader.TryGetDouble(out var number) && double.IsFinite(number))
        {
            value = Value.OfNumber(number);
            return null;
        }
        detail = $"'{ReportingThing.Show(reader.ValueSpan)}' is beyond what a number can hold.";
        return RefusalReason.OutOfRange;
    }

    private static RefusalReason? ReadText(ref Utf8JsonReader reader, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        // A UTF-8 text never has more characters than bytes, and an escape only shrinks.
        if (reader.ValueSpan.Length > Value.MaxTextLength * 3)
        {
            detail = $"The text has {reader.ValueSpan.Length} bytes; at most {Value.MaxTextLength} characters are kept.";
            return RefusalReason.TooLarge;
        }
        if (reader.ValueIsEscaped && !JsonEscapes.AreSound(reader.ValueSpan))
        {
            detail = "The text escapes half a surrogate pair, which is no character.";
            return RefusalReason.NotUtf8;
        }
        var text = reader.GetString()!;
        if (text.Length > Value.MaxTextLength)
        {
            detail = $"The text has {text.Length} characters; at most {Value.MaxTextLength} are kept.";
            return RefusalReason.TooLarge;
        }
        value = Value.OfText(text);
        return null;
    }

    private static RefusalReason? ReadComposite(ref Utf8JsonReader reader, ReadOnlySpan<byte> payload, ModelProperty? model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var json = payload[start..(int)reader.BytesConsumed];
        if (json.Length > Value.MaxTextLength)
        {
            detail = $"The object has {json.Length} bytes; at most {Value.MaxTextLength} are kept.";
            return RefusalReason.TooLarge;
        }
        if (json[0] == '{')
        {
            if (QuantityReader.IsQuantity(json, model)) return QuantityReader.TryRead(json, model, out value, out detail);
            if (PointReader.TryRead(json, out value)) return null;
        }
        value = Value.OfObject(Encoding.UTF8.GetString(json));
        return null;
    }

    /// <summary>Holds a value against the model's schema. An integer where a number is asked becomes one, and 21.0 an integer.</summary>
    internal static RefusalReason? Check(ref Value value, ModelProperty model, out string detail)
    {
        detail = "";
        if (model.Kind == ValueKind.Number && value.Kind == ValueKind.Integer) value = Value.OfNumber(value.AsInteger);
        else if (model.Kind == ValueKind.Integer && value.Kind == ValueKind.Number && double.IsInteger(value.AsNumber) && Math.Abs(value.AsNumber) < 9e18)
            value = Value.OfInteger((long)value.AsNumber);
        switch (model.Schema.Fit(value))
        {
            case SchemaFit.Fits:
                return null;
            case SchemaFit.WrongType:
                detail = $"'{model.Name}' is {Name(model.Kind)} in the model, and {Name(value.Kind)} came.";
                return RefusalReason.WrongType;
            case SchemaFit.OutOfRange:
                detail = $"'{model.Name}' is {value}, outside the model's {Bound(model.Minimum)} to {Bound(model.Maximum)}{(model.Unit is { } unit ? $" {unit.Code}" : "")}.";
                return RefusalReason.OutOfRange;
            case SchemaFit.WrongLength:
                detail = $"'{model.Name}' is a text of {value.AsText.Length} characters, too short or too long for the model.";
                return RefusalReason.OutOfRange;
            default:
                detail = $"'{model.Name}' is none of the model's values: {string.Join(", ", (model.Schema.Enum ?? []).Take(12))}.";
                return RefusalReason.OutOfRange;
        }
    }

    private static string Bound(double? bound) => bound?.ToString("R", CultureInfo.InvariantCulture) ?? "…";

    private static string Name(ValueKind kind) => kind switch
    {
        ValueKind.Number => "a number",
        ValueKind.Integer => "an integer",
        ValueKind.Boolean => "a boolean",
        ValueKind.Text => "a text",
        ValueKind.Point => "a point",
        _ => "an object",
    };
}
