using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect;

/// <summary>MQTT 5.0 §4.8.2, for clients of either version.</summary>
public sealed class SharedSubscriptionTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly string _topic = $"jobs/{Guid.NewGuid():N}";

    private Task<WireClient> ConnectAsync(MqttVersion version = MqttVersion.V5, PropertyWriter? properties = null, string client = "") =>
        WireClient.ConnectAsAsync(wanwu.Server, Role.Administrator, client, version, properties, clean: client.Length == 0);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_message_goes_to_one_member_and_all_members_get_their_share(byte qos)
    {
        await using var one = await ConnectAsync();
        await using var two = await ConnectAsync(MqttVersion.V311);
        await using var aside = await ConnectAsync();
        Assert.Equal(qos, await one.SubscribeAsync($"$share/g/{_topic}", qos));
        Assert.Equal(qos, await two.SubscribeAsync($"$share/g/{_topic}", qos));
        await aside.SubscribeAsync(_topic, qos);
        await using var publisher = await ConnectAsync();
        for (var i = 0; i < 10; i++) await publisher.PublishAsync(_topic, $"{i}", qos);
        await publisher.ArrivedAsync();
        var (left, right) = (await one.ArrivedAsync(), await two.ArrivedAsync());
        Assert.Equal((5, 5), (left.Count, right.Count));
        Assert.Equal(Enumerable.Range(0, 10), left.Concat(right).Select(message => int.Parse(message.Payload)).Order());
        Assert.Equal(10, (await aside.ArrivedAsync()).Count);
    }

    [Fact]
    public async Task Groups_of_other_names_and_filters_each_get_a_copy()
    {
        await using var client = await ConnectAsync();
        await client.SubscribeAsync($"$share/a/{_topic}", 0, 1);
        await client.SubscribeAsync($"$share/b/{_topic}", 0, 2);
        await client.SubscribeAsync($"$share/b/{_topic}/#", 0, 3);
        await client.PublishAsync(_topic, "x");
        Assert.Equal<uint>([1, 2, 3], (await client.ArrivedAsync()).SelectMany(message => message.Identifiers).Order());
        await client.UnsubscribeAsync($"$share/b/{_topic}");
        await client.PublishAsync(_topic, "x");
        Assert.Equal<uint>([1, 3], (await client.ArrivedAsync()).SelectMany(message => message.Identifiers).Order());
    }

    [Fact]
    public async Task Members_that_take_more_come_before_those_that_do_not()
    {
        await using var busy = await ConnectAsync(properties: new PropertyWriter().Add(PropertyId.ReceiveMaximum, 1));
        busy.Acknowledges = false;
        await using var free = await ConnectAsync();
        await busy.SubscribeAsync($"$share/g/{_topic}", 1);
        await free.SubscribeAsync($"$share/g/{_topic}", 1);
        for (var i = 0; i < 10; i++) await free.PublishAsync(_topic, "x");
        Assert.Single(await busy.ArrivedAsync());
        Assert.Equal(9, (await free.ArrivedAsync()).Count);
    }

    [Fact]
    public async Task What_a_member_leaves_unacknowledged_goes_to_another_when_its_session_ends()
    {
        var leaver = await ConnectAsync(properties: new PropertyWriter().Add(PropertyId.ReceiveMaximum, 2));
        leaver.Acknowledges = false;
        await leaver.SubscribeAsync($"$share/g/{_topic}", 2);
        await using var publisher = await ConnectAsync();
        await publisher.PublishAsync(_topic, "sent once", 2);
        await publisher.PublishAsync(_topic, "sent", 1);
        await publisher.PublishAsync(_topic, "waits", 2);
        Assert.Equal(["sent once", "sent"], (await leaver.ArrivedAsync()).Select(message => message.Payload));

        await using var heir = await ConnectAsync();
        await heir.SubscribeAsync($"$share/g/{_topic}", 2);
        await leaver.BreakAsync(wanwu.Server);
        // A message of QoS 2 that was sent may have been taken: nobody else gets it (MQTT-4.8.2-5).
        Assert.Equal(["sent", "waits"], new[] { (await heir.NextAsync()).Payload, (await heir.NextAsync()).Payload });
        Assert.Empty(await heir.ArrivedAsync());
    }

    [Fact]
    public async Task While_every_member_is_away_messages_wait_and_connected_members_come_first()
    {
        await using (var away = await ConnectAsync(MqttVersion.V311, client: "away"))
        {
            await away.SubscribeAsync($"$share/g/{_topic}", 1);
            await away.BreakAsync(wanwu.Server);
        }
        await using var publisher = await ConnectAsync();
        await publisher.PublishAsync(_topic, "waits");
        await publisher.SubscribeAsync($"$share/g/{_topic}", 1);
        await publisher.PublishAsync(_topic, "taken");
        Assert.Equal("taken", Assert.Single(await publisher.ArrivedAsync()).Payload);
    }

    [Fact]
    public async Task Retained_messages_are_not_sent_to_a_shared_subscription()
    {
        await using var client = await ConnectAsync();
        await client.PublishAsync(_topic, "kept", retain: true);
        await client.SubscribeAsync($"$share/g/{_topic}", 1);
        Assert.Empty(await client.ArrivedAsync());
    }

    [Theory]
    [InlineData("$share/g/", MqttVersion.V311)]
    [InlineData("$share//a", MqttVersion.V311)]
    public async Task A_broken_shared_filter_of_an_old_client_is_refused(string filter, MqttVersion version)
    {
        await using var client = await ConnectAsync(version);
        Assert.Equal(0x80, await client.SubscribeAsync(filter));
    }

    [Theory]
    [InlineData("$share/g/a", 4)] // no-local
    [InlineData("$share//a", 0)]
    [InlineData("$share/a+/b", 0)]
    public async Task A_broken_shared_filter_is_a_protocol_error_in_MQTT_5(string filter, byte options)
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(output => MqttWriter.WriteSubscribe(output, MqttVersion.V5, 1, System.Text.Encoding.UTF8.GetBytes(filter), new SubscriptionOptions(options)));
        Assert.Equal(ReasonCode.ProtocolError, await client.ClosedAsync());
    }

    [Fact]
    public async Task Observations_are_shared_among_those_who_may_see_them()
    {
        var (device, other) = (await Device.CreateAsync(wanwu), await Device.CreateAsync(wanwu));
        const string filter = "$share/watch/v1/things/+/observations/+";
        await using var viewer = await WireClient.ConnectAsAsync(wanwu.Server, Role.Viewer);
        await using var blind = await WireClient.ConnectAsync(wanwu.Server, other.Id, other.Password, "c");
        Assert.Equal(1, await viewer.SubscribeAsync(filter, 1));
        Assert.Equal(1, await blind.SubscribeAsync(filter, 1));
        await using var thing = await WireClient.ConnectAsync(wanwu.Server, device.Id, device.Password, "c");
        for (var i = 0; i < 4; i++) await thing.PublishAsync("v1/report", $$"""{"n":{{i}}}""");
        for (var i = 0; i < 4; i++) Assert.Equal($"v1/things/{device.Id}/observations/n", (await viewer.NextAsync()).Topic);
        Assert.Empty(await blind.ArrivedAsync());
    }
}
