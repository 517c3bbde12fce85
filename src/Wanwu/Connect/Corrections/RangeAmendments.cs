using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Connect.Corrections;

/// <summary>What can be done to every observation of a range.</summary>
internal static class RangeAmendments
{
    /// <summary>Another quality; the value stands.</summary>
    public static Amendment Marked(Quality quality) => (StandingRow row, out string? refused) =>
    {
        refused = null;
        return new Amended(row.Original.Value, quality);
    };

    /// <summary>Numbers times a factor plus an offset, as a sensor that was found to be off asks for. What is no number stays as it is.</summary>
    public static Amendment Shifted(double factor, double offset, Quality quality, ModelProperty? model) => (StandingRow row, out string? refused) =>
    {
        refused = null;
        var original = row.Original.Value;
        if (original.Kind is not (ValueKind.Number or ValueKind.Integer)) return null;
        var number = original.AsNumber * factor + offset;
        if (!double.IsFinite(number))
        {
            refused = $"At {row.Time} the value would be beyond what a number can hold.";
            return null;
        }
        var value = original.Kind == ValueKind.Integer && double.IsInteger(number) && Math.Abs(number) < 9e18 ? Value.OfInteger((long)number) : Value.OfNumber(number);
        if (model is null || ValueReader.Check(ref value, model, out var detail) is null) return new Amended(value, quality);
        refused = $"At {row.Time}: {detail}";
        return null;
    };
}
