using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

internal enum Downsampling
{
    /// <summary>Least and greatest of each of as many stretches as half the points.</summary>
    Minmax,
    /// <inheritdoc cref="LargestTriangles"/>
    Lttb,
}

/// <summary>Each series' numbers as about so many points as a chart has room for, extremes kept: every point is an observation.</summary>
internal sealed class ChartQuestion(Scope scope, Downsampling method, int points) : Question(scope)
{
    private readonly record struct Point(int Line, long Time, double Value);

    public override IReadOnlyList<Column> Columns { get; } = [.. LineColumns(scope.Lines), new("t", ColumnKind.Time), new("value", ColumnKind.Number)];

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var (from, to) = Scope.Bounds();
        if (from >= to) return new Portion(0, null, null);
        // Whole lines only: a line that was cut is worked out again, and goes on behind the last point sent.
        var end = (int)Math.Clamp(place.Line + (most / points), place.Line + 1, Lines.All.Count);
        var chosen = method == Downsampling.Lttb ? Triangles(asked, place.Line, end, from, to) : Extremes(asked, place.Line, end, from, to);
        var (written, last) = (0L, ((int, long)?)null);
        foreach (var (line, time, value) in chosen)
        {
            if (line == place.Line && time <= place.After) continue;
            if (written == most) return After(place, end, written, most, last, isCut: true);
            rows.BeginRow();
            WriteLine(rows.Row, line);
            rows.Row.Cell(new Timestamp(time));
            rows.Row.Cell(value);
            rows.EndRow();
            written++;
            last = (line, time);
        }
        return new Portion(written, end < Lines.All.Count ? new Place(end, null, 0) : null, last);
    }

    private FormattableString Numbers(Asked asked, int first, int end, long from, long to) =>
        $"{Scope.Rows(asked, first, end - first, from, to)}, numbers AS NOT MATERIALIZED (SELECT line, t, number AS n FROM rows WHERE kind BETWEEN 1 AND 3 AND {Scope.Wanted()})";

    private List<Point> Extremes(Asked asked, int first, int end, long from, long to)
    {
        var stretches = Math.Max(1, points / 2);
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {FormattableString.Invariant(Numbers(asked, first, end, from, to))}
            SELECT line, arg_min(t, n), min(n), arg_max(t, n), max(n)
            FROM (SELECT line, t, n, floor((t - {from})::DOUBLE / {(double)to - from} * {stretches}) AS stretch FROM numbers) GROUP BY line, stretch
            """);
        var found = new HashSet<Point>();
        while (reader.Read())
        {
            var line = reader.GetInt32(0);
            found.Add(new Point(line, reader.GetInt64(1), reader.GetDouble(2)));
            found.Add(new Point(line, reader.GetInt64(3), reader.GetDouble(4)));
        }
        return [.. found.OrderBy(point => point.Line).ThenBy(point => point.Time)];
    }

    private List<Point> Triangles(Asked asked, int first, int end, long from, long to)
    {
        var counts = new Dictionary<int, long>();
        using (var command = asked.Connection.CreateCommand())
        using (var reader = asked.Read(command, $"{FormattableString.Invariant(Numbers(asked, first, end, from, to))} SELECT line, count(*) FROM numbers GROUP BY line"))
            while (reader.Read()) counts[reader.GetInt32(0)] = reader.GetInt64(1);
        var (chosen, current, triangles) = (new List<Point>(), -1, (LargestTriangles?)null);
        using var ordered = asked.Connection.CreateCommand();
        using var numbers = asked.Read(ordered, $"{FormattableString.Invariant(Numbers(asked, first, end, from, to))} SELECT line, t, n FROM numbers ORDER BY line, t");
        while (numbers.Read())
        {
            if (numbers.GetInt32(0) is var line && line != current)
            {
                current = line;
                triangles = new LargestTriangles(counts[line], points, (time, value) => chosen.Add(new Point(line, time, value)));
            }
            triangles!.Add(numbers.GetInt64(1), numbers.GetDouble(2));
        }
        return chosen;
    }
}
