using System.Text.Json.Nodes;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>A row as the tests know it.</summary>
internal readonly record struct Known(string Thing, string Property, Timestamp Time, double Number, Quality Quality);

/// <summary>Things of several regions, organisations and labels with a few days of numbers, partly hot and partly cold; and all of it in memory, to compare with.</summary>
public sealed class Fleet : WanwuFixture, IAsyncLifetime
{
    public static readonly Timestamp From = Timestamp.Parse("2026-01-01T00:00:00Z");
    private static readonly string[] Regions = ["310115", "310104", "440305", "440106"];
    private static readonly Quality[] Qualities = [Quality.Good, Quality.Good, Quality.Good, Quality.Suspect, Quality.Fault];

    internal List<(string Id, string Region, string Organisation, string Floor)> Things { get; } = [];

    internal List<Known> Rows { get; } = [];

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        foreach (var organisation in new[] { "air", "water" }) await Administrator.OrganisationAsync(organisation);
        for (var i = 0; i < 12; i++) Things.Add(await ThingAsync(i));
        var random = new Random(7);
        for (var day = 0; day < 3; day++)
        {
            foreach (var thing in Things)
                foreach (var property in (string[])["humidity", "temperature"]) await ReportAsync(thing.Id, property, Rows.Count, Some(random, day));
            // The first two days become files; then some of their rows come again with other values, and a third day stays hot.
            if (day == 1) await CompactAsync();
        }
        // What is hot is summed up too, so that what comes again now is late everywhere.
        await Server.Get<Wanwu.Telemetry.Store.StoreLoader>().LoadedAsync(CancellationToken.None);
        await Server.Get<Wanwu.Telemetry.Rollups.RollupUpkeep>().RunAsync(CancellationToken.None);
        foreach (var row in Rows.Where(row => row.Time.Microseconds % 7 == 3).ToList())
            await ReportAsync(row.Thing, row.Property, 0, [(row.Time, row.Number + 100, Quality.Good)]);
        Rows.Sort((a, b) => (a.Thing, a.Property, a.Time).CompareTo((b.Thing, b.Property, b.Time)));
    }

    private async Task<(string, string, string, string)> ThingAsync(int i)
    {
        var (region, organisation, floor) = (Regions[i % 4], i % 3 == 0 ? "water" : "air", i % 2 == 0 ? "ground" : "first");
        var thing = await Administrator.CreateAsync("/api/v1/things",
            new JsonObject { ["name"] = $"station {i}", ["region"] = region, ["organisation"] = organisation, ["labels"] = new JsonObject { ["floor"] = floor } }.ToJsonString());
        return (thing.Text("id"), region, organisation, floor);
    }

    private static List<(Timestamp, double, Quality)> Some(Random random, int day) =>
    [
        .. Enumerable.Range(0, 40).Select(_ => random.NextInt64(86_400_000_000)).Distinct()
            .Select(at => (new Timestamp(From.Microseconds + (day * 86_400_000_000) + at), Math.Round(random.NextDouble() * 100, 2), Qualities[random.Next(Qualities.Length)])),
    ];

    internal async Task ReportAsync(string thing, string property, int _, List<(Timestamp Time, double Number, Quality Quality)> rows)
    {
        await ReportAsync(this, thing, property, rows);
        Rows.RemoveAll(known => known.Thing == thing && known.Property == property && rows.Any(row => row.Time == known.Time));
        Rows.AddRange(rows.Select(row => new Known(thing, property, row.Time, row.Number, row.Quality)));
    }

    internal static async Task ReportAsync(WanwuFixture wanwu, string thing, string property, List<(Timestamp Time, double Number, Quality Quality)> rows)
    {
        var id = ThingId.Parse(thing);
        var series = wanwu.Server.Get<SeriesTable>().Of(id).GetOrAdd(PropertyName.Parse(property));
        var log = wanwu.Server.Get<ObservationLog>();
        Observation[] observations = [.. rows.Select(row => new Observation(series, row.Time, Value.OfNumber(row.Number), row.Quality))];
        var result = log.Append(new MessageRecord { Protocol = "test", Thing = id, Received = Timestamp.Now(TimeProvider.System), Observations = observations, Refusals = [] }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, CancellationToken.None));
    }

    internal async Task CompactAsync()
    {
        await Server.Get<Wanwu.Telemetry.Store.StoreLoader>().LoadedAsync(CancellationToken.None);
        await Server.Get<Compaction>().RunAsync(isEverythingDue: true, CancellationToken.None);
    }

    internal async Task<List<JsonObject>> LinesAsync(string query, HttpClient? client = null)
    {
        using var answer = await (client ?? Administrator).SendAsync(HttpMethod.Get, $"/api/v1/observations{query}{(query.Contains('?') ? '&' : '?')}format=ndjson");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
