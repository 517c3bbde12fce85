using System.Text;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>A column whose values are of one property.</summary>
internal sealed record ValueColumn(int Index, byte[] Property, string? Unit);

/// <summary>A mapping held against the columns that a file has: names became positions.</summary>
internal sealed class ColumnPlan
{
    private readonly FieldFaults _faults;
    private readonly IReadOnlyList<string> _header;

    private ColumnPlan(ImportMapping mapping, IReadOnlyList<string> header, FieldFaults faults)
    {
        (Mapping, _header, _faults) = (mapping, header, faults);
        Thing = Find("thingColumn", mapping.ThingColumn);
        Time = [.. (mapping.Time ?? []).Select(column => Find("time", column))];
        (Property, Value) = (Find("propertyColumn", mapping.PropertyColumn), Find("valueColumn", mapping.ValueColumn));
        (Unit, Kind, Quality) = (Find("unitColumn", mapping.UnitColumn), Find("kindColumn", mapping.KindColumn), Find("qualityColumn", mapping.QualityColumn));
        Values = mapping.IsLong ? [] : [.. (mapping.Columns ?? []).Select(Resolve)];
        Empty = [.. (mapping.Empty ?? ImportMapping.UsualEmpty).Select(Encoding.UTF8.GetBytes)];
    }

    public ImportMapping Mapping { get; }
    public int Fields => _header.Count;
    /// <summary>−1: the mapping names one thing for all lines.</summary>
    public int Thing { get; }
    public IReadOnlyList<int> Time { get; }
    public IReadOnlyList<ValueColumn> Values { get; }
    public int Property { get; }
    public int Value { get; }
    public int Unit { get; }
    public int Kind { get; }
    public int Quality { get; }
    public IReadOnlyList<byte[]> Empty { get; }
    public TimeZoneInfo? Zone { get; private set; }
    public IdentifierScheme? Scheme { get; private set; }

    /// <summary>The plan, or null with the faults of the mapping, by member.</summary>
    public static ColumnPlan? TryMake(ImportMapping mapping, IReadOnlyList<string> header, FieldFaults faults)
    {
        var plan = new ColumnPlan(mapping, header, faults);
        plan.CheckWhole();
        return faults.IsEmpty ? plan : null;
    }

    private void CheckWhole()
    {
        if (Mapping.Thing is null && Mapping.ThingColumn is null) _faults.Add("thing", "Name the thing, or the column that does (thingColumn).");
        if (Mapping.Thing is not null && Mapping.ThingColumn is not null) _faults.Add("thing", "Either one thing for all lines, or a column that names it (thingColumn).");
        if (Mapping.Time is not { Count: >= 1 and <= 7 }) _faults.Add("time", "Name the column of the time, or up to seven that make it up, from the year on.");
        if (Mapping.IsLong && (Mapping.PropertyColumn is null || Mapping.ValueColumn is null)) _faults.Add("valueColumn", "A line with one value needs propertyColumn and valueColumn.");
        if (!Mapping.IsLong && Values.Count == 0) _faults.Add("columns", "Say which columns have values, and of which properties.");
        if (Mapping.IsLong && Mapping.Columns is { Count: > 0 }) _faults.Add("columns", "Either propertyColumn and valueColumn, or columns.");
        if (!Mapping.IsLong && Mapping.UnitColumn is not null) _faults.Add("unitColumn", "With columns, each has its own unit.");
        if (!Mapping.IsLong && Mapping.KindColumn is not null) _faults.Add("kindColumn", "A column of kinds goes with one value a line: propertyColumn and valueColumn.");
        if (Mapping.Columns?.GroupBy(column => column.Property).FirstOrDefault(same => same.Count() > 1) is { } twice)
            _faults.Add("columns", $"Two columns are of the property '{ThingRules.Short(twice.Key)}'.");
        CheckNames();
    }

    private void CheckNames()
    {
        if (Mapping.Zone is { } zone)
        {
            if (TimeZones.TryFind(zone, out var found)) Zone = found;
            else _faults.Add("zone", $"'{ThingRules.Short(zone)}' is no zone: expected an IANA name, as Asia/Shanghai.");
        }
        if (Mapping.Scheme is { } scheme)
        {
            Scheme = IdentifierSchemes.Find(scheme);
            if (Scheme is null) _faults.Add("scheme", $"'{ThingRules.Short(scheme)}' is not an identifier scheme. Known are: {string.Join(", ", IdentifierSchemes.All.Select(one => one.Name))}.");
        }
    }

    private ValueColumn Resolve(ImportColumn column)
    {
        if (!PropertyName.TryParse(column.Property, null, out _))
            _faults.Add("columns", $"'{ThingRules.Short(column.Property ?? "")}' is not a property name: 1 to {PropertyName.MaxLength} letters, digits and _ - . : ~ @ % ( ).");
        if (column.Unit is { Length: > 0 } unit && !UnitAliases.TryResolve(unit, out _, out var fault)) _faults.Add("columns", fault ?? $"'{ThingRules.Short(unit)}' is no unit.");
        return new ValueColumn(Find("columns", column.Column), Encoding.UTF8.GetBytes(column.Property ?? ""), column.Unit is { Length: > 0 } ? column.Unit : null);
    }

    private int Find(string member, string? column)
    {
        if (column is null) return -1;
        for (var i = 0; i < _header.Count; i++)
            if (_header[i] == column) return i;
        _faults.Add(member, $"The file has no column '{ThingRules.Short(column)}'. It has: {string.Join(", ", _header.Take(40))}.");
        return -1;
    }
}
