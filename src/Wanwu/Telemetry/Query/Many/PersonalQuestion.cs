using DuckDB.NET.Data;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Where there are personal values: of each series how many, and from when to when.</summary>
/// <param name="value">Only observations of this text or whole number, as a name or a card's number; null for all.</param>
/// <remarks>About series that the caller sees in clear: whoever may ask whether a value is there has as good as seen it.</remarks>
internal sealed class PersonalQuestion(Scope scope, string? value) : Question(scope)
{
    private const int LinesAtOnce = 1_000;

    public override IReadOnlyList<Column> Columns { get; } =
    [
        .. LineColumns(scope.Lines), new("dataClass", ColumnKind.Text), new("sensitive", ColumnKind.Flag), new("count", ColumnKind.Number), new("from", ColumnKind.Time), new("to", ColumnKind.Time),
    ];

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var first = place.Line + (place.After is null ? 0 : 1);
        var end = (int)Math.Min(Lines.All.Count, first + Math.Min(most, LinesAtOnce));
        var (from, to) = Scope.Bounds();
        if (from >= to || first >= end) return new Portion(0, null, null);
        using var command = asked.Connection.CreateCommand();
        if (value is not null) command.Parameters.Add(new DuckDBParameter("value", value));
        var condition = value is null ? "true" : $"{StoredValue.Word("")} = $value";
        using var reader = asked.Read(command, $"""
            {Scope.Rows(asked, first, end - first, from, to)} SELECT line, count(*)::BIGINT, min(t), max(t) FROM rows WHERE {Scope.Wanted()} AND {condition}
            GROUP BY line ORDER BY line
            """);
        var (written, last) = (0L, ((int, long)?)null);
        while (reader.Read())
        {
            var line = reader.GetInt32(0);
            Write(rows, line, reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            written++;
            last = (line, Scope.From);
        }
        return new Portion(written, end < Lines.All.Count ? new Place(end, null, 0) : null, last);
    }

    private void Write(RowFormat rows, int line, long count, long first, long latest)
    {
        var series = Lines.All[line].Members[0];
        var model = series.Thing.Model?.Model;
        var property = model?.FindProperty(series.Property);
        rows.BeginRow();
        WriteLine(rows.Row, line);
        rows.Row.Cell(DataClasses.NameOf(model?.ClassOf(property) ?? DataClass.Internal));
        rows.Row.Cell(property is { Sensitive: true });
        rows.Row.Cell((double?)count);
        rows.Row.Cell(new Timestamp(first));
        rows.Row.Cell(new Timestamp(latest));
        rows.EndRow();
    }
}
