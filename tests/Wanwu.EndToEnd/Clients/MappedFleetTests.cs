using System.Net;
using System.Text;
using System.Text.Json;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Clients;

/// <summary>Fleets that know nothing of the platform, as mosquitto_pub replays them: the packs' mappings and messages, over a restart.</summary>
public sealed class MappedFleetTests
{
    private static string Pack(string file) => File.ReadAllText(Repository.PathOf("packs", file));

    private static readonly (string Pack, string Mapping)[] Fleets = [("zigbee2mqtt", "zigbee2mqtt-devices"), ("tasmota", "tasmota-sensors"), ("tasmota", "tasmota-relay")];

    [Fact]
    public async Task Fleets_of_the_packs_are_connected_unchanged_and_stay_so_after_a_restart()
    {
        using var data = new TemporaryFolder();
        ThingCredentials bridge;
        string[] things;
        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            using var api = new Api(server, await ServerProcess.CreateTokenAsync(data.Path));
            bridge = await api.CreateThingAsync("Bridge", new { region = "110105" });
            foreach (var (pack, mapping) in Fleets)
            {
                await PutAsync(api, mapping, Pack($"{pack}/{mapping}.mapping.json"));
                await ReplayAsync(server, bridge, $"{pack}/{mapping}.samples.json");
            }
            things = await BehindAsync(api, bridge);
            Assert.Equal(4, things.Length);
            await AssertValuesAsync(api, bridge);
        }
        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            using var api = new Api(server, await ServerProcess.CreateTokenAsync(data.Path));
            foreach (var (pack, mapping) in Fleets) await ReplayAsync(server, bridge, $"{pack}/{mapping}.samples.json");
            Assert.Equal(things, await BehindAsync(api, bridge));
            await AssertValuesAsync(api, bridge);
        }
    }

    /// <summary>The values stand with their own time; Tasmota's, which has no zone, in the zone of the thing's region.</summary>
    private static async Task AssertValuesAsync(Api api, ThingCredentials bridge)
    {
        var plug = await FindAsync(api, bridge, "pump_plug");
        var power = await api.SeriesAsync(plug, "power");
        Assert.Equal(["2026-06-01T01:21:06Z", "2026-06-01T01:57:38Z"], power.Select(item => item.Time));
        Assert.Equal([212.4, 5], power.Select(item => item.Value.GetDouble()));
        Assert.True((await api.LatestAsync(plug)).GetProperty("state").GetProperty("value").GetBoolean());
        var greenhouse = await api.LatestAsync(await FindAsync(api, bridge, "greenhouse"));
        Assert.Equal((27.34, 2995), (greenhouse.GetProperty("temperature").GetProperty("value").GetDouble(), greenhouse.GetProperty("voltage").GetProperty("value").GetInt32()));
        Assert.False(greenhouse.TryGetProperty("last_seen", out _));
        (await api.AccountAsync()).AssertBalanced();
        Assert.Empty(await api.RefusedAsync());
    }

    [Fact]
    public async Task Messages_that_fit_no_value_or_no_json_are_refused_with_their_topic_and_bytes()
    {
        await using var zone = await Zone.OpenAsync();
        var bridge = await zone.Api.CreateThingAsync("Bridge");
        await PutAsync(zone.Api, "tasmota-sensors", Pack("tasmota/tasmota-sensors.mapping.json"));
        foreach (var payload in new[] { """{"Time":"2026-06-01T09:57:38"}""", "{\"Time\":", """{"Time":"yesterday","ENERGY":{"Power":5}}""", """{"ENERGY":{"Power":"much"}}""" })
            await PublishAsync(zone.Server, bridge, "tele/plug/SENSOR", payload);
        var refused = (await zone.Api.RefusedAsync()).OrderBy(one => one.GetProperty("reason").GetString()).ToList();
        Assert.Equal(["badTime", "brokenJson", "malformed", "wrongType"], refused.Select(one => one.GetProperty("reason").GetString()));
        Assert.All(refused, one => Assert.Equal("tele/plug/SENSOR", one.GetProperty("source").GetString()));
        (await zone.Api.AccountAsync()).AssertBalanced();
    }

    private static async Task PutAsync(Api api, string id, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/mappings/{id}") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        using var answer = await api.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task ReplayAsync(ServerProcess server, ThingCredentials bridge, string samples)
    {
        using var document = JsonDocument.Parse(Pack(samples));
        foreach (var sample in document.RootElement.EnumerateArray())
        {
            var payload = sample.GetProperty("payload");
            await PublishAsync(server, bridge, sample.GetProperty("topic").GetString()!, payload.ValueKind == JsonValueKind.String ? payload.GetString()! : payload.GetRawText());
        }
    }

    private static async Task PublishAsync(ServerProcess server, ThingCredentials bridge, string topic, string payload) =>
        (await Tool.RunAsync("mosquitto_pub",
            ["-h", server.MqttHost, "-p", $"{server.MqttPort}", "-u", bridge.Username, "-P", bridge.Password, "-q", "1", "-t", topic, "-m", payload])).Succeeded();

    private static async Task<string[]> BehindAsync(Api api, ThingCredentials gateway) =>
        [.. (await api.GetAsync($"/api/v1/things?gateway={gateway.Id}")).GetProperty("items").EnumerateArray().Select(thing => thing.GetProperty("id").GetString()!)];

    private static async Task<string> FindAsync(Api api, ThingCredentials gateway, string name) =>
        (await api.GetAsync($"/api/v1/things?gateway={gateway.Id}")).GetProperty("items").EnumerateArray()
            .Single(thing => thing.GetProperty("labels").GetProperty("localName").GetString() == name).GetProperty("id").GetString()!;
}
