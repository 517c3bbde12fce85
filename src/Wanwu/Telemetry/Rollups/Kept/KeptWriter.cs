using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups.Kept;

/// <summary>Sums up observations that are about to go: hours and days whether it saves reading or not, and minutes where it does.</summary>
/// <remarks>Works in the cold writer's DuckDB.</remarks>
internal sealed class KeptWriter(ColdWriter writer, SeriesZones zones)
{
    private const int Worth = 4;
    private const string ZoneTable = "kept_zones";
    private static readonly RollupLevel[] Levels = Enum.GetValues<RollupLevel>();

    /// <param name="rows">A relation with <c>series, t, quality, kind, number, number2</c>, series and time without repeat.</param>
    /// <param name="known">Files of hours that are kept already. What lies within the time of one of their rows may be summed up there, and is left out.</param>
    public List<KeptFile> Make(ColdSpan span, string rows, IReadOnlyList<ColdFile> known, long generation, Timestamp now)
    {
        rows = WithoutKnown(rows, known);
        if (Bounds(rows) is not var (count, from, to)) return [];
        foreach (var level in Levels) writer.Execute($"CREATE OR REPLACE TEMP TABLE {Made(level)} ({RollupSql.Table})");
        Sum(RollupLevel.Hour, rows);
        SumDays(rows, from, to);
        if (MayHaveBusyMinutes(rows, count)) Sum(RollupLevel.Minute, rows);
        foreach (var level in (ReadOnlySpan<RollupLevel>)[RollupLevel.Hour, RollupLevel.Day])
            if (writer.Scalar($"SELECT sum(count)::BIGINT FROM {Made(level)}") != count) throw new StoreException("The rollups that are to stay do not add up; the observations stay.");
        return [.. Levels.Where(level => IsKept(level, count)).Select(level => new KeptFile(new RollupFile(level, writer.WriteRollups(level, span, generation, now, isKept: true)), Counts(level)))];
    }

    /// <summary>Some rows of files that are kept already, in a file of their own.</summary>
    /// <param name="condition">Which of the files' rows (<see cref="RollupSql.Columns"/>).</param>
    /// <returns>Null if there are none.</returns>
    public KeptFile? Copy(RollupLevel level, ColdSpan span, IReadOnlyList<ColdFile> files, string condition, long generation, Timestamp now)
    {
        writer.Execute($"CREATE OR REPLACE TEMP TABLE {Made(level)} ({RollupSql.Table}); INSERT INTO {Made(level)} SELECT {RollupSql.Columns} FROM (SELECT {RollupSql.FromFile} FROM {writer.Parquet(files)}) k {condition}");
        return writer.Scalar($"SELECT count(*) FROM {Made(level)}") == 0 ? null : new KeptFile(new RollupFile(level, writer.WriteRollups(level, span, generation, now, isKept: true)), Counts(level));
    }

    private static string Made(RollupLevel level) => $"made_{level.Name()}";

    private string WithoutKnown(string rows, IReadOnlyList<ColdFile> known) => known.Count == 0 ? rows : $"""
        SELECT r.* FROM ({rows}) r ANTI JOIN (SELECT series, epoch_us(start) AS hour, first_t, last_t FROM {writer.Parquet(known)}) k
            ON k.series = r.series AND k.hour = {RollupSql.Floor("r.t", RollupLevel.Hour)} AND r.t - k.hour BETWEEN k.first_t AND k.last_t
        """;

    private (long Count, long From, long To)? Bounds(string rows)
    {
        using var command = writer.Connection.CreateCommand();
#pragma warning disable CA2100 // Built of constants, numbers and quoted paths of ours.
        command.CommandText = $"SELECT count(*), min(t), max(t) FROM ({rows})";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        reader.Read();
        return reader.GetInt64(0) == 0 ? null : (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2) + 1);
    }

    private void Sum(RollupLevel level, string rows) => Insert(level, RollupSql.FromRows(rows, RollupSql.Floor("t", level), RollupSql.Ceiling("t", level), withSteps: true));

    /// <summary>With all days beginning on the hour, the days are made of the hours.</summary>
    private void SumDays(string rows, long from, long to)
    {
        var (places, of) = zones.Of(writer.Connection.Pairs($"SELECT series, count(*) FROM {Made(RollupLevel.Hour)} GROUP BY series").Select(pair => pair.Key));
        var isHourly = places.TrueForAll(zone => DayExpression.IsHourly(zone, from, to));
        var (start, finish) = DayExpression.Of(isHourly ? "start" : "t", places, from, to);
        var source = isHourly ? $"SELECT * FROM {Made(RollupLevel.Hour)}" : rows;
        if (places.Count > 1)
        {
            writer.Execute($"CREATE OR REPLACE TEMP TABLE {ZoneTable} (series INTEGER NOT NULL, zone INTEGER NOT NULL)");
            writer.Fill(ZoneTable, of);
            source = $"SELECT r.*, z.zone FROM ({source}) r JOIN {ZoneTable} z ON z.series = r.series";
        }
        Insert(RollupLevel.Day, isHourly ? RollupSql.FromRollups(source, start, finish) : RollupSql.FromRows(source, start, finish, withSteps: true));
    }

    private void Insert(RollupLevel level, string select) => writer.Execute($"INSERT INTO {Made(level)} SELECT {RollupSql.Columns} FROM ({select})");

    /// <summary>Whether there are several observations in a minute, by an estimate on the generous side.</summary>
    private bool MayHaveBusyMinutes(string rows, long count) =>
        Worth * 0.8 * writer.Scalar(string.Create(CultureInfo.InvariantCulture, $"SELECT approx_count_distinct(hash(series, t // {RollupLevel.Minute.Width()})) FROM ({rows})")) <= count;

    private bool IsKept(RollupLevel level, long count) =>
        writer.Scalar($"SELECT count(*) FROM {Made(level)}") is var rows && rows > 0 && (level is not RollupLevel.Minute || rows * Worth <= count);

    private List<FileCount> Counts(RollupLevel level)
    {
        using var command = writer.Connection.CreateCommand();
#pragma warning disable CA2100 // A name of ours.
        command.CommandText = $"SELECT series, count(*), min(first_t), max(last_t) FROM {Made(level)} GROUP BY series";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var counts = new List<FileCount>();
        while (reader.Read()) counts.Add(new FileCount(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
        return counts;
    }
}
