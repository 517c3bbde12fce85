using System.Text.Json.Nodes;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Counters and positions of many series, held against the same of each series on its own.</summary>
public sealed class StepsTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const int Things = 6, Minutes = 3 * 1_440;
    private static readonly string[] Ways = ["every=1d&aggregate=increase,distance,count,max", "every=6h&aggregate=increase", "every=1d&aggregate=increase,p50,distance", "every=1h&aggregate=distance,avg"];
    private static readonly string[] Ranges = ["", "&from=2026-01-02T03:30:00Z", "&from=2026-01-02T00:00:00%2B08:00&to=2026-01-03T13:20:00Z", "&quality=good&from=2026-01-01T22:00:00Z"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task ReportAsync(string thing, string property, IEnumerable<(long Minute, Value Value, Quality Quality)> rows)
    {
        var (id, log) = (ThingId.Parse(thing), wanwu.Server.Get<ObservationLog>());
        var series = wanwu.Server.Get<SeriesTable>().Of(id).GetOrAdd(PropertyName.Parse(property));
        Observation[] observations = [.. rows.Select(row => new Observation(series, new Timestamp(Fleet.From.Microseconds + row.Minute * 60_000_000L), row.Value, row.Quality))];
        var result = log.Append(new MessageRecord { Protocol = "test", Thing = id, Received = Timestamp.Now(TimeProvider.System), Observations = observations, Refusals = [] }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
    }

    /// <summary>Counters that begin anew at times, and vehicles: two days are cold with their rollups, the rest hot.</summary>
    private async Task<List<string>> FillAsync()
    {
        var things = new List<string>();
        for (var i = 0; i < Things; i++) things.Add((await wanwu.Administrator.CreateAsync("/api/v1/things", $$"""{"name":"meter {{i}}","region":"310115"}""")).Text("id"));
        var random = new Random(3);
        foreach (var (from, to) in ((int, int)[])[(0, 2 * 1_440), (2 * 1_440, Minutes)])
        {
            foreach (var thing in things)
            {
                var total = 0;
                await ReportAsync(thing, "energy", Enumerable.Range(from, to - from).Select(minute => ((long)minute, Value.OfInteger(total = random.Next(400) == 0 ? 0 : total + random.Next(5)), Quality.Good)));
                await ReportAsync(thing, "place", Enumerable.Range(from, to - from).Where(minute => minute % 2 == 0).Select(minute => ((long)minute, Value.OfPoint(31 + random.NextDouble(), 121 + random.NextDouble()), Quality.Good)));
            }
            if (from > 0) continue;
            await wanwu.Server.Get<StoreLoader>().LoadedAsync(Stop);
            await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
            await wanwu.Server.Get<RollupUpkeep>().RunAsync(Stop);
        }
        return things;
    }

    private async Task CompareAsync(List<string> things)
    {
        foreach (var way in Ways)
        {
            foreach (var range in Ranges)
            {
                var (own, ask) = (new List<string>(), way.Replace(",p50", "", StringComparison.Ordinal) + range);
                foreach (var thing in things.Order(StringComparer.Ordinal))
                    foreach (var property in (string[])["energy", "place"])
                        own.AddRange((await wanwu.Administrator.ReadAsync($"/api/v1/things/{thing}/series/{property}?{ask}&limit=10000"))["items"]!.AsArray().Select(row => Text($"{thing} {property}", row!.AsObject())));
                var many = (await wanwu.Administrator.ReadAsync($"/api/v1/observations/buckets?{way}{range}"))["items"]!.AsArray().Select(row => Text($"{row!["thing"]} {row["property"]}", row.AsObject()));
                Assert.Equal(own, many);
            }
        }
    }

    private static string Text(string line, JsonObject row) =>
        $"{line} {string.Join(' ', row.Where(cell => cell.Key is not ("thing" or "property" or "p50")).Select(cell => cell.Value is JsonValue value && value.TryGetValue<double>(out var number) ? $"{cell.Key}={Math.Round(number, 4)}" : $"{cell.Key}={cell.Value}"))}";

    [Fact]
    public async Task Increase_and_distance_are_those_of_each_series_and_of_a_group_their_sum()
    {
        var things = await FillAsync();
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(wanwu.Server.Get<ColdFiles>().Folder, "rollups", "1d"), "*.parquet", SearchOption.AllDirectories));
        await CompareAsync(things);
        var each = (await wanwu.Administrator.ReadAsync("/api/v1/observations/buckets?property=energy&every=1d&aggregate=increase"))["items"]!.AsArray();
        var group = (await wanwu.Administrator.ReadAsync("/api/v1/observations/buckets?property=energy&every=1d&aggregate=increase&group=province"))["items"]!.AsArray();
        Assert.Equal(each.GroupBy(row => (string)row!["t"]!).OrderBy(day => day.Key).Select(day => day.Sum(row => (double)row!["increase"]!)), group.Select(row => (double)row!["increase"]!));
        // Late, and of another quality in the midst of others: the steps between are known to the observations alone.
        await ReportAsync(things[0], "energy", Enumerable.Range(0, 40).Select(i => (i * 70L, Value.OfInteger(i * 3), i % 2 == 0 ? Quality.Suspect : Quality.Good)));
        await CompareAsync(things);
        await wanwu.Server.Get<StoreLoader>().LoadedAsync(Stop);
        await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        await CompareAsync(things);
    }
}
