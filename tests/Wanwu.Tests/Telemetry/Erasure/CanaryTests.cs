using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Wanwu.Connect;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Classes;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>A name that was reported, imported, corrected and refused, that waits for subscribers and lies in every tier, is in no byte any more once its erasure is done; all else is as before.</summary>
public sealed class CanaryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-canary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string Model = """
        {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"Worn","properties":{
        "name":{"type":"string","wanwu:personal":true,"wanwu:mask":"partial"},"pulse":{"type":"number","wanwu:sensitive":true},"battery":{"type":"number"}}}
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly Canary _canary = new();

    private static async Task<(string Id, string Password)> ThingAsync(HttpClient http)
    {
        using var put = await http.SendAsync(HttpMethod.Put, "/api/v1/models/worn", Model, "application/tm+json");
        var thing = await http.CreateAsync("/api/v1/things", """{"name":"worn","model":"worn","labels":{"ward":"3"}}""");
        return (thing.Text("id"), thing["credentials"]!.Text("password"));
    }

    private static string At(int day, int hour = 0) => $"2026-01-{day:00}T{hour:00}:00:00Z";

    private static Task<JsonNode?> ReportAsync(HttpClient http, string thing, string time, string name, string pulse) => http.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report",
        $$$"""{"t":"{{{time}}}","values":{"name":"{{{name}}}","pulse":{{{pulse}}},"battery":{{{time[11..13].TrimStart('0').PadLeft(1, '0')}}}}}""", HttpStatusCode.Accepted);

    private static async Task<IMqttClient> ConnectAsync(WanwuServer server, string user, string password, string id)
    {
        var door = server.Get<ListeningDoors>().Find("mqtt")!.Endpoint;
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(door.Address.ToString(), door.Port).WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(id)
            .WithCredentials(user, password).WithCleanStart(false).WithSessionExpiryInterval(86_400).Build(), Stop);
        return client;
    }

    private static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, string topic, string payload, bool retain = false) => client.PublishAsync(new MqttApplicationMessageBuilder()
        .WithTopic(topic).WithPayload(payload).WithRetainFlag(retain).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(), Stop);

    private static async Task ImportAsync(HttpClient http, string thing, string csv)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(csv));
        using var answer = await http.PostAsync("/api/v1/imports?name=table.csv", body, Stop);
        var id = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!.Text("id");
        await http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/start", $$"""{"thing":"{{thing}}","time":["t"],"zone":"UTC","columns":[{"column":"name","property":"name"}]}""", HttpStatusCode.Accepted);
        await UntilAsync(async () => (await http.ReadAsync($"/api/v1/imports/{id}")).Text("state") == "done");
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo()) await timer.WaitForNextTickAsync(Stop);
    }

    private static async Task<string> ErasedAsync(HttpClient http, string body)
    {
        var order = await http.CallAsync(HttpMethod.Post, "/api/v1/personal-data/erasures", body, HttpStatusCode.Accepted);
        JsonNode view = order!;
        await UntilAsync(async () => (view = await http.ReadAsync($"/api/v1/personal-data/erasures/{order!.Text("id")}")).Text("state") is "done" or "held");
        Assert.True(view.Text("state") == "done", view.ToJsonString());
        Assert.All(view["after"]!.AsArray(), place => Assert.Equal(0, (int)place!["count"]!));
        return view.ToJsonString();
    }

    /// <summary>Everything there is of a thing, by question: rows, and what they sum up to.</summary>
    private static async Task<string> AllOfAsync(HttpClient http, string thing, string property)
    {
        var rows = await http.ReadAsync($"/api/v1/things/{thing}/series/{property}?limit=1000");
        if (property == "name") return rows["items"]!.ToJsonString();
        var days = await http.ReadAsync($"/api/v1/observations/buckets?thing={thing}&property={property}&every=1d&zone=UTC&aggregate=count,avg,min,max,p50");
        return rows["items"]!.ToJsonString() + days["items"]!.ToJsonString();
    }

    private static Task<WanwuServer> StartAsync(string folder) => WanwuServer.StartAsync(folder, null, "--Telemetry:Cold:CloseAfterHours=0", "--Telemetry:Log:SegmentMegabytes=1");

    [Fact]
    public async Task It_is_in_no_byte_any_more()
    {
        var (subject, neighbour, token) = await FillAsync();
        var there = _canary.FindIn(_folder);
        Assert.All((string[])["log/", "sessions/", "imports/", "cold/2026", "telemetry.duckdb", "observations.text", "observations.number", "corrections.old_text", "refused."],
            place => Assert.Contains(there, one => one.StartsWith(place, StringComparison.Ordinal)));
        await EraseAsync(subject, neighbour, token);
        Assert.Empty(_canary.FindIn(_folder));
    }

    private async Task<(string Subject, string Neighbour, string Token)> FillAsync()
    {
        await using var server = await StartAsync(_folder);
        var (http, token) = await Classified.ProgramAsync(server, Role.Administrator, Classified.Everything);
        var (subject, neighbour) = (await ThingAsync(http), await ThingAsync(http));
        using (var waiting = await ConnectAsync(server, "token", token, "listener"))
        {
            await waiting.SubscribeAsync("v1/things/+/observations/+", MqttQualityOfServiceLevel.AtLeastOnce, Stop);
            Assert.True((await PublishAsync(waiting, $"wards/{subject.Id}/tag", _canary.Name, retain: true)).IsSuccess);
            await PublishAsync(waiting, $"wards/{neighbour.Id}/tag", "stays", retain: true);
            await waiting.DisconnectAsync(new MqttClientDisconnectOptions(), Stop);
        }
        await FillAsync(http, server, subject, _canary.Name, _canary.NumberText);
        await FillAsync(http, server, neighbour, "A neighbour", "71.25");
        return (subject.Id, neighbour.Id, token);
    }

    private async Task EraseAsync(string subject, string neighbour, string token)
    {
        await using var server = await StartAsync(_folder);
        var (eraser, _) = await Classified.ProgramAsync(server, Role.Steward, Classified.Everything);
        async Task<(string, string, string)> StaysAsync() => (await AllOfAsync(eraser, neighbour, "pulse"), await AllOfAsync(eraser, neighbour, "name"), await AllOfAsync(eraser, subject, "battery"));
        var before = await StaysAsync();
        var preview = await eraser.CallAsync(HttpMethod.Post, "/api/v1/personal-data/erasures/preview", $$"""{"thing":"{{subject}}"}""");
        Assert.Equal(["cold", "corrections", "hot", "imports", "log", "refused", "retained", "rollups", "snapshots", "waiting"], preview!["found"]!.AsArray().Select(place => place!.Text("place")).Order());
        Assert.All(preview["found"]!.AsArray(), place => Assert.True((int)place!["count"]! > 0 || place.Text("place") == "rollups", preview.ToJsonString()));
        Assert.Equal((1, 2, At(1)), ((int)preview["things"]!, (int)preview["series"]!, preview.Text("from")));
        await ErasedAsync(eraser, $$"""{"thing":"{{subject}}","reason":"asked for by the person, case 17"}""");

        Assert.Equal(before, await StaysAsync());
        Assert.Equal("[]", (await eraser.ReadAsync($"/api/v1/things/{subject}/series/name"))["items"]!.ToJsonString());
        Assert.Equal("[]", (await eraser.ReadAsync($"/api/v1/observations/buckets?thing={subject}&property=pulse&every=1d&zone=UTC&aggregate=count"))["items"]!.ToJsonString());
        Assert.Null((await eraser.ReadAsync($"/api/v1/things/{subject}/latest"))["pulse"]);
        await HearsOnlyTheNeighbourAsync(server, token, subject);
    }

    /// <summary>Every way in: reports by two doors, an import, a correction, what is refused; old days become cold, some stand before them, and today's are hot.</summary>
    private static async Task FillAsync(HttpClient http, WanwuServer server, (string Id, string Password) thing, string name, string pulse)
    {
        for (var day = 1; day <= 3; day++)
            for (var hour = 0; hour < 24; hour++) await ReportAsync(http, thing.Id, At(day, hour), name, pulse);
        await ImportAsync(http, thing.Id, $"t,name\n2026-01-04 00:00:00,{name}\n2026-01-04 01:00:00,{name}\n");
        await http.CallAsync(HttpMethod.Post, "/api/v1/compact");
        await ReportAsync(http, thing.Id, At(2, 3), name + " again", pulse);
        await http.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing.Id}/properties/name/corrections", $$"""{"reason":"misheard","t":"{{At(3, 5)}}","value":"{{name}} II"}""", HttpStatusCode.Created);
        using var device = await ConnectAsync(server, thing.Id, thing.Password, thing.Id);
        await PublishAsync(device, "v1/report", $$"""{"name":"{{name}}","pulse":{{pulse}},"battery":3}""");
        await PublishAsync(device, "v1/report", $$"""{"name":["{{name}}"],"battery":"{{name}}"}""");
        await device.DisconnectAsync(new MqttClientDisconnectOptions(), Stop);
    }

    private async Task HearsOnlyTheNeighbourAsync(WanwuServer server, string token, string subject)
    {
        var door = server.Get<ListeningDoors>().Find("mqtt")!.Endpoint;
        using var client = new MqttClientFactory().CreateMqttClient();
        var (heard, tag) = (new List<string>(), new TaskCompletionSource());
        client.ApplicationMessageReceivedAsync += message =>
        {
            lock (heard) heard.Add($"{message.ApplicationMessage.Topic} {message.ApplicationMessage.ConvertPayloadToString()}");
            if (message.ApplicationMessage.Topic.StartsWith("wards/", StringComparison.Ordinal)) tag.TrySetResult();
            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(door.Address.ToString(), door.Port).WithProtocolVersion(MqttProtocolVersion.V500).WithClientId("listener")
            .WithCredentials("token", token).WithCleanStart(false).WithSessionExpiryInterval(86_400).Build(), Stop);
        await client.SubscribeAsync("wards/+/tag", MqttQualityOfServiceLevel.AtLeastOnce, Stop);
        await tag.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), Stop);
        Assert.DoesNotContain(heard, one => one.Contains(_canary.Name, StringComparison.Ordinal) || one.Contains($"{subject}/observations/pulse", StringComparison.Ordinal));
        Assert.Contains(heard, one => one.Contains("A neighbour", StringComparison.Ordinal));
    }
}
