using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>Rollups and observations put together, held against the observations alone, whatever came late, was moved, summed up before or damaged.</summary>
public sealed class RollupRelationTests
{
    private const long Hour = RollupLevels.MicrosecondsPerHour, Minute = 60_000_000;
    private static readonly long Start = TelemetryRig.Now.Microseconds - (4 * 24 * Hour);
    private static readonly string[] Zones = ["Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static TelemetryRig NewRig() => new(coldOptions: new ColdOptions { MemoryMegabytes = 64, RowsPerFile = 400, RollupsFromRows = 1 });

    private static List<string> Read(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    private static RollupUnits Units(RollupLevel level, string zone = "UTC") => new(level, TimeZoneInfo.FindSystemTimeZoneById(zone));

    /// <summary>Both, summed up by unit.</summary>
    private static Task<(List<string> Sums, List<string> Rows, bool HasRollups)> AskAsync(TelemetryRig rig, Series[] series, RollupUnits unit, IReadOnlyList<RollupUnits> levels, long from, long to, bool isJoined) =>
        rig.Database.QueryAsync((connection, cold, _) =>
        {
            var picked = PickedSeries.Fill(connection, series);
            var relation = new RollupRelation(rig.Relations, connection, cold, picked);
            var sql = relation.Sql(new RollupQuestion(from, to, levels, RollupSql.OfEach) { IsJoined = isJoined });
            var (low, high) = (Math.Max(from, Start - 48 * Hour), Math.Min(to, Start + 10 * 24 * Hour));
            var (sumsUnit, rowsUnit) = (unit.Sql("start", low - 48 * Hour, high + 48 * Hour).Start, unit.Sql("t", low - 48 * Hour, high + 48 * Hour).Start);
            var sums = Read(connection, $"""
                SELECT series, quality, {sumsUnit} AS unit, sum(count), sum(n), sum(sum)::BIGINT, min(min), max(max), arg_min(first, first_at), arg_max(last, last_at), min(first_at), max(last_at), min(first_t), max(last_t), sum(points)
                FROM ({sql}) SEMI JOIN {picked.Table} USING (series) GROUP BY series, quality, unit ORDER BY ALL
                """);
            var rows = Read(connection, $"""
                SELECT series, quality, {rowsUnit} AS unit, count(*), count(n), sum(n)::BIGINT, min(n), max(n), arg_min(n, t), arg_max(n, t), min(t) FILTER (n IS NOT NULL), max(t) FILTER (n IS NOT NULL), min(t), max(t), count(*) FILTER (kind = 5)
                FROM (SELECT *, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS n FROM ({rig.Relations.Rows(cold, picked, from, to)})) GROUP BY series, quality, unit ORDER BY ALL
                """);
            return (sums, rows, relation.HasRollups);
        }, Stop);

    private static Value AnyValue(Random random) => random.Next(12) switch { 0 => Value.OfText("t"), 1 => Value.OfPoint(31, 121), _ => Value.OfInteger(random.Next(100)) };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Sums_are_those_of_the_observations(int seed)
    {
        await using var rig = NewRig();
        var random = new Random(seed);
        ThingId[] things = [.. Enumerable.Range(0, 4).Select(_ => ThingId.New(TimeProvider.System))];
        var (qualities, used) = (seed % 2 == 0 ? 1 : 3, 0);
        for (var round = 0; round < 8; round++)
        {
            foreach (var thing in things)
            {
                // Most things stay where they are; one moves.
                if (round == 0 || random.Next(12) == 0) rig.ThingZones[thing] = TimeZoneInfo.FindSystemTimeZoneById(Zones[seed % 3 == 0 ? random.Next(3) : seed % 3]);
                Observation[] some = [.. Enumerable.Range(0, random.Next(1, round == 0 ? 1_200 : 40)).Select(_ =>
                    rig.Observe(thing, "p", AnyValue(random), new Timestamp(Start + random.NextInt64(5 * 24 * 12) * (Hour / 12)), (Quality)random.Next(qualities))).DistinctBy(one => one.Time)];
                await rig.CommitAsync(rig.Append(thing, some));
            }
            await rig.LoadAsync();
            if (round == 1 || random.Next(4) == 0) await rig.CompactAsync();
            if (round % 2 == 0) await rig.Rollups.RunAsync(Stop);
            Series[] series = [.. things[..random.Next(1, 5)].Select(thing => rig.Series.Of(thing).Find(PropertyName.Parse("p"))!)];
            var from = random.Next(3) == 0 ? long.MinValue / 2 : Start + random.NextInt64(48 * 60) * Minute;
            var to = random.Next(3) == 0 ? long.MaxValue / 2 : Math.Max(from, Start) + random.NextInt64(1, 90 * 60) * Minute;
            var day = Units(RollupLevel.Day, Zones[seed % 3]);
            foreach (var (unit, levels) in ((RollupUnits, RollupUnits[])[])[(day, [day, Units(RollupLevel.Minute)]), (day, [day]), (Units(RollupLevel.Hour), [Units(RollupLevel.Hour), Units(RollupLevel.Minute)]), (Units(RollupLevel.Minute), [Units(RollupLevel.Minute)])])
            {
                var (sums, rows, hasRollups) = await AskAsync(rig, series, unit, levels, from, to, isJoined: random.Next(2) == 0);
                if (hasRollups) used++;
                Assert.Equal(rows, sums);
            }
        }
        Assert.True(used > 2, $"Rollups were of use {used} times.");
    }

    /// <summary>Two things in one zone, an observation every ten minutes of five days, all of it cold.</summary>
    private static async Task<Series[]> FiveDaysAsync(TelemetryRig rig)
    {
        ThingId[] things = [ThingId.New(TimeProvider.System), ThingId.New(TimeProvider.System)];
        foreach (var thing in things)
        {
            rig.ThingZones[thing] = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
            await rig.CommitAsync(rig.Append(thing, [.. Enumerable.Range(0, 5 * 144).Select(i => rig.Observe(thing, "p", Value.OfNumber(i), new Timestamp(Start - 24 * Hour + i * 10 * Minute)))]));
        }
        await rig.CompactAsync();
        await rig.Rollups.RunAsync(Stop);
        return [.. things.Select(thing => rig.Series.Of(thing).Find(PropertyName.Parse("p"))!)];
    }

    private static Task<string> SqlAsync(TelemetryRig rig, Series[] series, RollupUnits units, long from, long to) => rig.Database.QueryAsync((connection, cold, _) =>
        new RollupRelation(rig.Relations, connection, cold, PickedSeries.Fill(connection, series)).Sql(new RollupQuestion(from, to, [units], RollupSql.OfEach)), Stop);

    [Fact]
    public async Task Whole_days_of_the_things_zone_are_read_from_their_files_alone_and_without_joins_that_change_nothing()
    {
        await using var rig = NewRig();
        var series = await FiveDaysAsync(rig);
        var day = Units(RollupLevel.Day, "Asia/Shanghai");
        var sql = await SqlAsync(rig, series, day, Start - 8 * Hour, Start + 40 * Hour);
        Assert.Contains("/rollups/1d/", sql, StringComparison.Ordinal);
        Assert.DoesNotContain("JOIN", sql, StringComparison.Ordinal);
        Assert.DoesNotContain("observations", sql, StringComparison.Ordinal);
        Assert.DoesNotContain("/rollups/1d/", await SqlAsync(rig, series, Units(RollupLevel.Day), Start - 24 * Hour, Start + 48 * Hour), StringComparison.Ordinal);
        Assert.Contains("SEMI JOIN", await SqlAsync(rig, series[..1], day, Start - 8 * Hour, Start + 40 * Hour), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_observations_cost_their_day_alone_and_a_damaged_file_of_days_none_of_the_answer()
    {
        await using var rig = NewRig();
        var series = await FiveDaysAsync(rig);
        await rig.CommitAsync(rig.Append(series[0].Thing, rig.Observe(series[0].Thing, "p", Value.OfNumber(1_000_000), new Timestamp(Start + 3 * Hour))));
        await rig.LoadAsync();
        var day = Units(RollupLevel.Day, "Asia/Shanghai");
        Assert.Contains("ANTI JOIN", await SqlAsync(rig, series, day, Start - 8 * Hour, Start + 40 * Hour), StringComparison.Ordinal);
        var (sums, rows, _) = await AskAsync(rig, series, day, [day], Start - 8 * Hour, Start + 40 * Hour, isJoined: false);
        Assert.Equal(rows, sums);
        Assert.Contains(sums, row => row.Contains("1000000", StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(rig.Cold.Folder, "rollups", "1d"), "*.parquet", SearchOption.AllDirectories)) await File.WriteAllBytesAsync(file, new byte[100], Stop);
        (sums, rows, var hasRollups) = await AskAsync(rig, series, day, [day], Start - 8 * Hour, Start + 40 * Hour, isJoined: false);
        Assert.Equal((false, rows.Count), (hasRollups, sums.Count));
        Assert.Equal(rows, sums);
    }
}
