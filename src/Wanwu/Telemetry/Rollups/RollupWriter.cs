using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Makes the rollups of cold files that were just written, from their rows, and writes each level where it pays.</summary>
/// <remarks>
/// Works in the cold writer's DuckDB. A rollup file answers for one or more neighbouring cold files of one period, so that few need be opened. A level that would
/// not save much reading is not written: the finer one, or the observations, answer as fast.
/// </remarks>
internal sealed class RollupWriter(ColdWriter writer, SeriesZones zones, ColdOptions options)
{
    private const int Worth = 4;
    private const string ZoneTable = "source_zones";
    private static readonly RollupLevel[] Levels = Enum.GetValues<RollupLevel>();

    /// <param name="made">Cold files of one period, in order of series.</param>
    /// <param name="remade">What they were made of among the files there were: rollups of that are made anew, others stay.</param>
    /// <param name="current">The rollup files there are.</param>
    public RollupChange Make(IReadOnlyList<ColdFile> made, IReadOnlyList<ColdFile> remade, IReadOnlyList<RollupFile> current, long generation, Timestamp now)
    {
        var replaced = current.Where(file => made.Any(one => file.File.Span.Meets(one.Span))).ToList();
        if (replaced.Count == 0 && (made.Sum(file => file.Rows) < options.RollupsFromRows || !MayPay(ColdPeriod.MicrosecondsPerDay, made))) return new RollupChange([], [], made);
        var withHours = replaced.Exists(file => file.Level == RollupLevel.Hour) || MayPay(RollupLevel.Hour.Width(), made);
        // A file answers for all of its span, so a level is made of every cold file or of none.
        var withMinutes = replaced.Exists(file => file.Level == RollupLevel.Minute) || made.Any(HasBusyMinutes);
        foreach (var level in Levels) writer.Execute($"CREATE OR REPLACE TEMP TABLE made_{level.Name()} ({RollupSql.Table})");
        foreach (var file in made) Add(file, withHours, withMinutes);
        var counted = writer.Scalar("SELECT coalesce(sum(count), 0)::BIGINT FROM made_1d");
        if (counted != made.Sum(file => file.Rows)) throw new StoreException("The rollups of a file do not add up; it stays as it is.");
        var files = new List<RollupFile>();
        foreach (var level in Levels)
        {
            var old = replaced.Where(file => file.Level == level && file.File.Damage is null).ToList();
            if (old.Count == 0 && !IsWorthIt(level, counted)) continue;
            foreach (var file in old) Keep(file, remade);
            files.AddRange(Groups(level, made, old).Select(span => new RollupFile(level, writer.WriteRollups(level, span, generation, now))));
        }
        return new RollupChange(replaced, files, made);
    }

    /// <summary>The rollups there are, without what they have of a span whose observations go. What is damaged is left to be made anew of what there is.</summary>
    /// <param name="current">The rollup files that meet the span.</param>
    public RollupChange Without(ColdSpan gone, IReadOnlyList<RollupFile> current, long generation, Timestamp now)
    {
        var left = new List<RollupFile>();
        foreach (var (level, file) in current.Where(rollup => rollup.File.Damage is null))
        {
            writer.Execute($"CREATE OR REPLACE TEMP TABLE made_{level.Name()} ({RollupSql.Table})");
            Insert(level, $"SELECT * FROM (SELECT {RollupSql.FromFile} FROM {writer.Parquet([file])}) WHERE NOT {IsOf(gone)}");
            if (writer.Scalar($"SELECT count(*) FROM made_{level.Name()}") > 0) left.Add(new RollupFile(level, writer.WriteRollups(level, file.Span, generation, now)));
        }
        return new RollupChange(current, left, []);
    }

    private void Add(ColdFile file, bool withHours, bool withMinutes)
    {
        var (places, rows) = Zoned(file);
        var (from, to) = (file.FirstTime, file.LastTime + 1);
        // With all days beginning on the hour, the days are made of the hours.
        var isHourly = withHours && places.All(zone => DayExpression.IsHourly(zone, from, to));
        if (withHours) Insert(RollupLevel.Hour, RollupSql.FromRows(rows, RollupSql.Floor("t", RollupLevel.Hour), RollupSql.Ceiling("t", RollupLevel.Hour), withSteps: true));
        var day = DayExpression.Of(isHourly ? "start" : "t", places, from, to);
        Insert(RollupLevel.Day, isHourly ? RollupSql.FromRollups(WithZone(places, Made(RollupLevel.Hour, file.Span)), day.Start, day.Finish) : RollupSql.FromRows(rows, day.Start, day.Finish, withSteps: true));
        if (withMinutes) Insert(RollupLevel.Minute, RollupSql.FromRows(rows, RollupSql.Floor("t", RollupLevel.Minute), RollupSql.Ceiling("t", RollupLevel.Minute), withSteps: true));
    }

    private static string Made(RollupLevel level, ColdSpan span) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT * FROM made_{level.Name()} WHERE series BETWEEN {span.LowSeries} AND {span.HighSeries}");

    private void Insert(RollupLevel level, string select) => writer.Execute($"INSERT INTO made_{level.Name()} SELECT {RollupSql.Columns} FROM ({select})");

    /// <summary>The file's rows, with a column that says which zone is theirs if there are several.</summary>
    private (List<TimeZoneInfo> Zones, string Rows) Zoned(ColdFile file)
    {
        var rows = $"SELECT series, epoch_us(t) AS t, quality, kind, number, number2 FROM {writer.Parquet([file])}";
        var (places, of) = zones.Of(writer.Counts([file]).Select(one => one.Series));
        if (places.Count == 1) return (places, rows);
        writer.Execute($"CREATE OR REPLACE TEMP TABLE {ZoneTable} (series INTEGER NOT NULL, zone INTEGER NOT NULL)");
        writer.Fill(ZoneTable, of);
        return (places, WithZone(places, rows));
    }

    private static string WithZone(List<TimeZoneInfo> places, string rows) =>
        places.Count == 1 ? rows : $"SELECT r.*, z.zone FROM ({rows}) r JOIN {ZoneTable} z ON z.series = r.series";

    /// <summary>Whether there are several observations in a minute, on the whole; what comes in bursts is read as it is.</summary>
    private bool HasBusyMinutes(ColdFile file)
    {
        var series = writer.Scalar($"SELECT count(DISTINCT series) FROM {writer.Parquet([file])}");
        var minutes = (file.LastTime - file.FirstTime) / RollupLevel.Minute.Width() + 1;
        return file.Rows >= Worth * minutes * series;
    }

    /// <summary>
    /// Whether rows for buckets of that width can be so few that they are worth writing, by an estimate on the generous side. Where observations are an hour apart, summing up
    /// hours would take most of the time and memory of writing a file, for nothing.
    /// </summary>
    private bool MayPay(long width, IReadOnlyList<ColdFile> made) => Worth * 0.8 * writer.Scalar(string.Create(CultureInfo.InvariantCulture,
        $"SELECT approx_count_distinct(hash(series, epoch_us(t) // {width})) FROM {writer.Parquet(made)}")) <= made.Sum(file => file.Rows);

    private bool IsWorthIt(RollupLevel level, long observations)
    {
        var rows = writer.Scalar($"SELECT count(*) FROM made_{level.Name()}");
        return rows > 0 && rows * Worth <= observations;
    }

    /// <summary>Rows of a file that is replaced which none of the remade files holds.</summary>
    private void Keep(RollupFile file, IReadOnlyList<ColdFile> remade)
    {
        var others = string.Concat(remade.Select(one => $" AND NOT {IsOf(one.Span)}"));
        Insert(file.Level, $"SELECT * FROM (SELECT {RollupSql.FromFile} FROM {writer.Parquet([file.File])}) WHERE true{others}");
    }

    /// <summary>Whether a row sums up what lies in a span: no row reaches over the end of a cold file.</summary>
    private static string IsOf(ColdSpan span) => string.Create(CultureInfo.InvariantCulture,
        $"(first_t >= {span.From} AND first_t < {span.To} AND series BETWEEN {span.LowSeries} AND {span.HighSeries})");

    /// <summary>What each file is to answer for: as many neighbouring cold files as it may hold rows of; with a file that was there, all of both.</summary>
    private List<ColdSpan> Groups(RollupLevel level, IReadOnlyList<ColdFile> made, List<RollupFile> old)
    {
        var all = old.Select(file => file.File.Span).Concat(made.Select(file => file.Span)).Aggregate(Around);
        if (made.Count == 1) return [all];
        // Keyed by its lowest series, a cold file is never cut in two.
        return ColdPlan.Cut(all, [.. made.Select(file => (file.Span.LowSeries, writer.Scalar($"SELECT count(*) FROM ({Made(level, file.Span)})")))], options.RowsPerFile);
    }

    private static ColdSpan Around(ColdSpan a, ColdSpan b) =>
        new(Math.Min(a.From, b.From), Math.Max(a.To, b.To), Math.Min(a.LowSeries, b.LowSeries), Math.Max(a.HighSeries, b.HighSeries));
}
