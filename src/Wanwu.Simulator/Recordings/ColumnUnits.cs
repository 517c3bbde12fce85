using System.Text;

namespace Wanwu.Simulator.Recordings;

/// <summary>Brings the numbers of a column from the unit they were recorded in to the unit of the thing model.</summary>
internal sealed class ColumnUnits
{
    private readonly Dictionary<string, (UcumUnit From, UcumUnit To)> _conversions = [];

    /// <remarks>What the description and the model say of a property must fit: a value reported in a wrong unit looks like a right one.</remarks>
    public ColumnUnits(RecordingDescription description, string? modelJson)
    {
        var model = modelJson is null ? null : Read(modelJson, description);
        foreach (var (name, column) in description.Properties)
        {
            if (!PropertyName.TryParse(name, null, out var property)) throw new RecordingException($"'{name}' is not the name of a property.");
            var recorded = column.Unit is null ? null : Parse(column.Unit, name);
            if (model is null) continue;
            var known = model.FindProperty(property) ?? throw new RecordingException($"The model {description.Model} has no property {name}.");
            if (recorded is null || known.Unit is null || recorded.Means(known.Unit)) continue;
            if (recorded.ObstacleTo(known.Unit) is { } obstacle) throw new RecordingException($"{name} is recorded in {recorded} and the model has it in {known.Unit}: {obstacle}");
            _conversions.Add(name, (recorded, known.Unit));
        }
    }

    public Value Convert(string property, Value value)
    {
        if (!_conversions.TryGetValue(property, out var units) || value.Kind is not (ValueKind.Number or ValueKind.Integer)) return value;
        return units.From.TryConvert(value.AsNumber, units.To, out var converted) ? Value.OfNumber(converted) : value;
    }

    private static UcumUnit Parse(string unit, string property) =>
        UcumUnit.TryParse(unit, out var parsed, out var fault) ? parsed : throw new RecordingException($"{property}: '{unit}' is not a UCUM unit. {fault}");

    private static ThingModel Read(string json, RecordingDescription description) =>
        ThingModel.TryRead(Encoding.UTF8.GetBytes(json), out var model, out var faults)
            ? model
            : throw new RecordingException($"{description.Model} is not a thing model: {faults[0]}");
}
