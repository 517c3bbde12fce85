using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Corrections;

/// <summary>An observation as it stands in the store.</summary>
internal readonly record struct StandingRow(Timestamp Time, Original Original);

/// <summary>Which observations are meant: those of some times, or all of a range with one of some qualities.</summary>
/// <param name="To">Exclusive.</param>
internal sealed record RowChoice(Timestamp From, Timestamp To)
{
    public IReadOnlyList<Timestamp>? Times { get; init; }
    public IReadOnlyList<Quality>? Qualities { get; init; }

    public static RowChoice Of(IReadOnlyList<Timestamp> times) =>
        new(times.Min(), new Timestamp(times.Max(time => time.Microseconds) + 1)) { Times = times };
}

/// <summary>Reads rows with the time they were received, hot before cold. Every number in the SQL is ours.</summary>
internal static class StandingRows
{
    private const string ColdColumns = "c.quality, c.kind, c.number, c.number2, c.integer, c.text";

    public static List<StandingRow> Read(DuckDBConnection connection, ColdView cold, Series series, RowChoice choice, int limit)
    {
        var (from, to) = (choice.From.Microseconds, choice.To.Microseconds);
        var files = cold.Of(series.Number, from, to);
        var rows = Sql($"SELECT t, received, {StoredValue.Columns} FROM observations WHERE series = {series.Number} AND t >= {from} AND t < {to}");
        if (files.Count > 0)
            rows = Sql($"""
                WITH hot AS MATERIALIZED ({rows}) FROM hot UNION ALL
                SELECT epoch_us(c.t) AS t, epoch_us(c.t) + c.delay AS received, {ColdColumns} FROM {cold.Parquet(files)} c ANTI JOIN hot ON hot.t = epoch_us(c.t)
                WHERE c.series = {series.Number} AND {ColdSql.TimeBetween("c.t", from, to)}
                """);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers and quoted paths of ours.
        command.CommandText = Sql($"SELECT * FROM ({rows}) WHERE {Wanted(choice)} ORDER BY t LIMIT {limit}");
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var items = new List<StandingRow>();
        while (reader.Read())
        {
            var (value, quality) = StoredValue.Read(reader, 2);
            items.Add(new StandingRow(new Timestamp(reader.GetInt64(0)), new Original(value, quality, new Timestamp(reader.GetInt64(1)))));
        }
        return items;
    }

    private static string Wanted(RowChoice choice)
    {
        var wanted = choice.Times is { } times ? $"t IN ({string.Join(',', times.Select(time => Sql($"{time.Microseconds}")))})" : "true";
        return choice.Qualities is { } qualities ? $"{wanted} AND {QualitySql.In("quality", qualities)}" : wanted;
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
