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
        (int, long)? behind = place.After is { } after ? (place.Line, cut.Behind(Lines.All[place.Line], after)) : null;
        var (written, last) = (0L, ((int, long)?)null);
        foreach (var row in Measured(asked, (from, to), place.Line, end - place.Line, behind, most + 1))
        {
            if (written == most || rows.Pending > PortionBytes) return After(place, end, written, most, last, isCut: true);
            last = (row.Line, row.Start);
            Write(rows, row);
            written++;
        }
        return After(place, end, written, most, last, isCut: false);
    }

    /// <summary>In order of line and time.</summary>
    private IEnumerable<MeasuredRow> Measured(Asked asked, (long From, long To) bounds, int first, int count, (int Line, long From)? behind, long most)
    {
        var summing = new Summing(Scope, bounds, cut, measures);
        if (summing.BySeries(asked, first, count) is not { } sums) return Read(asked, summing, first, count, behind, most);
        var rows = Enumerable.Range(0, sums.Count);
        if (behind is var (line, from)) rows = rows.Where(row => sums[row].Line > line || sums[row].Start >= from);
        return rows.OrderBy(row => sums[row]).Select(sums.Measured);
    }

    private IEnumerable<MeasuredRow> Read(Asked asked, Summing summing, int first, int count, (int Line, long From)? behind, long most)
    {
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {summing.With(asked, first, count, behind is var (line, from) ? FormattableString.Invariant($"AND (line > {line} OR t >= {from})") : "")}
            FROM measured ORDER BY line, start LIMIT {most}
            """);
        while (reader.Read()) yield return new MeasuredRow(reader.GetInt32(0), reader.GetInt64(1), [.. measures.Select((_, i) => reader.IsDBNull(i + 2) ? (double?)null : reader.GetDouble(i + 2))]);
    }

    private void Write(RowFormat rows, MeasuredRow row)
    {
        rows.BeginRow();
        WriteLine(rows.Row, row.Line);
        if (cut.HasBuckets) rows.Row.Cell(new Timestamp(row.Start));
        foreach (var value in row.Values) rows.Row.Cell(value);
        rows.EndRow();
    }
}
