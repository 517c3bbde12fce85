using System.Text.Json.Serialization;

namespace Wanwu.Connect.Imports;

/// <param name="Column">A column of the file.</param>
/// <param name="Property">The property its values are of.</param>
/// <param name="Unit">The unit the values are in, in UCUM; null: the model's.</param>
internal sealed record ImportColumn(string Column, string Property, string? Unit = null);

/// <summary>What the columns of a file mean. Either each line is one value (<see cref="PropertyColumn"/>, <see cref="ValueColumn"/>), or it has one for each of <see cref="Columns"/>.</summary>
internal sealed record ImportMapping
{
    /// <summary>The thing that everything is about: its id, or <c>scheme:identifier</c>.</summary>
    public string? Thing { get; init; }

    /// <summary>The column that names the thing of a line.</summary>
    public string? ThingColumn { get; init; }

    /// <summary>The scheme of identifiers that are given without one.</summary>
    public string? Scheme { get; init; }

    /// <summary>For names that the file uses: the thing meant, by id or <c>scheme:identifier</c>.</summary>
    public IReadOnlyDictionary<string, string>? Things { get; init; }

    /// <summary>The column of the time, or several that make it up, from the year on.</summary>
    public IReadOnlyList<string>? Time { get; init; }

    public TimeForm TimeForm { get; init; }

    /// <summary>IANA name of the zone of times that carry none; null: the zone of the thing.</summary>
    public string? Zone { get; init; }

    public IReadOnlyList<ImportColumn>? Columns { get; init; }

    public string? PropertyColumn { get; init; }

    public string? ValueColumn { get; init; }

    public string? UnitColumn { get; init; }

    /// <summary>The column that says of what kind a line's value is, as exports have it: number, integer, boolean, text, point, object or none. Nothing is guessed then.</summary>
    public string? KindColumn { get; init; }

    public string? QualityColumn { get; init; }

    /// <summary>What stands in a field without a value, besides nothing at all.</summary>
    public IReadOnlyList<string>? Empty { get; init; }

    /// <summary>Whether numbers are written 21,5.</summary>
    public bool DecimalComma { get; init; }

    [JsonIgnore] public bool IsLong => PropertyColumn is not null || ValueColumn is not null;

    public static readonly IReadOnlyList<string> UsualEmpty = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "—"];
}
