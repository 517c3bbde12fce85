using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Wanwu.Connect;

namespace Wanwu.Tests.Connect;

/// <summary>A thing made for a test, with its credentials.</summary>
internal sealed record Device(string Id, string Password)
{
    public const string Model = """
        {"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel","title":"Test probe","properties":{
          "temperature":{"type":"number","unit":"Cel","minimum":-40,"maximum":85},
          "count":{"type":"integer"},"open":{"type":"boolean"},"state":{"type":"string","enum":["idle","busy"]},
          "place":{"type":"object","properties":{"lat":{"type":"number"},"lon":{"type":"number"}}}},
          "events":{"tripped":{"data":{"type":"object"}}}}
        """;

    public static async Task<Device> CreateAsync(WanwuFixture wanwu, string extra = "")
    {
        var created = await wanwu.Administrator.CreateAsync("/api/v1/things", $$"""{"name":"probe"{{extra}}}""");
        return new Device(created.Text("id"), created["credentials"]!.Text("password"));
    }

    /// <summary>A thing with the test model, which is made on first use.</summary>
    public static async Task<Device> WithModelAsync(WanwuFixture wanwu)
    {
        using var _ = await wanwu.Administrator.SendAsync(HttpMethod.Put, "/api/v1/models/test-probe", Model);
        return await CreateAsync(wanwu, ""","model":"test-probe" """);
    }
}

/// <summary>An MQTTnet client at the server's door.</summary>
internal sealed class MqttPeer : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly System.Threading.Channels.Channel<(string Topic, JsonNode Body)> _arrived =
        System.Threading.Channels.Channel.CreateUnbounded<(string, JsonNode)>();

    private MqttPeer() => _client.ApplicationMessageReceivedAsync += message =>
    {
        _arrived.Writer.TryWrite((message.ApplicationMessage.Topic, JsonNode.Parse(message.ApplicationMessage.ConvertPayloadToString())!));
        return Task.CompletedTask;
    };

    public static System.Net.IPEndPoint DoorOf(WanwuFixture wanwu) => wanwu.Server.Get<ListeningDoors>().Find("mqtt")!.Endpoint;

    public MqttClientConnectResultCode Answer { get; private set; }

    public static async Task<MqttPeer> ConnectAsync(WanwuFixture wanwu, string user, string password, bool webSocket = false,
        MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        var peer = new MqttPeer();
        var door = DoorOf(wanwu);
        var options = new MqttClientOptionsBuilder().WithProtocolVersion(version).WithCredentials(user, password).WithTimeout(TimeSpan.FromSeconds(30));
        options = webSocket
            ? options.WithWebSocketServer(socket => socket.WithUri($"ws://{wanwu.Server.Url.Authority}/mqtt"))
            : options.WithTcpServer(door.Address.ToString(), door.Port);
        peer.Answer = (await peer._client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken)).ResultCode;
        return peer;
    }

    public Task<MqttClientPublishResult> PublishAsync(string topic, string payload, int qos = 1) => _client.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).Build(),
        TestContext.Current.CancellationToken);

    public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter, int qos = 0)
    {
        var result = await _client.SubscribeAsync(filter, (MqttQualityOfServiceLevel)qos, TestContext.Current.CancellationToken);
        return result.Items.Single().ResultCode;
    }

    public async Task<(string Topic, JsonNode Body)> NextAsync() =>
        await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.DisconnectAsync();
        _client.Dispose();
    }
}
