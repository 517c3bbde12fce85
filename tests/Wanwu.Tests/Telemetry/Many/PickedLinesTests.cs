using Wanwu.Registry;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class PickedLinesTests
{
    [Fact]
    public async Task Picking_again_and_again_takes_no_more_memory()
    {
        await using var rig = new TelemetryRig();
        var thing = new ThingEntry { Id = ThingId.New(TimeProvider.System), Name = LocalizedText.Of("t"), Zone = TimeZoneInfo.Utc };
        var lines = Lines.OfSeries([.. Enumerable.Range(0, 1_000).Select(i => PropertyName.Parse($"p{i}")).Select(name => new ChosenSeries(thing, name, rig.Series.Of(thing.Id).GetOrAdd(name)))]);
        Task<long> PickAsync() => rig.Database.QueryAsync((connection, _, _) =>
        {
            PickedLines.Fill(connection, lines, Enumerable.Range(0, lines.All.Count));
            return connection.Scalar("SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'");
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++) await PickAsync();
        Assert.InRange(await PickAsync(), 0, 8 << 20);
    }
}
