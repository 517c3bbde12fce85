using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>What all rows of a file have alike is known from its footer and not read; where they differ, each is asked.</summary>
public sealed class ColdConstantTests
{
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Timestamp At(int day, double hours) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hours) * 3_600_000_000));

    private static Task<ColdConstants> ConstantsAsync(TelemetryRig rig, int day) =>
        rig.Database.QueryAsync((connection, cold, _) => cold.Constants(connection, [.. cold.Sound.Where(file => file.FirstTime >= At(day, 0).Microseconds && file.LastTime < At(day + 1, 0).Microseconds)]), Stop);

    [Fact]
    public async Task A_file_says_what_its_rows_have_alike_and_answers_are_the_same_as_without()
    {
        await using var rig = new TelemetryRig();
        Observation Of(int day, int hour, Value value, Quality quality) => rig.Observe(Thing, "p", value, At(day, hour), quality);
        await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 24).Select(hour => Of(-5, hour, Value.OfNumber(hour), Quality.Suspect))]));
        await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 24).Select(hour => Of(-4, hour, Value.OfNumber(hour), hour == 7 ? Quality.Fault : Quality.Good))]));
        await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 24).Select(hour => Of(-3, hour, hour == 7 ? Value.OfText("x") : Value.OfNumber(hour), Quality.Good))]));
        var before = await PageAsync(rig);
        Assert.Equal(3, (await rig.CompactAsync()).Files);

        var (number, text) = (await ConstantsAsync(rig, -4), await ConstantsAsync(rig, -3));
        Assert.Equal((long)Quality.Suspect, (await ConstantsAsync(rig, -5)).Quality);
        Assert.Equal((null, true), (number.Quality, number.Kind is not null));
        Assert.Equal(((long?)Quality.Good, (long?)null), (text.Quality, text.Kind));
        Assert.Equal(new ColdConstants(null, null), number.And(text));
        Assert.Equal(before, await PageAsync(rig));
    }

    /// <summary>What is put right or comes late has a quality of its own, whatever the file's rows have alike.</summary>
    [Fact]
    public async Task A_hot_row_keeps_its_own_quality_beside_a_file_of_one()
    {
        await using var rig = new TelemetryRig();
        await rig.CommitAsync(rig.Append(Thing, [.. Enumerable.Range(0, 24).Select(hour => rig.Observe(Thing, "p", Value.OfNumber(hour), At(-5, hour)))]));
        await rig.CompactAsync();
        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(100), At(-5, 3), Quality.Suspect), rig.Observe(Thing, "p", Value.OfText("late"), At(-5, 3.5))));
        var rows = await PageAsync(rig);
        Assert.Equal(25, rows.Count);
        Assert.Contains($"{At(-5, 3)} 100 Suspect", rows);
        Assert.Contains($"{At(-5, 3.5)} late Good", rows);
        Assert.Equal(24, rows.Count(row => row.EndsWith("Good", StringComparison.Ordinal)));
    }

    private static async Task<List<string>> PageAsync(TelemetryRig rig)
    {
        var page = await rig.Queries.ReadAsync(new SeriesQuery(Thing, PropertyName.Parse("p"), At(-10, 0), At(0, 0)) { Limit = 1_000 }, Stop);
        return [.. page.Items.Select(item => $"{item.Time} {item.Value} {item.Quality}")];
    }

    [Fact]
    public async Task What_stays_prepared_does_not_hold_the_database_open()
    {
        await using var rig = new TelemetryRig();
        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p", Value.OfNumber(1))));
        for (var i = 0; i < 3; i++) Assert.Single(await PageAtAsync(rig));
        rig.Database.Reopen();
        Assert.Single(await PageAtAsync(rig));
        rig.Database.Dispose();
        // With other settings the file opens only where nothing has it open any more.
        using var other = new DuckDBConnection($"DataSource={rig.Database.Path};memory_limit=77MiB;access_mode=READ_ONLY");
        other.Open();
        Assert.Equal(1, other.Scalar("SELECT count(*) FROM observations"));

        static async Task<List<StoredObservation>> PageAtAsync(TelemetryRig rig)
        {
            await rig.LoadAsync();
            return [.. (await rig.Queries.ReadAsync(new SeriesQuery(Thing, PropertyName.Parse("p"), At(-1, 0), At(1, 0)), Stop)).Items];
        }
    }
}
