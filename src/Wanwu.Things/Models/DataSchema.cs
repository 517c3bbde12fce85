namespace Wanwu.Things;

/// <summary>What values a property, an input, an output or the data of an event can have (TD 1.1 §5.3.2).</summary>
/// <remarks>
/// A place is an object with the two numbers <c>lat</c> and <c>lon</c> and nothing else, or one whose <c>@type</c> is <c>wanwu:Point</c>.
/// Where the document holds a placeholder (<c>{{NAME}}</c>, §9.3.5), the member is null here.
/// </remarks>
public sealed record DataSchema
{
    /// <summary>What kind of value is meant; <see cref="ValueKind.None"/> when the schema leaves it open. An array is an object.</summary>
    public ValueKind Kind { get; init; }
    public LocalizedText? Title { get; init; }
    public LocalizedText? Description { get; init; }
    /// <summary>The unit, when <see cref="UnitText"/> is a UCUM code or one of <see cref="UnitAliases"/>.</summary>
    public UcumUnit? Unit { get; init; }
    /// <summary>The unit as the document has it; may be a name from another vocabulary, with a colon, which is kept and not understood.</summary>
    public string? UnitText { get; init; }
    public double? Minimum { get; init; }
    public double? Maximum { get; init; }
    public double? ExclusiveMinimum { get; init; }
    public double? ExclusiveMaximum { get; init; }
    public double? MultipleOf { get; init; }
    /// <summary>Of a text, in characters; of an array, in items.</summary>
    public int? MinLength { get; init; }
    /// <inheritdoc cref="MinLength"/>
    public int? MaxLength { get; init; }
    /// <summary>The only values allowed; a single one where the document says <c>const</c>.</summary>
    public IReadOnlyList<Value>? Enum { get; init; }
    public Value? Default { get; init; }
    public string? Format { get; init; }
    public bool ReadOnly { get; init; }
    public bool WriteOnly { get; init; }
    /// <summary>Of an array, when all items have the same schema.</summary>
    public DataSchema? Items { get; init; }
    /// <summary>The members of an object, in the order of the document.</summary>
    public IReadOnlyList<KeyValuePair<string, DataSchema>> Members { get; init; } = [];
    /// <summary>The members that an object must have.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];
    /// <summary>Semantic annotations (<c>@type</c>).</summary>
    public IReadOnlyList<string> SemanticTypes { get; init; } = [];

    /// <summary>
    /// Looks whether a value fits: kind, bounds, enumeration, length. Numbers are in <see cref="Unit"/>. No value (<see cref="ValueKind.None"/>)
    /// fits anywhere.
    /// </summary>
    public SchemaFit Fit(in Value value)
    {
        if (value.Kind == ValueKind.None) return SchemaFit.Fits;
        if (!Takes(value)) return SchemaFit.WrongType;
        if (IsNumeric(value) && !IsInBounds(value.AsNumber)) return SchemaFit.OutOfRange;
        if (value.Kind == ValueKind.Text && (value.AsText.Length < (MinLength ?? 0) || value.AsText.Length > (MaxLength ?? int.MaxValue)))
            return SchemaFit.WrongLength;
        return Enum is null || IsListed(value) ? SchemaFit.Fits : SchemaFit.NotListed;
    }

    private bool Takes(in Value value) => Kind == ValueKind.None || value.Kind == Kind || (Kind, value.Kind) switch
    {
        (ValueKind.Number, ValueKind.Integer) => true,
        // JSON Schema, and so WoT, holds 21.0 to be an integer.
        (ValueKind.Integer, ValueKind.Number) => double.IsInteger(value.AsNumber),
        // Every place is an object.
        (ValueKind.Object, ValueKind.Point) => true,
        _ => false,
    };

    private bool IsInBounds(double number) =>
        !(number < Minimum || number > Maximum || number <= ExclusiveMinimum || number >= ExclusiveMaximum);

    private bool IsListed(in Value value)
    {
        foreach (var listed in Enum!)
            if (listed == value || (IsNumeric(listed) && IsNumeric(value) && listed.AsNumber == value.AsNumber)) return true;
        return false;
    }

    private static bool IsNumeric(in Value value) => value.Kind is ValueKind.Number or ValueKind.Integer;
}

/// <summary>How a value stands to a <see cref="DataSchema"/>.</summary>
public enum SchemaFit
{
    Fits,
    /// <summary>Another kind of value is expected.</summary>
    WrongType,
    /// <summary>Below the minimum or above the maximum.</summary>
    OutOfRange,
    /// <summary>A text too short or too long.</summary>
    WrongLength,
    /// <summary>Not one of the values listed.</summary>
    NotListed,
}
