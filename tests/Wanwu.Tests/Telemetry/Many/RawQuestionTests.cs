using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class RawQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Text(Known row) =>
        $$"""{"thing":"{{row.Thing}}","property":"{{row.Property}}","t":"{{row.Time}}","value":{{Value.OfNumber(row.Number)}},"quality":"{{QualityNames.NameOf(row.Quality)}}"}""";

    private static IEnumerable<string> Texts(IEnumerable<JsonNode> rows) => rows.Select(row => row.ToJsonString());

    [Fact]
    public async Task All_series_come_in_order_of_thing_property_and_time_hot_over_cold()
    {
        Assert.Equal(fleet.Rows.Select(Text), Texts(await fleet.LinesAsync("")));
        var newestFirst = await fleet.LinesAsync("?order=desc");
        Assert.Equal(fleet.Rows.GroupBy(row => (row.Thing, row.Property)).SelectMany(series => series.Reverse()).Select(Text), Texts(newestFirst));
    }

    [Fact]
    public async Task Each_way_of_choosing_series_chooses_those()
    {
        async Task IsAsync(string query, Func<Known, bool> expected) => Assert.Equal(fleet.Rows.Where(expected).Select(Text), Texts(await fleet.LinesAsync(query)));
        HashSet<string> In(Func<(string Id, string Region, string Organisation, string Floor), bool> chosen) => [.. fleet.Things.Where(chosen).Select(thing => thing.Id)];
        var (one, two) = (fleet.Things[3].Id, fleet.Things[1].Id);
        await IsAsync($"?thing={one}&thing={two}", row => row.Thing == one || row.Thing == two);
        await IsAsync("?property=humidity", row => row.Property == "humidity");
        var shanghai = In(thing => thing.Region.StartsWith("31", StringComparison.Ordinal));
        await IsAsync("?region=310000", row => shanghai.Contains(row.Thing));
        var two_counties = In(thing => thing.Region is "310115" or "440106");
        await IsAsync("?region=310115&region=440100", row => two_counties.Contains(row.Thing));
        var water = In(thing => thing is { Organisation: "water", Floor: "ground" });
        await IsAsync("?organisation=water&label=floor%3Dground&property=temperature", row => water.Contains(row.Thing) && row.Property == "temperature");
        await IsAsync("?lifecycle=retired", _ => false);
        await IsAsync("?sector=water", _ => false);
        await IsAsync("?quality=fault&from=2026-01-02T00:00:00Z&to=2026-01-02T12:00:00Z",
            row => row.Quality == Quality.Fault && row.Time >= Timestamp.Parse("2026-01-02T00:00:00Z") && row.Time < Timestamp.Parse("2026-01-02T12:00:00Z"));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("", 97)]
    [InlineData("&order=desc&region=310000", 61)]
    public async Task Parts_follow_one_another_by_cursor_without_gap_or_repeat(string more, int limit)
    {
        var all = Texts(await fleet.LinesAsync($"?property=humidity{more}")).Take(300).ToList();
        var parts = new List<string>();
        string? cursor = null;
        while (parts.Count < all.Count)
        {
            var part = await fleet.Administrator.ReadAsync($"/api/v1/observations?property=humidity&limit={limit}{more}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            parts.AddRange(Texts(part["items"]!.AsArray()!));
            cursor = (string?)part["next"];
            if (cursor is null) break;
        }
        Assert.Equal(all, parts.Take(all.Count));
    }

    [Fact]
    public async Task The_last_part_says_that_it_is_the_last_and_a_reader_can_go_on_behind_any_row()
    {
        var (thing, rows) = (fleet.Things[0].Id, fleet.Rows.Where(row => row.Thing == fleet.Things[0].Id).ToList());
        var whole = await fleet.Administrator.ReadAsync($"/api/v1/observations?thing={thing}&limit={rows.Count}");
        Assert.Null(whole["next"]);
        var (at, behind) = (rows[50], rows[51..]);
        var cursor = Uri.EscapeDataString($"{at.Time}/{at.Thing}/{at.Property}");
        Assert.Equal(behind.Select(Text), Texts(await fleet.LinesAsync($"?thing={thing}&cursor={cursor}")));
    }

    [Fact]
    public async Task Csv_tells_where_to_go_on_and_a_body_asks_as_an_address_does()
    {
        using var first = await fleet.Administrator.SendAsync(HttpMethod.Get, "/api/v1/observations?limit=2&format=csv");
        var text = await first.Content.ReadAsStringAsync(Stop);
        var row = fleet.Rows[1];
        Assert.Equal(("thing,property,t,value,quality", $"{row.Thing},{row.Property},{row.Time},{Value.OfNumber(row.Number)},{QualityNames.NameOf(row.Quality)}"), (text.Split("\r\n")[0], text.Split("\r\n")[2]));
        Assert.Equal($"{row.Time}/{row.Thing}/{row.Property}", Assert.Single(first.Headers.GetValues("Wanwu-Next")));
        var body = new JsonObject { ["thing"] = new JsonArray(fleet.Things[2].Id, fleet.Things[5].Id), ["limit"] = 3, ["format"] = "csv" };
        using var posted = await fleet.Administrator.SendAsync(HttpMethod.Post, "/api/v1/observations", body.ToJsonString());
        using var got = await fleet.Administrator.SendAsync(HttpMethod.Get, $"/api/v1/observations?thing={fleet.Things[2].Id}&thing={fleet.Things[5].Id}&limit=3", headers: ("Accept", "text/csv"));
        Assert.Equal(await got.Content.ReadAsStringAsync(Stop), await posted.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("limit=0", "limit", "a whole number")]
    [InlineData("from=yesterday", "from", "RFC 3339")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to", "at or after from")]
    [InlineData("thing=1", "thing", "thing id")]
    [InlineData("thing=1%27%20OR%201=1--", "thing", "thing id")]
    [InlineData("property=a%27;DROP%20TABLE%20observations;--", "property", "property's name")]
    [InlineData("region=31", "region", "GB/T 2260")]
    [InlineData("region=31%27%2F**%2F", "region", "GB/T 2260")]
    [InlineData("lifecycle=dead", "lifecycle", "planned")]
    [InlineData("quality=fine", "quality", "good")]
    [InlineData("cursor=x", "cursor", "cursor")]
    [InlineData("cursor=2026-01-01T00:00:00Z%2Fa", "cursor", "cursor")]
    [InlineData("order=up", "order", "asc or desc")]
    [InlineData("format=xml", "format", "json")]
    [InlineData("regoin=310000", "regoin", "not known")]
    public async Task A_wrong_parameter_is_named_with_the_rule(string query, string parameter, string rule)
    {
        var problem = await fleet.Administrator.ReadAsync($"/api/v1/observations?{query}", HttpStatusCode.BadRequest);
        Assert.Contains(rule, problem["errors"]![parameter]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("organisation=%27%20OR%20true--")]
    [InlineData("model=%27%3B%20DELETE%20FROM%20observations%3B--")]
    [InlineData("sector=%27%29")]
    [InlineData("label=%27%29%3D%27%29")]
    [InlineData("q=%27%20OR%201%3D1")]
    [InlineData("cursor=9999-12-31T23%3A59%3A59Z%2F~%2F~")]
    [InlineData("from=-62135596800000&to=-62135596799000")]
    public async Task Text_from_outside_never_becomes_part_of_a_statement(string query)
    {
        Assert.Empty(await fleet.LinesAsync($"?{query}"));
        Assert.Equal(fleet.Rows.Count, (await fleet.LinesAsync("")).Count);
    }
}
