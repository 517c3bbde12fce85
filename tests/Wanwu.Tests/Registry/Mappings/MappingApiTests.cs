using System.Net;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Registry.Mappings;

public sealed class MappingApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private static string Document(string name, string topic = "api/{d}") => $$"""
        {"name":{"en":"{{name}}","zh-Hant":"映射","zh-Hans":"映射"},"topic":"{{topic}}","from":"any","thing":{"local":"{d}"},"values":[{"property":"v","value":"$.v"}]}
        """;

    [Fact]
    public async Task Every_change_is_a_version_and_guards_against_anothers()
    {
        const string path = "/api/v1/mappings/versions";
        await _client.CallAsync(HttpMethod.Put, path, Document("One"), HttpStatusCode.Created);
        Assert.Equal(1, (await _client.CallAsync(HttpMethod.Put, path, Document("One")))!["version"]!.GetValue<int>());
        Assert.Equal(2, (await _client.CallAsync(HttpMethod.Put, path, Document("Two")))!["version"]!.GetValue<int>());
        using var answer = await _client.SendAsync(HttpMethod.Get, path);
        Assert.Equal("\"2\"", answer.Headers.ETag!.Tag);
        Assert.Contains("映射", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var stale = await _client.SendAsync(HttpMethod.Put, path, Document("Three"), headers: ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        using var taken = await _client.SendAsync(HttpMethod.Put, path, Document("Three"), headers: ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, taken.StatusCode);
        await _client.CallAsync(HttpMethod.Delete, path, expect: HttpStatusCode.NoContent);
        await _client.ReadAsync(path, HttpStatusCode.NotFound);
        await _client.CallAsync(HttpMethod.Delete, path, expect: HttpStatusCode.NotFound);
        Assert.Equal(3, (await _client.CallAsync(HttpMethod.Put, path, Document("Again"), HttpStatusCode.Created))!["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_id_is_made_of_the_name_and_some_are_kept_back()
    {
        var made = await _client.CreateAsync("/api/v1/mappings", Document("Cold stores / 7"));
        Assert.Equal("cold-stores-7", made.Text("id"));
        await _client.CreateAsync("/api/v1/mappings", Document("Cold stores / 7"), HttpStatusCode.Conflict);
        Assert.Equal("try-mapping", (await _client.CreateAsync("/api/v1/mappings", Document("Try"))).Text("id"));
        await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/examples", Document("X"), HttpStatusCode.BadRequest);
        var problem = await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/wrong", Document("Wrong", "v1/{d}"), HttpStatusCode.BadRequest);
        Assert.NotNull(problem!["errors"]!["topic"]);
    }

    [Fact]
    public async Task The_list_stands_in_the_order_in_which_they_are_asked()
    {
        await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/order-wide", Document("Wide", "order/#").Replace("""{"local":"{d}"}""", "\"publisher\"", StringComparison.Ordinal), HttpStatusCode.Created);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/order-z", Document("Z", "order/{d}"), HttpStatusCode.Created);
        await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/order-a", Document("A", "order/{d}"), HttpStatusCode.Created);
        var ids = (await _client.ReadAsync("/api/v1/mappings"))["items"]!.AsArray().Select(item => item!.Text("id")).Where(id => id.StartsWith("order-", StringComparison.Ordinal));
        Assert.Equal(["order-a", "order-z", "order-wide"], ids);
    }

    [Fact]
    public async Task Who_may_not_change_things_may_neither_change_nor_try_a_mapping()
    {
        await _client.CallAsync(HttpMethod.Put, "/api/v1/mappings/guarded", Document("Guarded"), HttpStatusCode.Created);
        var viewer = await wanwu.Server.ClientAsync(Role.Viewer);
        var watcher = await wanwu.Server.ClientAsync(Role.Operator);
        foreach (var client in new[] { viewer, watcher })
        {
            await client.CallAsync(HttpMethod.Put, "/api/v1/mappings/guarded", Document("Mine"), HttpStatusCode.Forbidden);
            await client.CallAsync(HttpMethod.Delete, "/api/v1/mappings/guarded", expect: HttpStatusCode.Forbidden);
            await client.CallAsync(HttpMethod.Post, "/api/v1/mappings/try", """{"mapping":"guarded","topic":"api/x","payload":"{}"}""", HttpStatusCode.Forbidden);
        }
        await viewer.ReadAsync("/api/v1/mappings/guarded", HttpStatusCode.Forbidden);
        await watcher.ReadAsync("/api/v1/mappings/guarded");
        await wanwu.Server.Anonymous().ReadAsync("/api/v1/mappings", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Examples_come_with_messages_that_they_take()
    {
        var examples = (await _client.ReadAsync("/api/v1/mappings/examples"))["items"]!.AsArray();
        Assert.NotEmpty(examples);
        var gateway = await _client.CreateAsync("/api/v1/things", """{"name":"gateway"}""");
        foreach (var example in examples)
            foreach (var sample in example!["samples"]!.AsArray())
            {
                var trial = await _client.CallAsync(HttpMethod.Post, "/api/v1/mappings/try", new System.Text.Json.Nodes.JsonObject
                {
                    ["mapping"] = example["mapping"]!.DeepClone(), ["topic"] = sample!.Text("topic"), ["payload"] = sample!.Text("payload"), ["publisher"] = gateway.Text("id"),
                }.ToJsonString());
                Assert.True(trial!["takes"]!.GetValue<bool>(), trial.ToJsonString());
                if (example["mapping"]!["register"] is not null) Assert.Empty(trial["refused"]!.AsArray());
            }
    }
}
