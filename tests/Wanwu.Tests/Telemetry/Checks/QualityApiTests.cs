using System.Net;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Telemetry.Checks;

/// <summary>Checks as an operator gives them and a program sees them.</summary>
public sealed class QualityApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private async Task<string> ThingAsync(string model) =>
        (await _client.CreateAsync("/api/v1/things", $$"""{"name":"gauge","model":"{{model}}"}""")).Text("id");

    private Task<JsonNode?> ModelAsync(string id, string terms, HttpStatusCode expect) => _client.CallAsync(HttpMethod.Put, $"/api/v1/models/{id}",
        $$$"""
        {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"Gauge",
         "properties":{"level":{"type":"number","minimum":0,"maximum":100{{{terms}}} },"note":{"type":"string"} } }
        """, expect, "application/tm+json");

    private Task<JsonNode?> ReportAsync(string thing, string body) => _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", body, HttpStatusCode.Accepted);

    private async Task<string> QualitiesAsync(string thing) => string.Join(' ',
        (await _client.ReadAsync($"/api/v1/things/{thing}/series/level"))["items"]!.AsArray().Select(item => item!.Text("quality")));

    [Fact]
    public async Task Checks_of_the_model_mark_what_is_reported_and_a_new_version_holds_at_once()
    {
        await ModelAsync("gauge", ",\"wanwu:range\":{\"maximum\":50}", HttpStatusCode.Created);
        var thing = await ThingAsync("gauge");
        await ReportAsync(thing, """[{"t":"2026-01-01T00:00:00Z","values":{"level":20,"note":"x"}},{"t":"2026-01-01T00:01:00Z","values":{"level":60}}]""");
        Assert.Equal("good suspect", await QualitiesAsync(thing));
        await ModelAsync("gauge", ",\"wanwu:rate\":{\"change\":5,\"seconds\":60}", HttpStatusCode.OK);
        await ReportAsync(thing, """[{"t":"2026-01-01T00:02:00Z","values":{"level":29}},{"t":"2026-01-01T00:03:00Z","values":{"level":60}}]""");
        Assert.Equal("good suspect good suspect", await QualitiesAsync(thing));
        await ModelAsync("gauge", "", HttpStatusCode.OK);
        await ReportAsync(thing, """{"t":"2026-01-01T00:04:00Z","values":{"level":99}}""");
        Assert.Equal("good suspect good suspect good", await QualitiesAsync(thing));

        var quality = await _client.ReadAsync($"/api/v1/things/{thing}/quality?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
        Assert.Equal(["level", "note"], quality["properties"]!.AsArray().Select(one => one!.Text("property")));
        var level = quality["properties"]![0]!;
        Assert.Equal("""{"good":3,"suspect":2}""", level["counts"]!.ToJsonString());
        Assert.Equal("""{"range":1,"rate":1,"stuck":0,"spike":0}""", level["checks"]!["marked"]!.ToJsonString());
        Assert.Equal("""[{"t":"2026-01-01T00:03:00Z","value":60,"checks":["rate"]},{"t":"2026-01-01T00:01:00Z","value":60,"checks":["range"]}]""", level["checks"]!["last"]!.ToJsonString());
        Assert.Null(quality["properties"]![1]!["checks"]);
        var none = await _client.ReadAsync($"/api/v1/things/{thing}/quality?property=level&from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z");
        Assert.Equal(("{}", 1), (none["properties"]![0]!["counts"]!.ToJsonString(), none["properties"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_model_whose_checks_make_no_sense_is_refused_with_the_place()
    {
        var problem = await _client.CallAsync(HttpMethod.Put, "/api/v1/models/senseless", """
            {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"Gauge","properties":{"level":{"type":"number","wanwu:spike":{"window":2,"limit":1}}}}
            """, HttpStatusCode.BadRequest, "application/tm+json");
        Assert.Contains("/properties/level/wanwu:spike/window", problem!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    [InlineData("property=a%2Fb", "property")]
    public async Task What_cannot_be_answered_is_told(string query, string parameter)
    {
        var thing = (await _client.CreateAsync("/api/v1/things", """{"name":"gauge"}""")).Text("id");
        var problem = await _client.ReadAsync($"/api/v1/things/{thing}/quality?{query}", HttpStatusCode.BadRequest);
        Assert.NotNull(problem["errors"]![parameter]);
    }
}
