using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>What is to be summed up, and how.</summary>
/// <param name="Levels">What may be used, the coarsest first. Days come first and are those of one zone.</param>
/// <param name="OfRows">Makes rollup rows of observations, a relation of <see cref="SeriesRelations.Rows(ColdView, PickedSeries, long, long)"/>.</param>
internal sealed record RollupQuestion(long From, long To, IReadOnlyList<RollupUnits> Levels, Func<string, string> OfRows)
{
    /// <summary>Whether increase and distance are needed; what is hot is summed up without.</summary>
    public bool WithSteps { get; init; }

    /// <summary>Whether the asker has a better question where no rollups are of use; it is answered with nothing then.</summary>
    public bool IsElseNeedless { get; init; }

    /// <summary>Whether the asker joins the rows with the picked table, so that others need not be left out here.</summary>
    public bool IsJoined { get; init; }
}

/// <summary>
/// All there is of the picked series in a stretch of time, as rollup rows (<see cref="RollupSql.Columns"/>) that add up: rows of the coarsest level that has whole
/// units there, of finer ones at the edges and where the coarse is missing, and of observations for the rest.
/// </summary>
/// <remarks>
/// A level answers for the area of its files before the watermark, hours that are hot for what lies in no file. A unit of a series into which something came late is
/// asked of the observations; where only rollups are left of them, what came late is added. Belongs to one question.
/// </remarks>
internal sealed class RollupRelation(SeriesRelations relations, DuckDBConnection connection, ColdView cold, PickedSeries picked)
{
    private const long Day = ColdPeriod.MicrosecondsPerDay, Hour = RollupLevels.MicrosecondsPerHour;
    private readonly List<string> _parts = [];
    private List<ColdSpan> _needed = [];
    private List<ColdSpan> _alone = [];
    private (long First, long Last)? _late;

    /// <summary>Whether rollups are of use; where not, the observations alone are the better question.</summary>
    public bool HasRollups { get; private set; }

    /// <summary>The text of a SELECT.</summary>
    public string Sql(RollupQuestion question)
    {
        var (from, to) = Within(question);
        var watermark = RollupManifest.Watermark(connection);
        if (from < to) _needed.Add(new ColdSpan(from, to, picked.Lowest, picked.Highest));
        // Behind the watermark nothing is summed up, and nobody knows what came late.
        var levels = from < watermark ? question.Levels : [];
        if (levels.Count > 0) Prepare(from, to);
        foreach (var units in levels)
        {
            if (_needed.Count == 0) break;
            var all = new ColdSpan(units.Ceiling(from), units.Floor(Math.Min(to, watermark)), picked.Lowest, picked.Highest);
            if (all.From >= all.To) continue;
            Take(units, question, all);
            if (units.Level is RollupLevel.Hour && !question.WithSteps) TakeHot(units, question, all);
        }
        AddKept(question, from, to);
        if (!HasRollups && question.IsElseNeedless) return "";
        foreach (var area in _needed) _parts.Add(OfRows(question, area, hotAlone: false, ""));
        if (_parts.Count == 0) _parts.Add(question.OfRows(relations.Rows(cold, picked, 0, 0)));
        return string.Join(" UNION ALL ", _parts.Select(part => $"SELECT {RollupSql.Columns} FROM ({part})"));
    }

    /// <summary>Beside all else comes what is left of observations that have expired.</summary>
    private void AddKept(RollupQuestion question, long from, long to)
    {
        var kept = new KeptRelation(relations, connection, cold, picked).Parts(from, to, question.Levels, question.IsJoined);
        HasRollups |= kept.Count > 0;
        _parts.AddRange(kept);
    }

    /// <summary>Nothing lies before the first and behind the last of all: there whole units are asked for.</summary>
    private (long From, long To) Within(RollupQuestion question)
    {
        if (picked.First > picked.Last) return (0, 0);
        var coarsest = question.Levels.Count > 0 ? question.Levels[0] : new RollupUnits(RollupLevel.Minute, TimeZoneInfo.Utc);
        return (question.From <= picked.First ? coarsest.Floor(picked.First) : question.From, question.To > picked.Last ? coarsest.Ceiling(picked.Last + 1) : question.To);
    }

    /// <summary>Where only rollups are left, and the hours of picked series that are out of date elsewhere.</summary>
    private void Prepare(long from, long to)
    {
        var all = new ColdSpan(from, to, picked.Lowest, picked.Highest);
        var rollups = cold.AllRollups.Select(file => file.Span).Where(all.Meets).ToList();
        _alone = rollups.Aggregate(new List<ColdSpan>(), (alone, span) => [.. alone, .. new[] { span }.Without(alone)]).Without(cold.All.Select(file => file.Span).Where(all.Meets));
        if (!RollupManifest.HasDirty(connection)) return;
        var hours = Sql($"hour > {from - Hour} AND hour < {to}");
        if (connection.Scalar(Sql($"SELECT count(*) FROM rollup_dirty WHERE {hours} AND (series = {RollupManifest.AllSeries} OR series BETWEEN {picked.Lowest} AND {picked.Highest})")) == 0) return;
        connection.Execute(Sql($"""
            CREATE OR REPLACE TEMP TABLE {LateTable} AS SELECT DISTINCT series, hour FROM (
                SELECT series, hour FROM rollup_dirty SEMI JOIN {picked.Table} USING (series) WHERE {hours}
                UNION ALL SELECT p.series, d.hour FROM rollup_dirty d, {picked.Table} p WHERE d.series = {RollupManifest.AllSeries} AND {hours})
            WHERE NOT {Within("hour", _alone)}
            """));
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT min(hour), max(hour) FROM {LateTable}";
        using var reader = command.ExecuteReader();
        if (reader.Read() && !reader.IsDBNull(0)) _late = (reader.GetInt64(0), reader.GetInt64(1));
    }

    private string LateTable => $"{picked.Table}_late";

    private void Take(RollupUnits units, RollupQuestion question, ColdSpan all)
    {
        var (whole, taken) = (new List<ColdFile>(), new List<ColdSpan>());
        foreach (var file in cold.Rollups(units.Level))
        {
            if (file.Span.And(all) is not { } wanted || _needed.And(wanted) is not { Count: > 0 } pieces || !relations.Fits(units, connection, cold, picked, file)) continue;
            if (pieces.Count == 1 && pieces[0] == wanted)
            {
                whole.Add(file);
                taken.Add(wanted);
                continue;
            }
            foreach (var piece in pieces.Select(piece => piece with { From = units.Ceiling(piece.From), To = units.Floor(piece.To) }).Where(piece => piece.From < piece.To))
            {
                AddFiles(units, question, [file], piece);
                taken.Add(piece);
            }
        }
        if (whole.Count > 0) AddFiles(units, question, whole, all);
        AddTaken(units, question, taken);
    }

    private void TakeHot(RollupUnits units, RollupQuestion question, ColdSpan all)
    {
        // Days of files begin and end with an hour, so what is left is cut in none.
        var hot = _needed.And(all).Without(cold.All.Concat(cold.AllRollups).Select(file => file.Span));
        var taken = hot.Select(area => area with { From = units.Ceiling(area.From), To = units.Floor(area.To) }).Where(area => area.From < area.To).ToList();
        foreach (var area in taken)
            Add(units, Sql($"SELECT {RollupSql.Columns} FROM rollup_hours c{Only("c", question.IsJoined || picked.IsWhole)} WHERE c.start >= {area.From} AND c.start < {area.To} AND c.series BETWEEN {area.LowSeries} AND {area.HighSeries}"), area);
        AddTaken(units, question, taken);
    }

    private void AddFiles(RollupUnits units, RollupQuestion question, List<ColdFile> files, ColdSpan area)
    {
        var only = Only("c", question.IsJoined || files.TrueForAll(picked.HasAllOf));
        Add(units, Sql($"""
            SELECT {RollupSql.FromFile} FROM {cold.Parquet(files)} c{only}
            WHERE c.start >= {ColdSql.Instant(area.From)} AND c.start < {ColdSql.Instant(area.To)}{Series("c", area, files)}
            """), area);
    }

    private string Only(string table, bool isNeedless) => isNeedless ? "" : $" SEMI JOIN {picked.Table} p ON p.series = {table}.series";

    /// <summary>A condition that statistics can answer, where there are other series too.</summary>
    private static string Series(string table, ColdSpan area, IReadOnlyList<ColdFile> files) => files.All(file => file.FirstSeries >= area.LowSeries && file.LastSeries <= area.HighSeries)
        ? ""
        : Sql($" AND {table}.series BETWEEN {area.LowSeries} AND {area.HighSeries}");

    /// <summary>Rows but for those that are out of date.</summary>
    private void Add(RollupUnits units, string rows, ColdSpan area)
    {
        HasRollups = true;
        if (_late is not { } late || late.First >= area.To + Day || late.Last < area.From - Day)
        {
            _parts.Add(rows);
            return;
        }
        var key = units.Level is RollupLevel.Day ? "h.start" : RollupSql.Floor("h.start", RollupLevel.Hour);
        var elsewhere = _alone.Count == 0 ? "" : $" AND NOT {Within("h.first_t", _alone, "h.")}";
        _parts.Add($"SELECT h.* FROM ({rows}) h ANTI JOIN ({LateKeys(units)}) d ON d.series = h.series AND d.key = {key}{elsewhere}");
    }

    /// <summary>Days that have an hour that is out of date, or hours. An hour may have its end in another day than its beginning.</summary>
    private string LateKeys(RollupUnits units)
    {
        if (units.Level is not RollupLevel.Day) return $"SELECT series, hour AS key FROM {LateTable}";
        var (first, last) = _late!.Value;
        string DayOf(string time) => units.Sql(time, first - Day, last + Day).Start;
        return $"SELECT DISTINCT series, unnest([{DayOf("hour")}, {DayOf(Sql($"(hour + {Hour - 1})"))}]) AS key FROM {LateTable}";
    }

    /// <summary>What rollups answer for needs no more, but for what came late.</summary>
    private void AddTaken(RollupUnits units, RollupQuestion question, List<ColdSpan> taken)
    {
        foreach (var area in taken)
        {
            _needed = _needed.Without(area);
            foreach (var alone in _alone.And(area)) _parts.Add(OfRows(question, alone, hotAlone: true, ""));
            if (_late is not var (first, last)) continue;
            var key = units.Level is RollupLevel.Day ? units.Sql("t", area.From - Day, area.To + Day).Start : RollupSql.Floor("t", RollupLevel.Hour);
            foreach (var late in new[] { area }.Without(_alone).And(new ColdSpan(units.Floor(first), units.Ceiling(last + Hour), int.MinValue, int.MaxValue)))
                _parts.Add(OfRows(question, late, hotAlone: false, $" WHERE (series, {key}) IN (SELECT (series, key) FROM ({LateKeys(units)}))"));
        }
    }

    private string OfRows(RollupQuestion question, ColdSpan area, bool hotAlone, string condition)
    {
        var rows = relations.Rows(connection, cold, picked, area, question.IsJoined, hotAlone);
        return question.OfRows(condition.Length == 0 ? rows : $"SELECT * FROM ({rows}){condition}");
    }

    private static string Within(string time, List<ColdSpan> areas, string table = "") => areas.Count == 0 ? "false" : $"({string.Join(" OR ", areas.Select(area => Sql(
        $"({time} >= {area.From} AND {time} < {area.To} AND {table}series BETWEEN {area.LowSeries} AND {area.HighSeries})")))})";

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
