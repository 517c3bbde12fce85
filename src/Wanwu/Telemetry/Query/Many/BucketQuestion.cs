using System.Data.Common;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Aggregates of each line, for each bucket of a calendar or for all of the time.</summary>
internal sealed class BucketQuestion(Scope scope, Cut cut, IReadOnlyList<Measure> measures) : Question(scope)
{
    public override IReadOnlyList<Column> Columns { get; } =
    [
        .. LineColumns(scope.Lines), .. cut.HasBuckets ? (Column[])[new("t", ColumnKind.Time)] : [],
        .. measures.Select(measure => new Column(measure.Name, ColumnKind.Number)),
    ];

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var (from, to) = Scope.Bounds();
        if (from >= to) return new Portion(0, null, null);
        var atFirst = (int)Math.Clamp(most / cut.Buckets(from, to), 1, Lines.All.Count);
        var end = (int)Math.Min(Lines.All.Count, (long)place.Line + (place.Width > 0 ? place.Width : atFirst));
        var behind = place.After is { } after ? FormattableString.Invariant($"AND (line > {place.Line} OR t >= {cut.Behind(Lines.All[place.Line], after)})") : "";
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {new Summing(Scope, cut, measures).With(asked, place.Line, end - place.Line, behind)}
            FROM measured ORDER BY line, start LIMIT {most + 1}
            """);
        var (written, last) = (0L, ((int, long)?)null);
        while (reader.Read())
        {
            if (written == most || rows.Pending > PortionBytes) return After(place, end, written, most, last, isCut: true);
            last = (reader.GetInt32(0), reader.GetInt64(1));
            Write(rows, reader, last.Value);
            written++;
        }
        return After(place, end, written, most, last, isCut: false);
    }

    private void Write(RowFormat rows, DbDataReader reader, (int Line, long Start) at)
    {
        rows.BeginRow();
        WriteLine(rows.Row, at.Line);
        if (cut.HasBuckets) rows.Row.Cell(new Timestamp(at.Start));
        for (var i = 0; i < measures.Count; i++) rows.Row.Cell(reader.IsDBNull(i + 2) ? null : reader.GetDouble(i + 2));
        rows.EndRow();
    }
}
