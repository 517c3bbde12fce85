using System.Text.Json;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Sql;

public sealed class SpoiledFiles : WanwuFixture
{
    /// <summary>That a file is damaged is an error to the log, and here it is what is expected.</summary>
    internal override string[] Settings => ["--Logging:LogLevel:Wanwu.Telemetry.Cold.ColdFiles=None"];
}

/// <summary>A damaged file is set aside and named, and a query goes on with the rest: through the front door.</summary>
public sealed class SqlDamageTests(SpoiledFiles wanwu) : IClassFixture<SpoiledFiles>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Five thousand observations in each of two years, each of which becomes a file.</summary>
    private async Task<ThingId> FillAsync(int year)
    {
        var thing = ThingId.Parse((await _client.CreateAsync("/api/v1/things", """{"name":"station"}""")).Text("id"));
        var series = wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse("p"));
        var log = wanwu.Server.Get<ObservationLog>();
        foreach (var start in (Timestamp[])[Timestamp.Parse($"{year}-03-01T00:00:00Z"), Timestamp.Parse($"{year + 1}-03-01T00:00:00Z")])
        {
            Observation[] observations = [.. Enumerable.Range(0, 5_000).Select(i => new Observation(series, new Timestamp(start.Microseconds + i * 60_000_000L), Value.OfNumber(i / 7 * 0.5), Quality.Good))];
            var result = log.Append(new MessageRecord { Protocol = "test", Thing = thing, Received = start, Observations = observations }, null);
            Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
        }
        await wanwu.Server.Get<StoreLoader>().LoadedAsync(Stop);
        await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        return thing;
    }

    private async Task<string> RowsAsync(string sql) =>
        (await _client.CallAsync(HttpMethod.Post, "/api/v1/sql", $$"""{"sql":{{JsonSerializer.Serialize(sql)}}}"""))!["rows"]!.ToJsonString();

    /// <returns>The file as the list names it.</returns>
    private async Task<string> SpoilAsync(string damage, string beginning)
    {
        var folder = wanwu.Server.Get<StoreDatabase>().Cold.Folder;
        var path = ColdFiles.List(folder).Single(path => Path.GetRelativePath(folder, path).StartsWith(beginning, StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(path, Stop);
        if (damage == "end") bytes.AsSpan()[^300..].Fill(0x55);
        if (damage == "middle") bytes.AsSpan(bytes.Length / 8, bytes.Length / 2).Fill(0x55);
        if (damage == "missing") File.Delete(path);
        else await File.WriteAllBytesAsync(path, damage == "short" ? bytes[..^100] : bytes, Stop);
        return Path.GetRelativePath(folder, path);
    }

    [Theory]
    [InlineData("missing", 2001)]
    [InlineData("short", 2004)]
    [InlineData("end", 2007)]
    [InlineData("middle", 2010)]
    public async Task A_query_goes_on_with_the_rest_and_the_file_is_named(string damage, int year)
    {
        var thing = await FillAsync(year);
        var sql = $"SELECT count(value), count(DISTINCT t) FROM observations WHERE thing = '{thing}'";
        var file = await SpoilAsync(damage, $"{year}/");
        Assert.Equal("[[5000,5000]]", await RowsAsync(sql));
        var tiers = await _client.CallAsync(HttpMethod.Get, "/api/v1/tiers");
        Assert.Contains(file, tiers!["cold"]!["damaged"]!.AsObject().Select(one => one.Key));
        Assert.Equal("[[1]]", await RowsAsync("SELECT 1"));
    }
}
