using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The latest of each series at a time: as it was last known then. What is still the latest comes from memory, the rest is searched for backwards from that time.</summary>
/// <remarks>The scope's time is [no older than, at], the end being one microsecond behind.</remarks>
internal sealed class LatestQuestion(ValueMasks masks, Scope scope) : Question(scope)
{
    private const int LinesAtOnce = 10_000;
    private const long FirstStep = 3_600_000_000, Widen = 8;

    private readonly record struct Found(long Time, Value Value, Quality Quality);

    public override IReadOnlyList<Column> Columns { get; } =
        [.. LineColumns(scope.Lines), new("t", ColumnKind.Time), new("value", ColumnKind.Value), new("quality", ColumnKind.Text)];

    /// <summary>Without a time memory has it all.</summary>
    public override bool IsInMemory => Scope.To > Timestamp.Max.Microseconds && Scope.Qualities is null;

    public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
    {
        var end = (int)Math.Min(Lines.All.Count, place.Line + Math.Min(LinesAtOnce, most + 1));
        var first = place.Line + (place.After is null ? 0 : 1);
        var found = FromMemory(first, end, out var missing);
        if (!IsInMemory) Search(asked, missing, found);
        var (written, last) = (0L, ((int, long)?)null);
        for (var line = first; line < end; line++)
        {
            if (!found.TryGetValue(line, out var value)) continue;
            if (written == most) return new Portion(written, new Place(line, null, 0), last);
            rows.BeginRow();
            WriteLine(rows.Row, line);
            rows.Row.Cell(new Timestamp(value.Time));
            rows.Row.Cell(Lines.All[line].Members[0].Mask is { } mask ? masks.Of(mask, value.Value) : value.Value);
            rows.Row.Cell(QualityNames.NameOf(value.Quality));
            rows.EndRow();
            written++;
            last = (line, value.Time);
        }
        return new Portion(written, end < Lines.All.Count ? new Place(end, null, 0) : null, last);
    }

    private Dictionary<int, Found> FromMemory(int first, int end, out List<int> missing)
    {
        var found = new Dictionary<int, Found>();
        missing = [];
        for (var line = first; line < end; line++)
        {
            if (Lines.All[line].Members[0].Series is not { } series || !series.TryGetLatest(out var latest, out _)) continue;
            if (latest.Time.Microseconds < Scope.From) continue;
            if (latest.Time.Microseconds < Scope.To && (Scope.Qualities?.Contains(latest.Quality) ?? true)) found[line] = new Found(latest.Time.Microseconds, latest.Value, latest.Quality);
            else missing.Add(line);
        }
        return found;
    }

    /// <summary>Goes back in time in ever greater steps, each for those that were not found yet.</summary>
    private void Search(Asked asked, List<int> missing, Dictionary<int, Found> found)
    {
        var (from, to) = Scope.Bounds();
        for (var step = FirstStep; missing.Count > 0 && from < to; step = Math.Min(step * Widen, long.MaxValue / Widen / 2))
        {
            var since = to - from <= step ? from : to - step;
            using var command = asked.Connection.CreateCommand();
            using var reader = asked.Read(command, $"""
                {Scope.Rows(asked, missing, since, to)} SELECT line, t, {StoredValue.Columns} FROM rows WHERE {Scope.Wanted()}
                QUALIFY row_number() OVER (PARTITION BY line ORDER BY t DESC) = 1
                """);
            while (reader.Read())
            {
                var (value, quality) = StoredValue.Read(reader, 2);
                found[reader.GetInt32(0)] = new Found(reader.GetInt64(1), value, quality);
            }
            missing.RemoveAll(found.ContainsKey);
            to = since;
        }
    }
}
