using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Telemetry;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Works one value of a mapping out and holds it against the model.</summary>
internal static class MappedValues
{
    /// <summary>Whether the message has what the value is made of.</summary>
    public static bool IsThere(MappedValue value, in ExpressionScope scope) =>
        value.Value.IsPath ? value.Value.Locate(scope, out _).IsThere : value.Value.Evaluate(scope).Kind != OperandKind.Nothing;

    /// <summary>Null: it may be stored; otherwise why not, and in <paramref name="detail"/> what to do.</summary>
    public static RefusalReason? TryRead(MappedValue mapped, in ExpressionScope scope, ModelProperty? model, out Value value, out string detail)
    {
        var convertsUnit = mapped.Unit is not null && model?.Unit is not null;
        if (mapped.Value.IsPath && mapped.Map is null && mapped.Kind is null && !convertsUnit)
            return TakeAsItStands(mapped, scope, model, out value, out detail) ?? (mapped.Unit is null ? null : RefuseUnlessNumber(mapped, value, out detail));
        (value, detail) = (default, "");
        var operand = mapped.Value.Evaluate(scope);
        if (operand.IsFault) return Refuse(RefusalReason.WrongType, operand.Text!, out detail);
        if (mapped.Map is { } map)
        {
            if (!TryMap(map, operand, out value))
                return Refuse(RefusalReason.OutOfRange, $"'{mapped.Property}' is {operand}, which is none of those the mapping knows: {map.Keys}.", out detail);
        }
        else if (TryConvert(mapped, operand, out value, out detail) is { } reason) return reason;
        if (mapped.Unit is not null && RefuseUnlessNumber(mapped, value, out detail) is { } noNumber) return noNumber;
        if (convertsUnit && value.Kind != ValueKind.None
            && QuantityReader.TryConvert(value.AsNumber, mapped.Unit, senML: false, model!, out value, out detail) is { } wrong) return wrong;
        return model is null ? null : ValueReader.Check(ref value, model, out detail);
    }

    /// <summary>A path alone is read as a report's value would be: integers stay integers, a place and a small object are kept whole.</summary>
    private static RefusalReason? TakeAsItStands(MappedValue mapped, in ExpressionScope scope, ModelProperty? model, out Value value, out string detail)
    {
        var json = mapped.Value.Locate(scope, out var message).Of(message);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return ValueReader.TryRead(ref reader, json, model, out value, out detail);
    }

    /// <summary>What has a unit is a number, or is missing.</summary>
    private static RefusalReason? RefuseUnlessNumber(MappedValue mapped, in Value value, out string detail)
    {
        detail = "";
        if (value.Kind is ValueKind.Number or ValueKind.Integer or ValueKind.None) return null;
        return Refuse(RefusalReason.WrongType, $"'{mapped.Property}' has the unit {mapped.Unit}, so it must be a number; it is '{ThingRules.Short(value.ToString())}'.", out detail);
    }

    private static bool TryMap(ValueMap map, in Operand operand, out Value value)
    {
        value = Value.None;
        if (operand.Kind == OperandKind.Text) return map.TryFind(operand.Text!, out value);
        return (operand.Kind is OperandKind.Number or OperandKind.Boolean && map.TryFind(operand.ToString(), out value)) || operand.Kind == OperandKind.Null;
    }

    private static RefusalReason? TryConvert(MappedValue mapped, in Operand operand, out Value value, out string detail)
    {
        (value, detail) = (Value.None, "");
        if (operand.Kind == OperandKind.Null) return null;
        if (operand.Kind == OperandKind.Composite) return Refuse(RefusalReason.WrongType, $"'{mapped.Property}' is an object or array; a path to one of its members is needed.", out detail);
        Value? converted = mapped.Kind switch
        {
            ValueKind.Number => NumberOf(operand),
            ValueKind.Integer => NumberOf(operand) is { } number && double.IsInteger(number.AsNumber) && Math.Abs(number.AsNumber) < 9e18 ? Value.OfInteger((long)number.AsNumber) : null,
            ValueKind.Boolean => BooleanOf(operand),
            ValueKind.Text => TextOf(operand.Kind == OperandKind.Text ? operand.Text! : operand.ToString()),
            _ => operand.Kind switch
            {
                OperandKind.Number => Value.OfNumber(operand.Number),
                OperandKind.Boolean => Value.OfBoolean(operand.IsTrue),
                _ => TextOf(operand.Text!),
            },
        };
        if (converted is not { } made) return Refuse(RefusalReason.WrongType, $"'{mapped.Property}' is {operand}, which cannot be taken as {Name(mapped.Kind)}.", out detail);
        value = made;
        return null;
    }

    private static Value? NumberOf(in Operand operand) => operand.Kind switch
    {
        OperandKind.Number or OperandKind.Boolean => Value.OfNumber(operand.Number),
        _ => double.TryParse(operand.Text.AsSpan().Trim(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? Value.OfNumber(number) : null,
    };

    private static Value? BooleanOf(in Operand operand) => operand.Kind switch
    {
        OperandKind.Boolean => Value.OfBoolean(operand.IsTrue),
        OperandKind.Number when operand.Number is 0 or 1 => Value.OfBoolean(operand.Number != 0),
        OperandKind.Text when operand.Text!.ToUpperInvariant() is "TRUE" or "ON" or "YES" or "1" => Value.OfBoolean(true),
        OperandKind.Text when operand.Text!.ToUpperInvariant() is "FALSE" or "OFF" or "NO" or "0" => Value.OfBoolean(false),
        _ => null,
    };

    private static Value? TextOf(string text) => text.Length <= Value.MaxTextLength ? Value.OfText(text) : null;

    private static string Name(ValueKind? kind) => kind switch
    {
        ValueKind.Number => "a number",
        ValueKind.Integer => "an integer",
        ValueKind.Boolean => "a boolean",
        _ => $"a text of at most {Value.MaxTextLength} characters",
    };

    private static RefusalReason? Refuse(RefusalReason reason, string sentence, out string detail)
    {
        detail = sentence;
        return reason;
    }
}
