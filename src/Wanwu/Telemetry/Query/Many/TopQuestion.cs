using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Which lines come first, and how many of them.</summary>
/// <param name="By">Place of the measure they are ordered by.</param>
/// <param name="Descending">The greatest first.</param>
internal readonly record struct Ranking(int By, int Count, bool Descending);

/// <summary>The first lines by an aggregate, of each bucket or of all of the time. Lines that have no number are left out; of equals the one named first comes first.</summary>
internal sealed class TopQuestion(Scope scope, Cut cut, IReadOnlyList<Measure> measures, Ranking ranking) : Question(scope)
{
    public override IReadOnlyList<Column> Columns { get; } =
    [
        .. cut.HasBuckets ? (Column[])[new("t", ColumnKind.Time)] : [], new("rank", ColumnKind.Number), .. LineColumns(scope.Lines),
        .. measures.Select(measure => new Column(measure.Name, ColumnKind.Number)),
    ];

    public override bool HasCursor => false;

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var (from, to) = Scope.Bounds();
        if (from >= to) return new Portion(0, null, null);
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {new Summing(Scope, cut, measures).With(asked, 0, Lines.All.Count, "")}
            SELECT line, start, row_number() OVER (PARTITION BY start ORDER BY m{ranking.By} {(ranking.Descending ? "DESC" : "ASC")}, line) AS rank, * EXCLUDE (line, start)
            FROM measured WHERE m{ranking.By} IS NOT NULL QUALIFY rank <= {ranking.Count} ORDER BY start, rank LIMIT {most + 1}
            """);
        var written = 0L;
        for (; reader.Read(); written++)
        {
            if (written == most) throw new QueryException(StatusCodes.Status422UnprocessableEntity, $"The answer has more than {most} rows. Ask for fewer of each bucket, for less time or for wider buckets.");
            rows.BeginRow();
            if (cut.HasBuckets) rows.Row.Cell(new Timestamp(reader.GetInt64(1)));
            rows.Row.Cell((double?)reader.GetInt64(2));
            WriteLine(rows.Row, reader.GetInt32(0));
            for (var i = 0; i < measures.Count; i++) rows.Row.Cell(reader.IsDBNull(i + 3) ? null : reader.GetDouble(i + 3));
            rows.EndRow();
        }
        return new Portion(written, null, null);
    }
}
