using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Rollups and observations put together, held against the observations alone, whatever came late, was moved or summed up before.</summary>
public sealed class HourPartsTests
{
    private const long Hour = RollupLevels.MicrosecondsPerHour;
    private static readonly long Start = TelemetryRig.Now.Microseconds - (4 * 24 * Hour);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static List<string> Read(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    private static Task<(List<string>? Parts, List<string> Rows)> AskAsync(TelemetryRig rig, Series[] series, long from, long to) => rig.Database.QueryAsync((connection, cold, stop) =>
    {
        connection.Execute("CREATE OR REPLACE TEMP TABLE p (series INTEGER NOT NULL, line INTEGER NOT NULL)");
        foreach (var one in series) connection.Execute(FormattableString.Invariant($"INSERT INTO p VALUES ({one.Number}, {one.Number % 2})"));
        var picked = new PickedSeries("p", series);
        var parts = new HourParts(new Asked(connection, cold, stop), picked, rig.Relations).Of(from, to);
        var start = RollupSql.Floor("t", RollupLevel.Hour);
        var rows = Read(connection, $"""
            SELECT line, quality, {start} AS hour, count(*), count(n), sum(n)::BIGINT, min(n), max(n), min(t) FILTER (n IS NOT NULL), max(t) FILTER (n IS NOT NULL)
            FROM (SELECT p.line, r.*, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS n FROM ({rig.Relations.Rows(cold, picked, from, to)}) r JOIN p USING (series)) GROUP BY ALL ORDER BY ALL
            """);
        return (parts is null ? null : Read(connection, $"""
            SELECT line, quality, {start} AS hour, sum(count), sum(n), sum(sum)::BIGINT, min(min), max(max), min(first_at), max(last_at) FROM ({parts}) GROUP BY ALL ORDER BY ALL
            """), rows);
    }, Stop);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Parts_add_up_to_the_observations(int seed)
    {
        await using var rig = new TelemetryRig();
        var random = new Random(seed);
        ThingId[] things = [.. Enumerable.Range(0, 4).Select(_ => ThingId.New(TimeProvider.System))];
        var used = 0;
        for (var round = 0; round < 10; round++)
        {
            foreach (var thing in things)
            {
                Observation[] some = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => rig.Observe(thing, "p", random.Next(9) == 0 ? Value.OfText("t") : Value.OfInteger(random.Next(100)),
                    new Timestamp(Start + (random.NextInt64(4 * 24 * 12) * (Hour / 12))), (Quality)random.Next(3))).DistinctBy(one => one.Time)];
                await rig.CommitAsync(rig.Append(thing, some));
            }
            await rig.LoadAsync();
            if (random.Next(3) == 0) await rig.CompactAsync();
            if (round % 2 == 0) await rig.Rollups.RunAsync(Stop);
            Series[] series = [.. things[..random.Next(1, 5)].Select(thing => rig.Series.Of(thing).Find(PropertyName.Parse("p"))!)];
            var from = Start + (random.Next(48) * Hour);
            var (parts, rows) = await AskAsync(rig, series, from, from + (random.Next(1, 72) * Hour));
            if (parts is null) continue;
            used++;
            Assert.Equal(rows, parts);
        }
        Assert.True(used > 2, $"Rollups were of use {used} times.");
    }
}
