using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;

namespace Wanwu.Tests.Connect;

public abstract class MqttDoorTests(WanwuFixture wanwu)
{
    private Task<MqttPeer> ConnectAsync(Device device, bool webSocket = false, MqttProtocolVersion version = MqttProtocolVersion.V500) =>
        MqttPeer.ConnectAsync(wanwu, device.Id, device.Password, webSocket, version);

    private async Task<JsonNode> LatestAsync(Device device) => await wanwu.Administrator.ReadAsync($"/api/v1/things/{device.Id}/latest");

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task What_a_thing_publishes_is_readable_when_it_is_acknowledged(bool webSocket, int qos)
    {
        var device = await Device.CreateAsync(wanwu);
        foreach (var version in new[] { MqttProtocolVersion.V311, MqttProtocolVersion.V500 })
        {
            await using var peer = await ConnectAsync(device, webSocket, version);
            Assert.True((await peer.PublishAsync("v1/report", $$"""{"temperature":21.5,"v":{{(int)version}}}""", qos)).IsSuccess);
            // QoS 0 has no answer: the one to a later message of QoS 1 covers it, because one connection's messages keep their order.
            if (qos == 0) await peer.PublishAsync("v1/report", """{"after":1}""");
            var latest = await LatestAsync(device);
            Assert.Equal(21.5, latest["temperature"]!["value"]!.GetValue<double>());
            Assert.Equal((int)version, latest["v"]!["value"]!.GetValue<int>());
            Assert.Equal("good", latest["temperature"]!.Text("quality"));
        }
    }

    [Fact]
    public async Task A_gateway_reports_for_its_children_and_for_nobody_else()
    {
        var gateway = await Device.CreateAsync(wanwu);
        var child = await Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}" """);
        var stranger = await Device.CreateAsync(wanwu);
        await using var peer = await ConnectAsync(gateway);
        Assert.True((await peer.PublishAsync($"v1/things/{child.Id}/report", """{"level":3}""")).IsSuccess);
        Assert.Equal(3, (await LatestAsync(child))["level"]!["value"]!.GetValue<int>());

        var refused = await peer.PublishAsync($"v1/things/{stranger.Id}/report", """{"level":3}""");
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, refused.ReasonCode);
        Assert.Contains("may not report", refused.ReasonString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_kept_under_its_name()
    {
        var device = await Device.WithModelAsync(wanwu);
        await using var peer = await ConnectAsync(device);
        Assert.True((await peer.PublishAsync("v1/events/tripped", """{"cause":"overload"}""")).IsSuccess);
        Assert.Equal("overload", (await LatestAsync(device))["tripped"]!["value"]!.Text("cause"));
        var unknown = await peer.PublishAsync("v1/events/exploded", "{}");
        Assert.Equal(MqttClientPublishReasonCode.PayloadFormatInvalid, unknown.ReasonCode);
    }

    [Theory]
    [InlineData("v1/report", """{"temperature":"hot"}""", MqttClientPublishReasonCode.PayloadFormatInvalid, "wrongType")]
    [InlineData("v1/report", """{"temperature":""", MqttClientPublishReasonCode.PayloadFormatInvalid, "brokenJson")]
    [InlineData("v1/report", """{"humidity":40}""", MqttClientPublishReasonCode.PayloadFormatInvalid, "unknownProperty")]
    [InlineData("v1/report", """{"temperature":20,"humidity":40}""", MqttClientPublishReasonCode.Success, "unknownProperty")]
    [InlineData("v1/topic", "1", MqttClientPublishReasonCode.TopicNameInvalid, "unknownTopic")]
    [InlineData("some/topic", "1", MqttClientPublishReasonCode.NotAuthorized, "notAllowed")]
    public async Task A_refusal_is_told_to_the_client_and_can_be_read_back(string topic, string payload, MqttClientPublishReasonCode code, string reason)
    {
        var device = await Device.WithModelAsync(wanwu);
        await using var peer = await ConnectAsync(device);
        var answer = await peer.PublishAsync(topic, payload);
        Assert.Equal(code, answer.ReasonCode);
        Assert.False(string.IsNullOrEmpty(answer.ReasonString));
        var path = topic == "v1/report" ? $"/api/v1/refused?thing={device.Id}" : $"/api/v1/refused?reason={reason}";
        var refused = (await wanwu.Administrator.ReadAsync(path))["items"]!.AsArray();
        Assert.Contains(refused, item => item!.Text("reason") == reason);
    }

    [Fact]
    public async Task An_old_client_gets_its_acknowledgement_when_the_refusal_is_on_disk_so_that_it_does_not_repeat_for_ever()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await ConnectAsync(device, version: MqttProtocolVersion.V311);
        Assert.True((await peer.PublishAsync("v1/report", "no json")).IsSuccess);
        var account = await wanwu.Administrator.ReadAsync($"/api/v1/account?thing={device.Id}");
        Assert.Equal((1, 0, 1), (account["received"]!.GetValue<int>(), account["stored"]!.GetValue<int>(), account["refused"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_and_recorded()
    {
        var device = await Device.CreateAsync(wanwu);
        foreach (var (version, code) in new[] { (MqttProtocolVersion.V311, MqttClientConnectResultCode.NotAuthorized), (MqttProtocolVersion.V500, MqttClientConnectResultCode.BadUserNameOrPassword) })
        {
            await using var refused = await MqttPeer.ConnectAsync(wanwu, device.Id, "wrong", version: version);
            Assert.Equal(code, refused.Answer);
        }
        await using (var peer = await ConnectAsync(device)) await peer.PublishAsync("v1/report", """{"a":1}""");
        var recorded = (await wanwu.Administrator.ReadAsync($"/api/v1/refused?thing={device.Id}&reason=wrongCredentials"))["items"]!.AsArray();
        Assert.NotEmpty(recorded);
    }

    [Fact]
    public async Task Subscribers_get_the_observations_of_the_things_they_may_see()
    {
        var (one, other) = (await Device.CreateAsync(wanwu), await Device.CreateAsync(wanwu));
        var token = await wanwu.Server.Get<Wanwu.Security.Access.AccessTokens>().CreateAsync("listener", "viewer", null, TestContext.Current.CancellationToken);
        await using var viewer = await MqttPeer.ConnectAsync(wanwu, "token", token.Token);
        await using var thing = await ConnectAsync(one);
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await viewer.SubscribeAsync("v1/things/+/observations/seen", 1));
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS0, await thing.SubscribeAsync("v1/#"));
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await thing.SubscribeAsync("some/topic"));

        await using var reporter = await ConnectAsync(other);
        await reporter.PublishAsync("v1/report", """{"seen":1,"unseen":2}""");
        await thing.PublishAsync("v1/report", """{"t":"2026-01-01T10:00:00Z","values":{"seen":2},"quality":"suspect"}""");

        var (topic, body) = await viewer.NextAsync();
        Assert.Equal(($"v1/things/{other.Id}/observations/seen", 1, "good"), (topic, body["value"]!.GetValue<int>(), body.Text("quality")));
        (topic, body) = await viewer.NextAsync();
        Assert.Equal(($"v1/things/{one.Id}/observations/seen", "suspect", "2026-01-01T10:00:00Z"), (topic, body.Text("quality"), body.Text("t")));
        // The thing sees itself, and not what the other one reported before.
        (topic, _) = await thing.NextAsync();
        Assert.Equal($"v1/things/{one.Id}/observations/seen", topic);
    }

    [Fact]
    public async Task A_thing_that_was_retired_reports_no_more()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await ConnectAsync(device);
        await peer.PublishAsync("v1/report", """{"a":1}""");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}", expect: System.Net.HttpStatusCode.NoContent);
        var answer = await peer.PublishAsync("v1/report", """{"a":2}""");
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, answer.ReasonCode);
    }
}
