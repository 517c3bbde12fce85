using System.Data.Common;
using System.Globalization;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>How time is cut: by a calendar, or not at all.</summary>
internal sealed class Cut(BucketWidth? every, TimeZoneInfo zone)
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private readonly BucketCalendar? _calendar = every is { } width ? new BucketCalendar(width, zone) : null;

    /// <summary>Whether there is more than one bucket, and so a time beside each.</summary>
    public bool HasBuckets => _calendar is not null;

    /// <summary>The start of a row's bucket, of <c>t</c>.</summary>
    public string Start(long from, long to) => _calendar is null ? from.ToString(CultureInfo.InvariantCulture) + "::BIGINT" : SeriesReading.StartExpression(_calendar.Runs(from, to));

    /// <summary>Whether every bucket begins and ends with an hour of UTC.</summary>
    public bool IsWholeHours(long from, long to) => every is not { } width ||
        ((!width.IsWithinDay || width.Unit == BucketUnit.Hour) && _calendar!.Runs(from, to).TrueForAll(run => IsHours(run.Start) && IsHours(run.Day) && IsHours(run.Width)));

    private static bool IsHours(long time) => time % RollupLevels.MicrosecondsPerHour == 0;

    /// <summary>The first time behind the bucket that begins at <paramref name="start"/>.</summary>
    public long Behind(long start) => _calendar?.Next(start) ?? long.MaxValue;

    /// <summary>About how many buckets a stretch of time has.</summary>
    public long Buckets(long from, long to)
    {
        if (every is not { } width) return 1;
        var about = width.Unit switch
        {
            BucketUnit.Day => MicrosecondsPerDay,
            BucketUnit.Week => 7 * MicrosecondsPerDay,
            BucketUnit.Month => 28 * MicrosecondsPerDay,
            BucketUnit.Year => 365 * MicrosecondsPerDay,
            _ => width.Microseconds,
        };
        return (to - from) / about + 2;
    }
}

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
        var behind = place.After is { } after ? FormattableString.Invariant($"AND (line > {place.Line} OR t >= {cut.Behind(after)})") : "";
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
