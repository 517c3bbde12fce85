using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>What a question is about: lines, time and qualities.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Qualities">Null for all of them.</param>
/// <param name="After">Go on behind this.</param>
/// <param name="Relations">What the statement is built on.</param>
internal sealed record Scope(Lines Lines, long From, long To, IReadOnlyList<Quality>? Qualities, LineCursor? After, SeriesRelations Relations)
{
    /// <inheritdoc cref="QueryOptions.MostBySeries"/>
    public long MostBySeries { get; init; }

    /// <summary>Log position that must be loaded for what is asked to be complete.</summary>
    public long Needed()
    {
        var position = 0L;
        foreach (var line in Lines.All)
            foreach (var member in line.Members)
                if (member.Series is { } series) position = Math.Max(position, series.CommittedBefore(To));
        return position;
    }

    /// <summary>The same, with no more time than the store has rows of; to be asked once the store is up to date.</summary>
    public (long From, long To) Bounds()
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        foreach (var line in Lines.All)
        {
            foreach (var member in line.Members)
            {
                if (member.Series is not { } series) continue;
                first = Math.Min(first, series.Plan.StoredFirst);
                last = Math.Max(last, series.Plan.StoredLast);
            }
        }
        return (Math.Max(From, first), Math.Min(To, last == long.MinValue ? long.MinValue : last + 1));
    }

    public Place Start()
    {
        if (After is not { } after) return new Place(0, null, 0);
        var line = Lines.PlaceOf(after.Cells);
        return new Place(line, Lines.IsAt(line, after.Cells) ? after.Time : null, 0);
    }

    /// <summary>The beginning of a statement: the observations of some lines as a relation <c>rows</c>, with the line of each in front of the columns of <see cref="SeriesRelations.Rows(ColdView, PickedSeries, long, long)"/>.</summary>
    public string Rows(Asked asked, int firstLine, int lines, long from, long to) => Rows(asked, Enumerable.Range(firstLine, lines), from, to);

    /// <inheritdoc cref="Rows(Asked, int, int, long, long)"/>
    public string Rows(Asked asked, IEnumerable<int> lines, long from, long to)
    {
        var picked = PickedLines.Fill(asked.Connection, Lines, lines);
        return $"WITH rows AS NOT MATERIALIZED (SELECT p.line, r.* FROM ({Relations.Rows(asked.Connection, asked.Cold, picked, from, to, isJoined: true)}) r JOIN {picked.Table} p ON p.series = r.series)";
    }

    /// <summary>A condition on quality, to stand behind WHERE.</summary>
    public string Wanted() => Qualities is null ? "true" : QualitySql.In("quality", Qualities);
}

/// <summary>Where an answer stands: at a line, behind a time of it.</summary>
/// <param name="Width">How many lines the next portion is to take; 0 where nothing is known yet.</param>
internal readonly record struct Place(int Line, long? After, int Width);

/// <summary>What one portion brought.</summary>
/// <param name="Next">Where the answer goes on; null at the end.</param>
/// <param name="Last">Line and time of the last row.</param>
internal readonly record struct Portion(long Rows, Place? Next, (int Line, long Time)? Last);

/// <summary>A store being asked, as of one moment.</summary>
internal readonly record struct Asked(DuckDBConnection Connection, ColdView Cold, CancellationToken Stop)
{
    /// <summary>Runs a statement; its result is read as it comes.</summary>
    public DuckDBDataReader Read(DuckDBCommand command, FormattableString sql)
    {
        Stop.ThrowIfCancellationRequested();
#pragma warning disable CA2100 // Built of constants and numbers of ours.
        command.CommandText = sql.ToString(CultureInfo.InvariantCulture);
#pragma warning restore CA2100
        command.UseStreamingMode = true;
        return command.ExecuteReader();
    }
}

/// <summary>A question about many series. It is answered portion by portion, so that no answer is ever whole in memory or holds the store for long.</summary>
/// <remarks>Has no state of its own: a portion that failed is asked for again.</remarks>
internal abstract class Question(Scope scope)
{
    /// <summary>A portion ends when it has about so many bytes.</summary>
    protected const int PortionBytes = 4 << 20;

    protected Scope Scope { get; } = scope;

    public Lines Lines => Scope.Lines;

    /// <inheritdoc cref="Scope.Needed"/>
    public long Needed => Scope.Needed();

    public abstract IReadOnlyList<Column> Columns { get; }

    public virtual Place Start() => Scope.Start();

    /// <summary>Whether the answer can go on behind a row.</summary>
    public virtual bool HasCursor => true;

    /// <summary>Whether the store is not needed.</summary>
    public virtual bool IsInMemory => false;

    /// <summary>How much the store may have to do for a portion: the longest are broken off first when memory is short.</summary>
    public double Weight => (double)Scope.Lines.All.Sum(line => (long)line.Members.Count) * (Scope.To - (double)Scope.From);

    public abstract Portion Ask(Asked asked, Place place, long most, RowFormat rows);

    public string CursorOf((int Line, long Time) last) => new LineCursor(last.Time, Lines.All[last.Line].Cells).ToString();

    protected static IEnumerable<Column> LineColumns(Lines lines) => lines.Columns.Select(name => new Column(name, ColumnKind.Text));

    protected void WriteLine(RowWriter row, int line)
    {
        foreach (var cell in Lines.All[line].Cells) row.Cell(cell);
    }

    /// <summary>Where the next portion begins after one of lines [<paramref name="place"/>, <paramref name="end"/>), and how many lines it takes.</summary>
    protected Portion After(Place place, int end, long written, long most, (int Line, long Time)? last, bool isCut)
    {
        if (isCut) return new Portion(written, new Place(last!.Value.Line, last.Value.Time, Math.Max(1, (end - place.Line) / 2)), last);
        var width = written < most / 4 ? (end - place.Line) * 4 : end - place.Line;
        return new Portion(written, end < Lines.All.Count ? new Place(end, null, Math.Max(1, width)) : null, last);
    }
}
