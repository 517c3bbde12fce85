using System.Net;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Connect;

public sealed class HttpReportTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private async Task<(HttpStatusCode Status, JsonNode? Body)> ReportAsync(Device device, string payload, string type = "application/json")
    {
        using var client = wanwu.Server.ClientOf(device.Id, device.Password);
        using var answer = await client.SendAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", payload, type);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private async Task<JsonNode> LatestAsync(Device device) => await wanwu.Administrator.ReadAsync($"/api/v1/things/{device.Id}/latest");

    [Theory]
    [InlineData("""{"a":21.5,"b":40,"c":true,"d":"text"}""", """{"a":21.5,"b":40,"c":true,"d":"text"}""")]
    [InlineData("""{"values":{"a":1},"t":"2026-01-01T18:00:00+08:00"}""", """{"a":1}""")]
    [InlineData("""[{"a":1},{"a":2}]""", """{"a":2}""")]
    [InlineData("""{"t":5,"a":1}""", """{"t":5,"a":1}""")]
    [InlineData("""{"p":{"lat":31.2,"lon":121.5}}""", """{"p":{"lat":31.2,"lon":121.5}}""")]
    [InlineData("""{"p":{"type":"Point","coordinates":[121.5,31.2]}}""", """{"p":{"lat":31.2,"lon":121.5}}""")]
    [InlineData("""{"o":{"k":[1,{"x":null}]}}""", """{"o":{"k":[1,{"x":null}]}}""")]
    [InlineData("""{"\u6e29\u5ea6":20}""", """{"温度":20}""")]
    [InlineData("""[{"bn":"urn:dev:ow:10e2073a01080063:","bu":"Cel","n":"a","v":20.5},{"n":"b","vs":"on"},{"n":"c","vb":true}]""", """{"a":20.5,"b":"on","c":true}""")]
    [InlineData("""[{"n":"urn:x","u":"Cel","bv":20,"v":0.5}]""", """{"urn:x":20.5}""")]
    public async Task A_payload_becomes_observations(string payload, string latest)
    {
        var device = await Device.CreateAsync(wanwu);
        var (status, body) = await ReportAsync(device, payload);
        Assert.True(status == HttpStatusCode.Accepted, body?.ToJsonString());
        Assert.Empty(body!["refused"]!.AsArray());
        var values = new JsonObject();
        foreach (var (name, value) in (await LatestAsync(device)).AsObject()) values[name] = value!["value"]?.DeepClone();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(latest), values), values.ToJsonString());
    }

    [Fact]
    public async Task Time_and_quality_are_kept()
    {
        var device = await Device.CreateAsync(wanwu);
        await ReportAsync(device, """{"quality":{"a":"maintenance"},"t":1767261600000,"values":{"a":1,"b":2,"c":null}}""");
        var latest = await LatestAsync(device);
        Assert.Equal(("2026-01-01T10:00:00Z", "maintenance"), (latest["a"]!.Text("t"), latest["a"]!.Text("quality")));
        Assert.Equal("good", latest["b"]!.Text("quality"));
        Assert.Equal("missing", latest["c"]!.Text("quality"));
    }

    [Fact]
    public async Task A_value_with_a_unit_is_told_in_the_models_unit()
    {
        var device = await Device.WithModelAsync(wanwu);
        var (status, _) = await ReportAsync(device, """{"temperature":{"value":68,"unit":"[degF]"}}""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(20.0, (await LatestAsync(device))["temperature"]!["value"]!.GetValue<double>());
        (status, _) = await ReportAsync(device, """[{"n":"temperature","u":"K","v":300.15}]""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(27.0, (await LatestAsync(device))["temperature"]!["value"]!.GetValue<double>(), 9);
    }

    [Theory]
    [InlineData("""{"temperature":"hot"}""", "wrongType")]
    [InlineData("""{"temperature":200}""", "outOfRange")]
    [InlineData("""{"temperature":{"value":1,"unit":"kg"}}""", "wrongUnit")]
    [InlineData("""{"humidity":40}""", "unknownProperty")]
    [InlineData("""{"count":1.5}""", "wrongType")]
    [InlineData("""{"state":"asleep"}""", "outOfRange")]
    [InlineData("""{"t":"2026-01-01T10:00:00","values":{"count":1}}""", "badTime")]
    [InlineData("""{"t":"2999-01-01T10:00:00Z","values":{"count":1}}""", "timeInFuture")]
    [InlineData("""{"t":1767261600,"values":{"count":1}}""", "timeTooOld")]
    [InlineData("""{"values":{"count":1},"quality":"excellent"}""", "badQuality")]
    [InlineData("""{"values":{"count":1},"quality":{"count":"excellent"}}""", "badQuality")]
    [InlineData("""{"count":1""", "brokenJson")]
    [InlineData("""{"count":1}}""", "brokenJson")]
    [InlineData("""{}""", "malformed")]
    [InlineData("""5""", "malformed")]
    [InlineData("""{"state":"\ud800"}""", "notUtf8")]
    [InlineData("""{"count":1e999}""", "outOfRange")]
    public async Task What_cannot_be_kept_is_refused_by_name(string payload, string reason)
    {
        var device = await Device.WithModelAsync(wanwu);
        var (status, body) = await ReportAsync(device, payload);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var refused = Assert.Single(body!["refused"]!.AsArray())!;
        Assert.Equal(reason, refused.Text("reason"));
        Assert.NotEmpty(refused.Text("detail"));
        var account = await wanwu.Administrator.ReadAsync($"/api/v1/account?thing={device.Id}");
        Assert.Equal((1, 0, 1), (account["received"]!.GetValue<int>(), account["stored"]!.GetValue<int>(), account["refused"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_good_values_of_a_report_stand_beside_the_bad_ones()
    {
        var device = await Device.WithModelAsync(wanwu);
        var (status, body) = await ReportAsync(device, """{"temperature":20,"count":"x","open":true,"open":false}""");
        Assert.Equal((HttpStatusCode.Accepted, 2), (status, body!["accepted"]!.GetValue<int>()));
        Assert.Equal(["count:wrongType", "open:malformed"], body["refused"]!.AsArray().Select(item => $"{item!.Text("property")}:{item!.Text("reason")}"));
        Assert.True((await LatestAsync(device))["open"]!["value"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Too_many_values_are_refused_whole()
    {
        var device = await Device.CreateAsync(wanwu);
        var (status, body) = await ReportAsync(device, $"[{string.Join(',', Enumerable.Range(0, 1001).Select(i => $$"""{"a":{{i}}}"""))}]");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("tooManyValues", Assert.Single(body!["refused"]!.AsArray())!.Text("reason"));
    }

    [Fact]
    public async Task Bulk_lines_are_taken_one_by_one()
    {
        var device = await Device.WithModelAsync(wanwu);
        var (status, body) = await ReportAsync(device, "{\"count\":1}\n\n{\"count\":\"x\"}\r\n{\"t\":\"2026-01-01T00:00:00Z\",\"values\":{\"count\":3}}", "application/x-ndjson");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((3, 2, 1), (body!["reports"]!.GetValue<int>(), body["accepted"]!.GetValue<int>(), body["refused"]!.GetValue<int>()));
        Assert.Equal(3, Assert.Single(body["refusals"]!.AsArray())!["line"]!.GetValue<int>());
    }

    [Fact]
    public async Task Only_who_may_report_for_a_thing_may_report_for_it()
    {
        var (device, other) = (await Device.CreateAsync(wanwu), await Device.CreateAsync(wanwu));
        using var client = wanwu.Server.ClientOf(other.Id, other.Password);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Forbidden);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Accepted);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/things/01jd0000000000000000000000/report", """{"a":1}""", HttpStatusCode.NotFound);
        using var nobody = wanwu.Server.Anonymous();
        await nobody.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_body_above_the_bound_is_refused()
    {
        var device = await Device.CreateAsync(wanwu);
        var (status, _) = await ReportAsync(device, $$"""{"a":"{{new string('x', 300_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }
}
