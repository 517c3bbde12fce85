using Wanwu.Registry;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>How often a series is due, and since when.</summary>
/// <param name="interval">Between two observations, as the asker says; null for what the models say.</param>
/// <param name="now">Nothing is due later.</param>
internal sealed class DueTimes(TimeSpan? interval, long from, long to, long now)
{
    public long To => Math.Min(to, now);

    /// <summary>Null where nobody says how often.</summary>
    public long? Every(ChosenSeries series)
    {
        var every = interval;
        if (every is null && series.Thing.Model is { } model && model.TryGetProperty(System.Text.Encoding.UTF8.GetBytes(series.Property.ToString()), out var property))
            every = property.Affordance.ReportEvery;
        return every is { } known ? known.Ticks / TimeSpan.TicksPerMicrosecond : null;
    }

    /// <summary>A thing owes nothing for the time before it was registered or first reported.</summary>
    public long Since(ChosenSeries series) => Math.Max(from, Math.Min(series.Thing.Created.Microseconds, series.Series?.Plan.StoredFirst ?? long.MaxValue));
}

/// <summary>Of each series how many observations were due and how many there are, and the share.</summary>
/// <param name="below">Only those with a smaller share; null for all.</param>
internal sealed class CompletenessQuestion(Scope scope, DueTimes due, double? below) : Question(scope)
{
    private static readonly RollupUnits[] Levels = [new(RollupLevel.Hour, TimeZoneInfo.Utc), new(RollupLevel.Minute, TimeZoneInfo.Utc)];

    public override IReadOnlyList<Column> Columns { get; } =
    [
        .. LineColumns(scope.Lines), new("interval", ColumnKind.Number), new("due", ColumnKind.Number), new("received", ColumnKind.Number), new("share", ColumnKind.Number),
    ];

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var first = place.Line + (place.After is null ? 0 : 1);
        var end = (int)Math.Min(Lines.All.Count, first + most);
        var received = Received(asked, first, end);
        var (written, last) = (0L, ((int, long)?)null);
        for (var line = first; line < end; line++)
        {
            var series = Lines.All[line].Members[0];
            var (count, every) = (received.GetValueOrDefault(line), due.Every(series));
            long? expected = every is { } known ? Math.Max(0, (due.To - due.Since(series)) / known) : null;
            double? share = expected > 0 ? Math.Min(1, (double)count / expected.Value) : null;
            if (below is not null && !(share < below)) continue;
            rows.BeginRow();
            WriteLine(rows.Row, line);
            rows.Row.Cell(every / 1_000_000.0);
            rows.Row.Cell((double?)expected);
            rows.Row.Cell((double?)count);
            rows.Row.Cell(share);
            rows.EndRow();
            written++;
            last = (line, Scope.From);
        }
        return new Portion(written, end < Lines.All.Count ? new Place(end, null, 0) : null, last);
    }

    /// <summary>Observations that have expired were received, too: where hours or minutes are left of them, those say how many.</summary>
    private Dictionary<int, long> Received(Asked asked, int first, int end)
    {
        var received = new Dictionary<int, long>();
        var (from, to) = Scope.Bounds();
        if (from >= to || first >= end) return received;
        using var command = asked.Connection.CreateCommand();
        var picked = PickedLines.Fill(asked.Connection, Lines, Enumerable.Range(first, end - first));
        var rows = new RollupRelation(Scope.Relations, asked.Connection, asked.Cold, picked).Sql(new RollupQuestion(Scope.From, Scope.To, Levels, RollupSql.OfEach) { IsJoined = true });
        using var reader = asked.Read(command, $"SELECT p.line, sum(r.count)::BIGINT FROM ({rows}) r JOIN {picked.Table} p ON p.series = r.series WHERE {Scope.Wanted()} GROUP BY p.line");
        while (reader.Read()) received[reader.GetInt32(0)] = reader.GetInt64(1);
        return received;
    }
}

/// <summary>Stretches of time without an observation, longer than asked for: between two of them, before the first and behind the last. What retention has let go is none.</summary>
/// <param name="keptSince">Since when observations of a series are kept; null where all are.</param>
internal sealed class GapsQuestion(Scope scope, DueTimes due, TimeSpan longer, Func<ThingEntry, PropertyName, long?> keptSince) : Question(scope)
{
    private const int LinesAtFirst = 64, MostLines = 1_024;

    public override IReadOnlyList<Column> Columns { get; } =
        [.. LineColumns(scope.Lines), new("from", ColumnKind.Time), new("to", ColumnKind.Time), new("seconds", ColumnKind.Number), new("keptSince", ColumnKind.Text)];

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var end = Math.Min(Lines.All.Count, place.Line + Math.Clamp(place.Width, LinesAtFirst, MostLines));
        var gaps = Gaps(asked, place.Line, end, place.After ?? long.MinValue, most);
        var (written, last) = (0L, ((int, long)?)null);
        foreach (var (line, from, to) in gaps)
        {
            if (written == most) return After(place, end, written, most, last, isCut: true);
            rows.BeginRow();
            WriteLine(rows.Row, line);
            rows.Row.Cell(new Timestamp(from));
            rows.Row.Cell(new Timestamp(to));
            rows.Row.Cell((to - from) / 1_000_000.0);
            rows.Row.Cell(KeptSince(line) is { } since ? new Timestamp(since).ToString() : null);
            rows.EndRow();
            written++;
            last = (line, from);
        }
        return After(place, end, written, most, last, isCut: false);
    }

    private long? KeptSince(int line)
    {
        var series = Lines.All[line].Members[0];
        return keptSince(series.Thing, series.Property);
    }

    private long Least => longer.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>In order of line and time, those of the first line that begin after <paramref name="after"/>; a few more than asked for.</summary>
    private List<(int Line, long From, long To)> Gaps(Asked asked, int first, int end, long after, long most)
    {
        var gaps = new List<(int, long, long)>();
        var kept = new long[end - first];
        for (var line = first; line < end; line++) kept[line - first] = KeptSince(line) ?? long.MinValue;
        void Add(int line, long from, long to)
        {
            from = Math.Max(from, kept[line - first]);
            if (to - from > Least && (line > first || from > after)) gaps.Add((line, from, to));
        }
        var edges = new Dictionary<int, (long First, long Last)>();
        var (from, to) = Scope.Bounds();
        if (from < to)
        {
            ReadEdges(asked, first, end, from, to, edges);
            ReadInner(asked, first, end, from, to, after, most, Add);
        }
        for (var line = first; line < end; line++)
        {
            var since = due.Since(Lines.All[line].Members[0]);
            if (!edges.TryGetValue(line, out var edge)) Add(line, since, due.To);
            else
            {
                Add(line, since, edge.First);
                Add(line, edge.Last, due.To);
            }
        }
        gaps.Sort();
        return gaps;
    }

    private void ReadEdges(Asked asked, int first, int end, long from, long to, Dictionary<int, (long, long)> edges)
    {
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"{Scope.Rows(asked, first, end - first, from, to)} SELECT line, min(t), max(t) FROM rows WHERE {Scope.Wanted()} GROUP BY line");
        while (reader.Read()) edges[reader.GetInt32(0)] = (reader.GetInt64(1), reader.GetInt64(2));
    }

    private void ReadInner(Asked asked, int first, int end, long from, long to, long after, long most, Action<int, long, long> add)
    {
        using var command = asked.Connection.CreateCommand();
        using var reader = asked.Read(command, $"""
            {Scope.Rows(asked, first, end - first, from, to)}
            SELECT line, before, t FROM (SELECT line, t, lag(t) OVER (PARTITION BY line ORDER BY t) AS before FROM rows WHERE {Scope.Wanted()})
            WHERE t - before > {Least} AND (line > {first} OR before > {after}) ORDER BY line, before LIMIT {most + 1}
            """);
        while (reader.Read()) add(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}
