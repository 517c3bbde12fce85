using Wanwu.Connect.Imports;

namespace Wanwu.Console.ImportRoom;

/// <summary>A column of a file as a person decides about it.</summary>
internal sealed class DraftColumn
{
    public required string Column { get; init; }
    public bool IsTaken { get; set; }
    public string Property { get; set; } = "";
    public string Unit { get; set; } = "";
}

/// <summary>A mapping while it is being made.</summary>
internal sealed class DraftImport
{
    private readonly ImportMapping _guess;

    public DraftImport(IReadOnlyList<string> header, ImportMapping mapping)
    {
        _guess = mapping;
        (Thing, ThingColumn, Scheme) = (mapping.Thing ?? "", mapping.ThingColumn ?? "", mapping.Scheme ?? "");
        Time = mapping.Time is { Count: > 1 } ? Together : mapping.Time is [var one] ? one : "";
        (Zone, DecimalComma) = (mapping.Zone ?? "", mapping.DecimalComma);
        (IsLong, Property, Value) = (mapping.IsLong, mapping.PropertyColumn ?? "", mapping.ValueColumn ?? "");
        (Unit, Quality) = (mapping.UnitColumn ?? "", mapping.QualityColumn ?? "");
        Columns = [.. header.Select(name =>
        {
            var known = mapping.Columns?.FirstOrDefault(column => column.Column == name);
            return new DraftColumn { Column = name, IsTaken = known is not null, Property = known?.Property ?? name.Trim(), Unit = known?.Unit ?? "" };
        })];
    }

    /// <summary>Stands for the columns that make up a time between them.</summary>
    public const string Together = "\0together";

    public string Thing { get; set; }
    public string ThingColumn { get; set; }
    public string Scheme { get; set; }
    public string Time { get; set; }
    /// <summary>The columns that make up a time, where there are such.</summary>
    public string? TimeTogether => _guess.Time is { Count: > 1 } parts ? string.Join(" + ", parts) : null;
    public string Zone { get; set; }
    public bool DecimalComma { get; set; }
    public bool IsLong { get; set; }
    public string Property { get; set; }
    public string Value { get; set; }
    public string Unit { get; set; }
    public string Quality { get; set; }
    public IReadOnlyList<DraftColumn> Columns { get; }

    public ImportMapping ToMapping() => _guess with
    {
        Thing = ThingColumn.Length == 0 ? Text(Thing) : null, ThingColumn = Text(ThingColumn), Scheme = Text(Scheme),
        Time = Time == Together ? _guess.Time : Text(Time) is { } time ? [time] : [], Zone = Text(Zone), DecimalComma = DecimalComma,
        PropertyColumn = IsLong ? Text(Property) : null, ValueColumn = IsLong ? Text(Value) : null, UnitColumn = IsLong ? Text(Unit) : null,
        KindColumn = IsLong ? _guess.KindColumn : null, QualityColumn = Text(Quality),
        Columns = IsLong ? null : [.. Columns.Where(column => column.IsTaken).Select(column => new ImportColumn(column.Column, column.Property.Trim(), Text(column.Unit)))],
    };

    private static string? Text(string text) => text.Trim() is { Length: > 0 } kept ? kept : null;
}
