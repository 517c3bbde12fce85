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
        var written = 0L;
        foreach (var (row, rank) in Ranked(asked, new Summing(Scope, (from, to), cut, measures), most + 1))
        {
            if (written++ == most) throw new QueryException(StatusCodes.Status422UnprocessableEntity, $"The answer has more than {most} rows. Ask for fewer of each bucket, for less time or for wider buckets.");
            rows.BeginRow();
            if (cut.HasBuckets) rows.Row.Cell(new Timestamp(row.Start));
            rows.Row.Cell((double?)rank);
            WriteLine(rows.Row, row.Line);
            foreach (var value in row.Values) rows.Row.Cell(value);
            rows.EndRow();
        }
        return new Portion(written, null, null);
    }

    /// <summary>In order of time and rank.</summary>
    private IEnumerable<(MeasuredRow Row, long Rank)> Ranked(Asked asked, Summing summing, long most) =>
        summing.BySeries(asked, 0, Lines.All.Count) is { } sums ? Ranked(sums) : Read(asked, summing, most);

    private IEnumerable<(MeasuredRow Row, long Rank)> Ranked(LineSums sums)
    {
        foreach (var bucket in Enumerable.Range(0, sums.Count).GroupBy(row => sums[row].Start).OrderBy(bucket => bucket.Key))
        {
            // As many as are wanted, the last of them in front.
            var first = new PriorityQueue<int, (double Value, int Line)>(Comparer<(double Value, int Line)>.Create((one, other) => -Compare(one, other)));
            foreach (var row in bucket)
            {
                if (sums.Value(row, ranking.By) is not { } value) continue;
                if (first.Count < ranking.Count) first.Enqueue(row, (value, sums[row].Line));
                else first.EnqueueDequeue(row, (value, sums[row].Line));
            }
            var ordered = new int[first.Count];
            for (var i = ordered.Length; i-- > 0;) ordered[i] = first.Dequeue();
            for (var i = 0; i < ordered.Length; i++) yield return (sums.Measured(ordered[i]), i + 1);
        }
    }

    private int Compare((double Value, int Line) one, (double Value, int Line) other)
    {
        var byValue = ranking.Descending ? other.Value.CompareTo(one.Value) : one.Value.CompareTo(other.Value);
        return byValue != 0 ? byValue : one.Line.CompareTo(other.Line);
    }

    private IEnumerable<(MeasuredRow Row, long Rank)> Read(Asked asked, Summing summing, long most)
    {
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {summing.With(asked, 0, Lines.All.Count, "")}
            SELECT line, start, row_number() OVER (PARTITION BY start ORDER BY m{ranking.By} {(ranking.Descending ? "DESC" : "ASC")}, line) AS rank, * EXCLUDE (line, start)
            FROM measured WHERE m{ranking.By} IS NOT NULL QUALIFY rank <= {ranking.Count} ORDER BY start, rank LIMIT {most}
            """);
        while (reader.Read())
            yield return (new MeasuredRow(reader.GetInt32(0), reader.GetInt64(1), [.. measures.Select((_, i) => reader.IsDBNull(i + 3) ? (double?)null : reader.GetDouble(i + 3))]), reader.GetInt64(2));
    }
}
