using System.Text.Json;

namespace Wanwu.Things;

/// <summary>Reads a <see cref="DataSchema"/> out of a thing model document (TD 1.1 §5.3.2).</summary>
internal static class DataSchemaReader
{
    public static DataSchema? Read(ModelNode node, string member)
    {
        if (!node.Has(member, out var json)) return null;
        if (json.ValueKind == JsonValueKind.Object) return Read(node.Child(member, json));
        node.Fault(member, "Must be a data schema, which is an object.", json);
        return null;
    }

    /// <summary>The node is an object.</summary>
    public static DataSchema Read(ModelNode node)
    {
        var members = Members(node);
        var semantic = node.Texts("@type");
        var kind = KindOf(node, members, semantic);
        var schema = new DataSchema
        {
            Kind = kind,
            Title = node.Localized("title", "titles"),
            Description = node.Localized("description", "descriptions"),
            Unit = Unit(node, out var unitText),
            UnitText = unitText,
            Minimum = node.Number("minimum"),
            Maximum = node.Number("maximum"),
            ExclusiveMinimum = node.Number("exclusiveMinimum"),
            ExclusiveMaximum = node.Number("exclusiveMaximum"),
            MultipleOf = node.Number("multipleOf", static n => n > 0, "Must be a number above 0."),
            MinLength = node.Count("minLength", 0, int.MaxValue) ?? node.Count("minItems", 0, int.MaxValue),
            MaxLength = node.Count("maxLength", 0, int.MaxValue) ?? node.Count("maxItems", 0, int.MaxValue),
            Enum = Listed(node, kind),
            Default = node.Has("default", out var value) ? ValueOf(value) : null,
            Format = node.Text("format"),
            ReadOnly = node.Flag("readOnly"),
            WriteOnly = node.Flag("writeOnly"),
            Items = Items(node),
            Members = members,
            Required = node.Texts("required"),
            SemanticTypes = semantic,
        };
        CheckTogether(node, schema);
        return schema;
    }

    private static void CheckTogether(ModelNode node, DataSchema schema)
    {
        if (schema.Minimum > schema.Maximum)
            node.Fault("minimum", $"Must not be above the maximum, {schema.Maximum}.", node.Json.GetProperty("minimum"));
        if (schema.MinLength > schema.MaxLength) node.Fault("minLength", $"Must not be above the longest, {schema.MaxLength}.");
        if (schema.ReadOnly && schema.WriteOnly) node.Fault("writeOnly", "A value cannot be both readOnly and writeOnly.");
        if (node.Has("oneOf", out var choices)) ReadChoices(node, choices);
    }

    private static void ReadChoices(ModelNode node, JsonElement choices)
    {
        if (choices.ValueKind != JsonValueKind.Array || choices.EnumerateArray().Any(static c => c.ValueKind != JsonValueKind.Object))
        {
            node.Fault("oneOf", "Must be an array of data schemas.", choices);
            return;
        }
        var at = 0;
        foreach (var choice in choices.EnumerateArray()) Read(node.Child("oneOf", choices).Child($"{at++}", choice));
    }

    private static ValueKind KindOf(ModelNode node, IReadOnlyList<KeyValuePair<string, DataSchema>> members, IReadOnlyList<string> semantic)
    {
        switch (node.Text("type"))
        {
            case null: return ValueKind.None;
            case "number": return ValueKind.Number;
            case "integer": return ValueKind.Integer;
            case "boolean": return ValueKind.Boolean;
            case "string": return ValueKind.Text;
            case "array": return ValueKind.Object;
            case "object": return semantic.Contains(node.Own(ModelTerms.Point)) || IsPoint(members) ? ValueKind.Point : ValueKind.Object;
            case "null": return ValueKind.None;
            default:
                node.Fault("type", "Must be one of number, integer, boolean, string, object, array, null.", node.Json.GetProperty("type"));
                return ValueKind.None;
        }
    }

    private static bool IsPoint(IReadOnlyList<KeyValuePair<string, DataSchema>> members) =>
        members.Count == 2 && members.All(static m => m.Key is "lat" or "lon" && m.Value.Kind == ValueKind.Number);

    private static UcumUnit? Unit(ModelNode node, out string? text)
    {
        text = node.Text("unit");
        // A colon marks a name from another vocabulary (om2:kilowatt): kept, not understood.
        if (text is null || text.Contains(':', StringComparison.Ordinal)) return null;
        if (UnitAliases.TryResolve(text, out var unit, out var fault)) return unit;
        node.Fault("unit", fault, node.Json.GetProperty("unit"));
        return null;
    }

    private static List<Value>? Listed(ModelNode node, ValueKind kind)
    {
        if (node.Has("const", out var only) && !node.Json.TryGetProperty("enum", out _)) return [ValueOf(only)];
        if (!node.Has("enum", out var listed)) return null;
        if (listed.ValueKind != JsonValueKind.Array || listed.GetArrayLength() == 0)
        {
            node.Fault("enum", "Must be an array of at least one value.", listed);
            return null;
        }
        var values = listed.EnumerateArray().Select(ValueOf).ToList();
        if (values.Distinct().Count() != values.Count) node.Fault("enum", "Must not name a value twice.", listed);
        var schema = new DataSchema { Kind = kind };
        if (values.Any(v => schema.Fit(v) == SchemaFit.WrongType)) node.Fault("enum", "Must hold values of the type that the schema names.", listed);
        return values;
    }

    private static Value ValueOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True => Value.OfBoolean(true),
        JsonValueKind.False => Value.OfBoolean(false),
        JsonValueKind.String => Value.OfText(json.GetString()!),
        JsonValueKind.Number => json.TryGetInt64(out var integer) ? Value.OfInteger(integer)
            : json.TryGetDouble(out var number) && double.IsFinite(number) ? Value.OfNumber(number) : Value.None,
        JsonValueKind.Object or JsonValueKind.Array =>
            ValueJsonConverter.TryReadPoint(json, out var point) ? point : Value.OfObject(json.GetRawText()),
        _ => Value.None,
    };

    private static DataSchema? Items(ModelNode node)
    {
        if (!node.Has("items", out var items)) return null;
        if (items.ValueKind == JsonValueKind.Object) return Read(node.Child("items", items));
        if (items.ValueKind != JsonValueKind.Array) node.Fault("items", "Must be a data schema or an array of them.", items);
        return null;
    }

    private static List<KeyValuePair<string, DataSchema>> Members(ModelNode node)
    {
        var members = new List<KeyValuePair<string, DataSchema>>();
        if (!node.Has("properties", out var properties)) return members;
        if (properties.ValueKind != JsonValueKind.Object)
        {
            node.Fault("properties", "Must be an object of data schemas.", properties);
            return members;
        }
        var parent = node.Child("properties", properties);
        foreach (var property in properties.EnumerateObject())
            if (Read(parent, property.Name) is { } schema) members.Add(new(property.Name, schema));
        return members;
    }
}
