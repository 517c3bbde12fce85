using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>The relations of many series: every observation once, whichever tier it lies in.</summary>
public sealed class SeriesRelationTests
{
    private static readonly ThingId[] Things = [.. Enumerable.Range(0, 3).Select(_ => ThingId.New(TimeProvider.System))];

    private static Timestamp At(int day, double hours) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hours) * 3_600_000_000));

    private static async Task<List<string>> AskAsync(TelemetryRig rig, Series[] series, Func<DuckDBConnection, ColdView, PickedSeries, string> question)
    {
        await rig.LoadAsync();
        return await rig.Database.QueryAsync((connection, cold, _) =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = question(connection, cold, PickedSeries.Fill(connection, series));
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
                rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            return rows;
        }, TestContext.Current.CancellationToken);
    }

    private static Series Of(TelemetryRig rig, int thing) => rig.Series.Of(Things[thing]).GetOrAdd(PropertyName.Parse("p"));

    /// <summary>Ten days of three things, an observation every six hours; one is corrected and one comes late once its day is cold.</summary>
    private static async Task FillAsync(TelemetryRig rig)
    {
        for (var thing = 0; thing < 3; thing++)
            await rig.CommitAsync(rig.Append(Things[thing], [.. Enumerable.Range(-40, 40).Select(i => rig.Observe(Things[thing], "p", Value.OfNumber(i), At(0, i * 6)))]));
        await rig.CompactAsync();
        await rig.CommitAsync(rig.Append(Things[1], rig.Observe(Things[1], "p", Value.OfNumber(1000), At(-5, 0), Quality.Suspect), rig.Observe(Things[1], "p", Value.OfNumber(500), At(-5, 1))));
    }

    [Fact]
    public async Task Rows_of_the_picked_series_are_there_once_and_a_hot_one_stands_before_the_cold()
    {
        await using var rig = new TelemetryRig();
        await FillAsync(rig);
        var rows = await AskAsync(rig, [Of(rig, 0), Of(rig, 1)], (_, cold, picked) =>
            $"SELECT series, count(*), sum(number), count(*) FILTER (quality = 1) FROM ({rig.Relations.Rows(cold, picked, At(-6, 0).Microseconds, At(-4, 0).Microseconds)}) GROUP BY series ORDER BY series");
        Assert.Equal([$"{Of(rig, 0).Number} 8 -164 0", $"{Of(rig, 1).Number} 9 1356 1"], rows);
    }

    [Fact]
    public async Task Days_are_those_of_each_thing_s_zone()
    {
        await using var rig = new TelemetryRig();
        rig.ThingZones[Things[0]] = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
        rig.ThingZones[Things[1]] = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        await FillAsync(rig);
        var rows = await AskAsync(rig, [Of(rig, 0), Of(rig, 1)], (connection, cold, picked) =>
            $"""
            SELECT series, (start - {At(0, 0).Microseconds}) / 3.6e9, (finish - start) / 3.6e9, sum(count), sum(sum), max(max), max(increase)
            FROM ({rig.Relations.Rollups(connection, cold, picked, RollupLevel.Day, At(-5, -8).Microseconds, At(-5, 16).Microseconds, withSteps: true)})
            WHERE start BETWEEN {At(-5, -8).Microseconds} AND {At(-5, 15).Microseconds} GROUP BY ALL ORDER BY 1, 2
            """);
        Assert.Equal([$"{Of(rig, 0).Number} -128 24 4 -78 -18 3", $"{Of(rig, 1).Number} -125.5 24 5 1446 1000 -17"], rows);
    }

    [Fact]
    public async Task Nothing_is_there_of_series_that_never_reported()
    {
        await using var rig = new TelemetryRig();
        await FillAsync(rig);
        Assert.Equal(["0"], await AskAsync(rig, [], (_, cold, picked) => $"SELECT count(*) FROM ({rig.Relations.Rows(cold, picked, long.MinValue, long.MaxValue)})"));
    }
}
