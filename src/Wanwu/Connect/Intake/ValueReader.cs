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
            if (PointReader.TryRead(json, out value)) return null;
        }
        value = Value.OfObject(Encoding.UTF8.GetString(json));
        return null;
    }

    /// <summary>Holds a value against the model: its kind, its bounds, its list of texts. An integer where a number is asked becomes one, and 21.0 an integer.</summary>
    internal static RefusalReason? Check(ref Value value, ModelProperty model, out string detail)
    {
        detail = "";
        if (value.Kind == ValueKind.None) return null;
        if (value.Kind != model.Kind && !TryConvert(ref value, model.Kind))
        {
            detail = $"'{model.Name}' is {Name(model.Kind)} in the model, and {Name(value.Kind)} came.";
            return RefusalReason.WrongType;
        }
        if (value.Kind is ValueKind.Number or ValueKind.Integer)
        {
            var number = value.AsNumber;
            if (!(number < model.Minimum) && !(number > model.Maximum)) return null;
            detail = $"'{model.Name}' is {value}, outside the model's {model.Minimum?.ToString("R", System.Globalization.CultureInfo.InvariantCulture) ?? "…"} to {model.Maximum?.ToString("R", System.Globalization.CultureInfo.InvariantCulture) ?? "…"}.";
            return RefusalReason.OutOfRange;
        }
        if (value.Kind != ValueKind.Text || model.Enum is not { } allowed || allowed.Contains(value.AsText)) return null;
        detail = $"'{model.Name}' is none of the model's texts: {string.Join(", ", allowed.Take(12))}.";
        return RefusalReason.OutOfRange;
    }

    private static bool TryConvert(ref Value value, ValueKind kind)
    {
        switch (kind)
        {
            case ValueKind.Number when value.Kind == ValueKind.Integer:
                value = Value.OfNumber(value.AsInteger);
                return true;
            case ValueKind.Integer when value.Kind == ValueKind.Number && value.AsNumber == Math.Floor(value.AsNumber) && Math.Abs(value.AsNumber) < 9e18:
                value = Value.OfInteger((long)value.AsNumber);
                return true;
            default:
                return false;
        }
    }

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
