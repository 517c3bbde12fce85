using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The observations themselves, in order of thing, property and time.</summary>
/// <param name="withKind">Whether a column says of what kind each value is, so that it can be read back exactly.</param>
internal sealed class RawQuestion(Scope scope, ValueMasks masks, bool descending, bool withKind = false) : Question(scope)
{
    private const int LinesAtFirst = 16;

    public override IReadOnlyList<Column> Columns { get; } =
        [.. LineColumns(scope.Lines), new("t", ColumnKind.Time), new("value", ColumnKind.Value), .. withKind ? [KindColumn] : Array.Empty<Column>(), new("quality", ColumnKind.Text)];

    private static Column KindColumn => new("kind", ColumnKind.Text);

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var (from, to) = Scope.Bounds();
        if (from >= to) return new Portion(0, null, null);
        var end = Math.Min(Lines.All.Count, place.Line + (place.Width > 0 ? place.Width : LinesAtFirst));
        var relation = Scope.Rows(asked, place.Line, end - place.Line, from, to);
        var behind = place.After is { } after ? $"AND (line > {place.Line} OR t {(descending ? "<" : ">")} {after})" : "";
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {relation} SELECT line, t, {StoredValue.Columns} FROM rows WHERE {Scope.Wanted()} {behind}
            ORDER BY line, t {(descending ? "DESC" : "ASC")} LIMIT {most + 1}
            """);
        var (written, last) = (0L, ((int, long)?)null);
        while (reader.Read())
        {
            if (written == most || rows.Pending > PortionBytes) return After(place, end, written, most, last, isCut: true);
            var (line, time) = (reader.GetInt32(0), reader.GetInt64(1));
            var (value, quality) = StoredValue.Read(reader, 2);
            Write(rows, line, time, value, quality);
            written++;
            last = (line, time);
        }
        return After(place, end, written, most, last, isCut: false);
    }

    private void Write(RowFormat rows, int line, long time, Value value, Quality quality)
    {
        if (Lines.All[line].Members[0].Mask is { } mask) value = masks.Of(mask, value);
        rows.BeginRow();
        WriteLine(rows.Row, line);
        rows.Row.Cell(new Timestamp(time));
        rows.Row.Cell(value);
        if (withKind) rows.Row.Cell(ValueKindNames.NameOf(value.Kind));
        rows.Row.Cell(QualityNames.NameOf(quality));
        rows.EndRow();
    }
}
