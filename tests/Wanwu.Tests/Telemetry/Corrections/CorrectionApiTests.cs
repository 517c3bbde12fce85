using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Telemetry.Corrections;

/// <summary>Corrections as a steward makes them and a program reads them.</summary>
public sealed class CorrectionApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private async Task<string> ThingAsync()
    {
        await _client.SendAsync(HttpMethod.Put, "/api/v1/models/corrected", """
            {"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel","title":"Probe",
             "properties":{"temperature":{"type":"number","unit":"Cel","minimum":-50,"maximum":60},"note":{"type":"string"}}}
            """, "application/tm+json");
        var thing = (await _client.CreateAsync("/api/v1/things", """{"name":"probe","model":"corrected"}""")).Text("id");
        await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", """
            [{"t":"2026-01-01T00:00:00Z","values":{"temperature":20,"note":"a"}},{"t":"2026-01-01T01:00:00Z","values":{"temperature":59}},{"t":"2026-01-01T02:00:00Z","values":{"temperature":22},"quality":"suspect"}]
            """, HttpStatusCode.Accepted);
        return thing;
    }

    private Task<JsonNode?> CorrectAsync(string thing, string body, HttpStatusCode expect = HttpStatusCode.Created, string property = "temperature") =>
        _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/properties/{property}/corrections", body, expect);

    private async Task<string> SeriesAsync(string thing) => string.Join(' ',
        (await _client.ReadAsync($"/api/v1/things/{thing}/series/temperature?corrected=true"))["items"]!.AsArray()
            .Select(item => $"{item!["value"]}:{item["quality"]}{(item["corrected"]!.GetValue<bool>() ? "*" : "")}"));

    [Fact]
    public async Task One_time_a_list_and_a_range_are_put_right_and_taken_back()
    {
        var thing = await ThingAsync();
        var first = await CorrectAsync(thing, """{"reason":" sun on the shield ","t":"2026-01-01T01:00:00Z","value":{"value":69.8,"unit":"[degF]"}}""");
        Assert.Equal(1, first!["corrected"]!.GetValue<int>());
        Assert.Equal("20:good 21:substituted* 22:suspect", await SeriesAsync(thing));
        await CorrectAsync(thing, """{"reason":"checked","values":[{"t":"2026-01-01T02:00:00Z","quality":"good"},{"t":1767225600000,"value":20.5,"quality":"good"}]}""");
        Assert.Equal("20.5:good* 21:substituted* 22:good*", await SeriesAsync(thing));
        await CorrectAsync(thing, """{"reason":"off by a degree","from":"2026-01-01T00:00:00Z","to":"2026-01-01T02:00:00Z","only":["substituted"],"offset":1}""");
        await CorrectAsync(thing, """{"reason":"cleaning","from":"2026-01-01T02:00:00Z","to":"2026-01-02T00:00:00Z","quality":"maintenance"}""");
        Assert.Equal("20.5:good* 22:substituted* 22:maintenance*", await SeriesAsync(thing));
        await CorrectAsync(thing, $$"""{"reason":"the shield was fine","undo":{{first["number"]}}}""");
        Assert.Equal("20.5:good* 59:good* 22:maintenance*", await SeriesAsync(thing));
        Assert.Equal(59, (await _client.ReadAsync($"/api/v1/things/{thing}/series/temperature?every=1d&zone=UTC&aggregate=max"))["items"]![0]!["max"]!.GetValue<double>());
        Assert.Equal("maintenance", (await _client.ReadAsync($"/api/v1/things/{thing}/latest"))["temperature"]!.Text("quality"));

        var list = await _client.ReadAsync($"/api/v1/things/{thing}/corrections");
        Assert.Equal(["the shield was fine", "cleaning", "off by a degree", "checked", "checked", "sun on the shield"], list["items"]!.AsArray().Select(item => item!.Text("reason")));
        var oldest = list["items"]![5]!;
        Assert.Equal(("""{"value":59,"quality":"good"}""", """{"value":21,"quality":"substituted","received":null}"""),
            (WithoutReceived(oldest["original"]!), oldest["now"]!.ToJsonString()));
        Assert.Equal("""{"kind":"program","name":"test administrator"}""", oldest["by"]!.ToJsonString());
    }

    private static string WithoutReceived(JsonNode original)
    {
        Assert.NotNull(original["received"]);
        original.AsObject().Remove("received");
        return original.ToJsonString();
    }

    [Fact]
    public async Task List_is_paged_and_told_by_property_and_number()
    {
        var thing = await ThingAsync();
        var number = (await CorrectAsync(thing, """{"reason":"all","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","quality":"calibration"}"""))!["number"];
        await CorrectAsync(thing, """{"reason":"typing","t":"2026-01-01T00:00:00Z","value":"b"}""", property: "note");
        var times = new List<string>();
        for (var next = ""; ;)
        {
            var page = await _client.ReadAsync($"/api/v1/things/{thing}/corrections?limit=1{next}");
            times.Add(page["items"]![0]!.Text("property") + page["items"]![0]!.Text("t"));
            if (page["next"] is not { } cursor) break;
            next = $"&cursor={cursor}";
        }
        Assert.Equal(["note2026-01-01T00:00:00Z", "temperature2026-01-01T02:00:00Z", "temperature2026-01-01T01:00:00Z", "temperature2026-01-01T00:00:00Z"], times);
        Assert.Equal(3, (await _client.ReadAsync($"/api/v1/things/{thing}/corrections?number={number}"))["items"]!.AsArray().Count);
        Assert.Single((await _client.ReadAsync($"/api/v1/things/{thing}/properties/note/corrections"))["items"]!.AsArray());
        Assert.Empty((await _client.ReadAsync($"/api/v1/things/{thing}/properties/none/corrections"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"t":"2026-01-01T00:00:00Z","value":1}""", "reason", "Say why, in 1 to 500 characters.")]
    [InlineData("""{"reason":"x"}""", "", "Send t with value or quality")]
    [InlineData("""{"reason":"x","t":"2026-01-01T00:00:00Z"}""", "value", "Expected a value, a quality, or both.")]
    [InlineData("""{"reason":"x","t":"yesterday","value":1}""", "t", "RFC 3339")]
    [InlineData("""{"reason":"x","t":"2026-01-01T00:00:00Z","value":"warm"}""", "value", "is a number in the model")]
    [InlineData("""{"reason":"x","t":"2026-01-01T00:00:00Z","value":61}""", "value", "outside the model's -50 to 60 Cel")]
    [InlineData("""{"reason":"x","t":"2026-01-01T00:00:00Z","value":1,"quality":"fine"}""", "quality", "good, suspect")]
    [InlineData("""{"reason":"x","values":[]}""", "values", "1 to 1000")]
    [InlineData("""{"reason":"x","values":[{"t":"2026-01-01T00:00:00Z","value":1},{"t":"2026-01-01T08:00:00+08:00","value":2}]}""", "values[1].t", "in the list already")]
    [InlineData("""{"reason":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","quality":"good"}""", "to", "after from")]
    [InlineData("""{"reason":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}""", "", "a quality, an offset or a factor")]
    [InlineData("""{"reason":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","quality":"good","only":["best"]}""", "only", "array of qualities")]
    [InlineData("""{"reason":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","value":1}""", "value", "no meaning beside from")]
    [InlineData("""{"reason":"x","undo":0}""", "undo", "number of a correction")]
    [InlineData("""{"reason":"x","why":"y"}""", "why", "not known")]
    public async Task What_is_wrong_is_told_by_its_member(string body, string member, string fault)
    {
        var thing = await ThingAsync();
        var problem = await CorrectAsync(thing, body, HttpStatusCode.BadRequest);
        Assert.Contains(fault, problem!["errors"]![member]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("20:good 59:good 22:suspect", await SeriesAsync(thing));
    }

    [Fact]
    public async Task What_cannot_be_put_right_leaves_everything_as_it_was()
    {
        var thing = await ThingAsync();
        await CorrectAsync(thing, """{"reason":"x","values":[{"t":"2026-01-01T00:00:00Z","value":1},{"t":"2026-01-01T00:00:01Z","value":2}]}""", HttpStatusCode.UnprocessableEntity);
        await CorrectAsync(thing, """{"reason":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","factor":2}""", HttpStatusCode.UnprocessableEntity);
        await CorrectAsync(thing, """{"reason":"x","undo":7}""", HttpStatusCode.UnprocessableEntity);
        var nothing = await CorrectAsync(thing, """{"reason":"x","t":"2026-01-01T00:00:00Z","value":20,"quality":"good"}""", HttpStatusCode.OK);
        Assert.Equal("""{"number":null,"corrected":0}""", nothing!.ToJsonString());
        Assert.Equal("20:good 59:good 22:suspect", await SeriesAsync(thing));
        await CorrectAsync("01arz3ndektsv4rrffq69g5fav", "{}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Stewards_put_right_what_others_only_read()
    {
        var thing = await ThingAsync();
        const string body = """{"reason":"x","t":"2026-01-01T00:00:00Z","quality":"suspect"}""";
        foreach (var role in Role.All)
        {
            using var client = await wanwu.Server.ClientAsync(role);
            using var answer = await client.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing}/properties/temperature/corrections", body);
            Assert.Equal(role is Role.Steward or Role.Administrator, answer.IsSuccessStatusCode);
            using var list = await client.SendAsync(HttpMethod.Get, $"/api/v1/things/{thing}/corrections");
            Assert.Equal(Role.Grants(role, Permission.ReadObservations), list.IsSuccessStatusCode);
        }
        Assert.Equal("test steward", (await _client.ReadAsync($"/api/v1/things/{thing}/corrections"))["items"]![0]!["by"]!.Text("name"));
    }
}
