using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class CompletenessTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static readonly Timestamp Day = Timestamp.Parse("2026-03-01T00:00:00Z");

    private static Timestamp At(double hours) => new(Day.Microseconds + (long)(hours * 3_600_000_000));

    /// <summary>Three stations that are due every hour: one has all of a day, one 20 with a hole, one has never reported.</summary>
    private async Task<string[]> StationsAsync()
    {
        const string model = """
            {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"station","wanwu:sector":"environment",
             "properties":{"pm25":{"type":"number","wanwu:reportEvery":3600},"extra":{"type":"number"}},"tm:optional":["/properties/extra"]}
            """;
        using var made = await fleet.Administrator.SendAsync(HttpMethod.Post, "/api/v1/models", model, "application/tm+json");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.Text("id");
        var things = new string[3];
        for (var i = 0; i < 3; i++) things[i] = (await fleet.Administrator.CreateAsync("/api/v1/things", new JsonObject { ["name"] = "s", ["model"] = id }.ToJsonString())).Text("id");
        await fleet.ReportAsync(things[0], "pm25", 0, [.. Enumerable.Range(0, 24).Select(hour => (At(hour), 1.0, Quality.Good))]);
        await fleet.ReportAsync(things[1], "pm25", 0, [.. Enumerable.Range(0, 24).Where(hour => hour is < 10 or >= 14).Select(hour => (At(hour), 1.0, Quality.Good))]);
        await fleet.ReportAsync(things[1], "pm25", 0, [(At(12), 0.0, Quality.Missing)]);
        return things;
    }

    [Fact]
    public async Task Due_and_received_of_a_day_are_told_and_those_below_a_share_found()
    {
        var things = await StationsAsync();
        var these = string.Join('&', things.Select(thing => $"thing={thing}"));
        var all = await fleet.LinesAsync($"/completeness?{these}&from={Day}&to={At(24)}");
        Assert.Equal(
            [
                $$"""{"thing":"{{things[0]}}","property":"pm25","interval":3600,"due":24,"received":24,"share":1}""",
                $$"""{"thing":"{{things[1]}}","property":"pm25","interval":3600,"due":24,"received":20,"share":{{20 / 24.0:R}}}""",
                $$"""{"thing":"{{things[2]}}","property":"pm25","interval":3600,"due":0,"received":0,"share":null}""",
            ], all.Select(row => row.ToJsonString()));
        Assert.Equal(things[1], Assert.Single(await fleet.LinesAsync($"/completeness?sector=environment&from={Day}&to={At(24)}&below=0.9")).Text("thing"));
        // Every half hour is twice as much: nobody has 90 % of that, and the one that was registered later owes nothing for this day.
        Assert.Equal(things[..2], (await fleet.LinesAsync($"/completeness?{these}&from={Day}&to={At(24)}&below=0.9&interval=30m")).Select(row => row.Text("thing")));

        var gaps = await fleet.LinesAsync($"/gaps?{these}&from={Day}&to={At(30)}&longer=90m");
        Assert.Equal(
            [(things[0], At(23).ToString(), At(30).ToString(), 25_200.0), (things[1], At(9).ToString(), At(14).ToString(), 18_000), (things[1], At(23).ToString(), At(30).ToString(), 25_200)],
            gaps.Select(gap => (gap.Text("thing"), gap.Text("from"), gap.Text("to"), gap["seconds"]!.GetValue<double>())));
        var one = await fleet.Administrator.ReadAsync($"/api/v1/observations/gaps?{these}&from={Day}&to={At(30)}&longer=90m&limit=2");
        var rest = await fleet.LinesAsync($"/gaps?{these}&from={Day}&to={At(30)}&longer=90m&cursor={Uri.EscapeDataString(one.Text("next"))}");
        Assert.Equal(gaps[2].ToJsonString(), Assert.Single(rest).ToJsonString());
    }

    [Fact]
    public async Task Gaps_are_those_between_neighbours_in_time()
    {
        var (from, to) = (Fleet.From, new Timestamp(Fleet.From.Microseconds + (3 * 86_400_000_000)));
        const long Longer = 5_400_000_000;
        var expected = new List<(string, string, string, string)>();
        foreach (var line in fleet.Rows.Where(row => row.Time >= from && row.Time < to).GroupBy(row => (row.Thing, row.Property)))
        {
            // What the series owes begins with what it first reported, its thing having been registered later.
            var times = line.Select(row => row.Time.Microseconds).Append(to.Microseconds).Order().ToList();
            for (var i = 1; i < times.Count; i++)
                if (times[i] - times[i - 1] > Longer) expected.Add((line.Key.Thing, line.Key.Property, new Timestamp(times[i - 1]).ToString(), new Timestamp(times[i]).ToString()));
        }
        var actual = await fleet.LinesAsync($"/gaps?from={from}&to={to}&longer=1.5h&property=humidity&property=temperature");
        Assert.Equal(expected, actual.Select(gap => (gap.Text("thing"), gap.Text("property"), gap.Text("from"), gap.Text("to"))));
        Assert.True(expected.Count > 100);
    }

    [Theory]
    [InlineData("completeness?to=2026-01-01T00:00:00Z", "from", "since when")]
    [InlineData("completeness?from=2026-01-01T00:00:00Z&interval=-1h", "interval", "length of time")]
    [InlineData("completeness?from=2026-01-01T00:00:00Z&interval=0s", "interval", "length of time")]
    [InlineData("completeness?from=2026-01-01T00:00:00Z&below=90", "below", "share")]
    [InlineData("gaps?from=2026-01-01T00:00:00Z", "longer", "how long")]
    [InlineData("gaps?from=2026-01-01T00:00:00Z&longer=1e300d", "longer", "length of time")]
    public async Task A_wrong_parameter_is_named_with_the_rule(string query, string parameter, string rule)
    {
        var problem = await fleet.Administrator.ReadAsync($"/api/v1/observations/{query}", HttpStatusCode.BadRequest);
        Assert.Contains(rule, problem["errors"]![parameter]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
