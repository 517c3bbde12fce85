using System.Net;
using Wanwu.Registry;

namespace Wanwu.Tests.Registry;

public sealed class ModelTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Type = "application/tm+json";
    private readonly HttpClient _client = wanwu.Administrator;

    private static string Document(string title, string property = "temperature", string minimum = "-40") => $$"""
        {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"https://wanwu.example/ns#"} ],"@type":"tm:ThingModel","title":"{{title}}",
         "properties":{"{{property}}":{"type":"number","unit":"Cel","minimum":{{minimum}},"maximum":85,"readOnly":true} } }
        """;

    [Fact]
    public async Task A_model_is_kept_whole_and_every_version_of_it_stays()
    {
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/thermometer", Document("Thermometer"), HttpStatusCode.Created, Type);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/thermometer", Document("Thermometer"), HttpStatusCode.OK, Type);
        var second = await _client.CallAsync(HttpMethod.Put, "/api/v1/models/thermometer", Document("Thermometer 2"), HttpStatusCode.OK, Type);
        Assert.Equal(2, second!["version"]!.GetValue<int>());
        Assert.Equal("Thermometer 2", (await _client.ReadAsync("/api/v1/models/thermometer")).Text("title"));
        Assert.Equal("Thermometer", (await _client.ReadAsync("/api/v1/models/thermometer?version=1")).Text("title"));
        await _client.ReadAsync("/api/v1/models/thermometer?version=3", HttpStatusCode.NotFound);
        var versions = await _client.ReadAsync("/api/v1/models/thermometer/versions");
        Assert.Equal([2, 1], versions["items"]!.AsArray().Select(version => version!["version"]!.GetValue<int>()));

        using var answer = await _client.SendAsync(HttpMethod.Get, "/api/v1/models/thermometer");
        Assert.Equal(Type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("\"2\"", answer.Headers.ETag!.Tag);
        using var stale = await _client.SendAsync(HttpMethod.Put, "/api/v1/models/thermometer", Document("Thermometer 3"), Type, ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
    }

    [Fact]
    public async Task A_wrong_document_is_refused_by_pointer_and_rule()
    {
        var problem = await _client.CallAsync(HttpMethod.Put, "/api/v1/models/wrong", Document("W", minimum: "\"low\""), HttpStatusCode.BadRequest, Type);
        Assert.Contains("low", problem!["errors"]!["/properties/temperature/minimum"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/wrong", "{}", HttpStatusCode.BadRequest, Type);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/wrong", "no json", HttpStatusCode.BadRequest, Type);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/Wrong%20Name", Document("W"), HttpStatusCode.BadRequest, Type);
        await _client.ReadAsync("/api/v1/models/wrong", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_model_created_by_its_title_gets_an_id_and_is_created_once()
    {
        var created = await _client.CallAsync(HttpMethod.Post, "/api/v1/models", Document("Air quality / AQ-7"), HttpStatusCode.Created, Type);
        Assert.Equal("air-quality-aq-7", created!.Text("id"));
        await _client.CallAsync(HttpMethod.Post, "/api/v1/models", Document("Air quality / AQ-7"), HttpStatusCode.Conflict, Type);
    }

    [Fact]
    public async Task Things_follow_their_model_and_hold_it_in_use()
    {
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/barometer", Document("Barometer", "pressure"), HttpStatusCode.Created, Type);
        var id = (await _client.CreateAsync("/api/v1/things", """{"name":"b","model":"barometer"}""")).Text("id");
        var things = wanwu.Server.Get<ThingDirectory>();
        var entry = things.Find(Wanwu.Things.ThingId.Parse(id));
        Assert.True(entry!.Model!.TryGetProperty("pressure"u8, out var property));
        Assert.Equal((-40.0, 85.0, "Cel"), (property.Minimum, property.Maximum, property.Unit!.Code));
        Assert.False(entry.Model.TryGetProperty("temperature"u8, out _));
        Assert.False(entry.Model.TryGetProperty([0xFF, 0xFE], out _));

        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/barometer", Document("Barometer", "temperature"), HttpStatusCode.OK, Type);
        Assert.True(things.Find(entry.Id)!.Model!.TryGetProperty("temperature"u8, out _));

        await _client.CallAsync(HttpMethod.Delete, "/api/v1/models/barometer", expect: HttpStatusCode.Conflict);
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"model":null}""");
        await _client.CallAsync(HttpMethod.Delete, "/api/v1/models/barometer", expect: HttpStatusCode.NoContent);
        await _client.ReadAsync("/api/v1/models/barometer", HttpStatusCode.NotFound);
        await _client.CreateAsync("/api/v1/things", """{"name":"b","model":"barometer"}""", HttpStatusCode.BadRequest);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/models/barometer", Document("Barometer"), HttpStatusCode.Created, Type);
    }

    [Fact]
    public async Task Models_are_listed_by_pages()
    {
        foreach (var name in (string[])["page-a", "page-b", "page-c"])
            await _client.CallAsync(HttpMethod.Put, $"/api/v1/models/{name}", Document(name), HttpStatusCode.Created, Type);
        var first = await _client.ReadAsync("/api/v1/models?limit=2&cursor=page");
        Assert.Equal(["page-a", "page-b"], first["items"]!.AsArray().Select(model => model!.Text("id")));
        var second = await _client.ReadAsync($"/api/v1/models?limit=2&cursor={first.Text("next")}");
        Assert.Equal("page-c", second["items"]![0]!.Text("id"));
        await _client.ReadAsync("/api/v1/models?limit=none", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_model_is_made_of_what_a_thing_has_reported()
    {
        var id = (await _client.CreateAsync("/api/v1/things", """{"name":{"zh-Hant":"鍋爐","en":"Boiler 7"} }""")).Text("id");
        var path = $"/api/v1/things/{id}/model/from-observations";
        await _client.CallAsync(HttpMethod.Post, path, expect: HttpStatusCode.Conflict);
        await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{id}/report", """{"temperature":21,"open":true,"note":"ok"}""", HttpStatusCode.Accepted);

        await _client.CreateAsync(path, """{"id":"No Id"}""", HttpStatusCode.BadRequest);
        var made = await _client.CreateAsync(path, "{}");
        Assert.Equal(("boiler-7", 3), (made.Text("id"), made["properties"]!.GetValue<int>()));
        Assert.Equal("boiler-7", (await _client.ReadAsync($"/api/v1/things/{id}")).Text("model"));
        var properties = (await _client.ReadAsync("/api/v1/models/boiler-7"))["properties"]!;
        Assert.Equal(["boolean", "string", "number"], ((string[])["open", "note", "temperature"]).Select(name => properties[name]!.Text("type")));
        await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{id}/report", """{"temperature":21.5}""", HttpStatusCode.Accepted);
        await _client.CallAsync(HttpMethod.Post, path, expect: HttpStatusCode.Conflict);
    }
}
