using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Reads a number with its unit, <c>{"value":21.5,"unit":"Cel"}</c>, and tells it in the model's unit.</summary>
internal static class QuantityReader
{
    /// <summary>Whether the model gives the property a unit and the object is a value with a unit; without a model it is an object like any other.</summary>
    public static bool IsQuantity(ReadOnlySpan<byte> json, [NotNullWhen(true)] ModelProperty? model)
    {
        if (model?.Unit is null) return false;
        var reader = new Utf8JsonReader(json);
        var (value, unit, others) = (false, false, false);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("value"u8)) value = true;
            else if (reader.ValueTextEquals("unit"u8)) unit = true;
            else others = true;
            reader.Read();
            reader.Skip();
        }
        return value && unit && !others;
    }

    /// <param name="json">An object for which <see cref="IsQuantity"/> is true.</param>
    /// <param name="model">The property it is for.</param>
    /// <param name="value">The number in the model's unit.</param>
    /// <param name="detail">What to do when it cannot be had.</param>
    public static RefusalReason? TryRead(ReadOnlySpan<byte> json, ModelProperty model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        var number = double.NaN;
        string? unit = null;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUnit = reader.ValueTextEquals("unit"u8);
            reader.Read();
            if (isUnit && reader.TokenType == JsonTokenType.String && (!reader.ValueIsEscaped || JsonEscapes.AreSound(reader.ValueSpan))) unit = reader.GetString();
            else if (!isUnit && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var read)) number = read;
            reader.Skip();
        }
        if (!double.IsFinite(number))
        {
            detail = $"The value of '{model.Name}' beside its unit is no number.";
            return RefusalReason.WrongType;
        }
        return TryConvert(number, unit, senML: false, model, out value, out detail);
    }

    /// <summary>Tells a number in the model's unit.</summary>
    public static RefusalReason? TryConvert(double number, string? unit, bool senML, ModelProperty model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        var target = model.Unit!;
        string? fault;
        var known = senML ? UnitAliases.TryResolveSenMl(unit, out var from, out fault) : UnitAliases.TryResolve(unit, out from, out fault);
        if (!known || from is null) detail = fault ?? "The unit is missing.";
        else if (from.ObstacleTo(target) is { } obstacle) detail = $"'{model.Name}' is in {target.Code} in the model. {obstacle}";
        else if (from.TryConvert(number, target, out var converted))
        {
            value = Value.OfNumber(converted);
            return null;
        }
        else detail = $"'{model.Name}' in {target.Code} is beyond what a number can hold.";
        return RefusalReason.WrongUnit;
    }
}
