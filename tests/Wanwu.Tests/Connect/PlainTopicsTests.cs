using System.Text;
using Microsoft.Extensions.Options;
using MQTTnet;
using MQTTnet.Protocol;
using Wanwu.Connect;
using Wanwu.Connect.Mqtt;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;

namespace Wanwu.Tests.Connect;

public sealed class PlainTopicsTests
{
    private static async Task<(IMqttClient Client, TaskCompletionSource<MqttApplicationMessage> First)> ConnectAsync(WanwuServer server, Action<MqttClientOptionsBuilder>? more = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var first = new TaskCompletionSource<MqttApplicationMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message =>
        {
            first.TrySetResult(message.ApplicationMessage);
            return Task.CompletedTask;
        };
        var door = server.Get<ListeningDoors>().Find("mqtt")!.Endpoint;
        var options = new MqttClientOptionsBuilder().WithTcpServer(door.Address.ToString(), door.Port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500);
        more?.Invoke(options);
        await client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken);
        return (client, first);
    }

    private static MqttApplicationMessage Message(string topic, string payload, bool retain = false) => new MqttApplicationMessageBuilder()
        .WithTopic(topic).WithPayload(payload).WithRetainFlag(retain).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build();

    [Fact]
    public async Task Clients_without_an_account_speak_with_each_other_and_not_with_the_platform()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var server = await WanwuServer.StartAsync(settings: "--Connect:Mqtt:AllowAnonymous=true");
        var (one, heard) = await ConnectAsync(server);
        await one.SubscribeAsync("plain/+", MqttQualityOfServiceLevel.AtLeastOnce, stop);
        var (other, _) = await ConnectAsync(server, options => options.WithWillTopic("plain/will").WithWillPayload("gone"));
        await other.PublishAsync(Message("plain/kept", "hello", retain: true), stop);
        Assert.Equal("hello", (await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), stop)).ConvertPayloadToString());

        var (late, kept) = await ConnectAsync(server);
        await late.SubscribeAsync("plain/kept", MqttQualityOfServiceLevel.AtMostOnce, stop);
        Assert.True((await kept.Task.WaitAsync(TimeSpan.FromSeconds(30), stop)).Retain);

        var (mourner, will) = await ConnectAsync(server);
        await mourner.SubscribeAsync("plain/will", MqttQualityOfServiceLevel.AtMostOnce, stop);
        await other.DisconnectAsync(new MqttClientDisconnectOptions { Reason = MqttClientDisconnectOptionsReason.DisconnectWithWillMessage }, stop);
        Assert.Equal("gone", (await will.Task.WaitAsync(TimeSpan.FromSeconds(30), stop)).ConvertPayloadToString());

        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await one.PublishAsync(Message("v1/report", "{}"), stop)).ReasonCode);
        var refused = await one.SubscribeAsync("v1/#", cancellationToken: stop);
        Assert.Equal(MqttClientSubscribeResultCode.UnspecifiedError, refused.Items.Single().ResultCode);
        foreach (var client in new[] { one, late, mourner }) client.Dispose();
        other.Dispose();
    }

    [Theory]
    [InlineData("--Connect:Mqtt:Address=0.0.0.0", "Connect:Mqtt:Address")]
    [InlineData("--Connect:Mqtt:Address=localhost", "Connect:Mqtt:Address")]
    [InlineData("--Connect:Mqtt:Port=70000", "Connect:Mqtt:Port")]
    public void A_door_that_would_be_open_by_mistake_stays_shut(string setting, string named)
    {
        var builder = Composition.CreateBuilder([setting]);
        Assert.Equal(named, Assert.Single(SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration)).Name);
    }

    [Fact]
    public void Whoever_lets_strangers_in_does_so_on_loopback()
    {
        var builder = Composition.CreateBuilder(["--Connect:Mqtt:Address=0.0.0.0", "--Connect:Mqtt:AllowPlaintext=true", "--Connect:Mqtt:AllowAnonymous=true"]);
        Assert.Equal("Connect:Mqtt:AllowAnonymous", Assert.Single(SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration)).Name);
    }

    [Fact]
    public void What_is_retained_is_replaced_and_removed()
    {
        var retained = new RetainedMessages(Options.Create(new MqttOptions { MaxRetainedMessages = 1 }));
        foreach (var text in new[] { "1", "2" }) retained.Restore(Kept("a/b", text));
        Assert.Equal("2"u8.ToArray(), Assert.Single(retained.Matching("a/+"u8, 0)).Payload);
        Assert.Equal("2"u8.ToArray(), Assert.Single(retained.Matching("a/b"u8, 0)).Payload);
        Assert.True(retained.HasRoomFor(Kept("a/b", "3")));
        Assert.False(retained.HasRoomFor(Kept("a/c", "1")));
        Assert.Equal(1, retained.NotKept);
        retained.Restore(Kept("a/b", ""));
        Assert.Empty(retained.Matching("#"u8, 0));
        Assert.Equal(0, retained.Bytes);

        static Wanwu.Protocols.Mqtt.MqttMessage Kept(string topic, string payload) => new() { Topic = Encoding.UTF8.GetBytes(topic), Payload = Encoding.UTF8.GetBytes(payload) };
    }
}
