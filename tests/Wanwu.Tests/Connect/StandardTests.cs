using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect;

/// <summary>What MQTT 5.0 says a server does with messages and connections, by the standard's sections, over real sockets.</summary>
public abstract class StandardTests(WanwuFixture wanwu)
{
    private readonly string _topic = $"std/{Guid.NewGuid():N}";

    private Task<WireClient> ConnectAsync(PropertyWriter? properties = null, string client = "", MqttVersion version = MqttVersion.V5, bool clean = true) =>
        WireClient.ConnectAsAsync(wanwu.Server, Role.Administrator, client, version, properties, clean);

    [Fact] // §3.3.2.3
    public async Task What_the_sender_says_of_a_message_arrives_with_it()
    {
        await using var listener = await ConnectAsync();
        await listener.SubscribeAsync(_topic, 1);
        await using var sender = await ConnectAsync();
        await sender.PublishAsync(_topic, "值", 1, properties: new PropertyWriter().Add(PropertyId.PayloadFormatIndicator, 1)
            .Add(PropertyId.ContentType, "text/plain"u8).Add(PropertyId.ResponseTopic, "re/1"u8).Add(PropertyId.CorrelationData, "c\0d"u8)
            .AddUser("k"u8, "1"u8).AddUser("a"u8, "2"u8).AddUser("k"u8, "3"u8).Add(PropertyId.TopicAlias, 3));
        var message = await listener.NextAsync();
        Assert.Equal((1u, "text/plain", "re/1", "c\0d"), (message.Number(PropertyId.PayloadFormatIndicator), message.Text(PropertyId.ContentType), message.Text(PropertyId.ResponseTopic), message.Text(PropertyId.CorrelationData)));
        // The order of user properties is kept (MQTT-3.3.2-18).
        Assert.Equal(["k=1", "a=2", "k=3"], message.Properties.Where(property => property.Id == PropertyId.UserProperty).Select(property => $"{property.Name}={property.Text}"));
        Assert.DoesNotContain(message.Properties, property => property.Id == PropertyId.TopicAlias);
    }

    [Fact] // §3.3.4
    public async Task Overlapping_subscriptions_bring_one_copy_with_the_highest_QoS_and_every_identifier()
    {
        await using var client = await ConnectAsync();
        await client.SubscribeAsync($"{_topic}/#", 2, 7);
        await client.SubscribeAsync($"{_topic}/+", 0, 300);
        await client.SubscribeAsync($"{_topic}/a", 1);
        await client.PublishAsync($"{_topic}/a", "x", 2);
        var message = Assert.Single(await client.ArrivedAsync());
        Assert.Equal<uint>([7, 300], message.Identifiers);
        Assert.Equal(2, message.Qos);
        // A subscription made again without an identifier has none any more.
        await client.SubscribeAsync($"{_topic}/#", 1);
        await client.PublishAsync($"{_topic}/a", "x", 2);
        Assert.Equal<uint>([300], Assert.Single(await client.ArrivedAsync()).Identifiers);
    }

    [Fact] // §3.8.3.1
    public async Task No_local_keeps_a_clients_own_messages_from_it_and_from_nobody_else()
    {
        await using var client = await ConnectAsync();
        await using var other = await ConnectAsync();
        await client.SubscribeAsync(_topic, 4, 1);
        await client.PublishAsync(_topic, "own");
        await other.PublishAsync(_topic, "others");
        Assert.Equal("others", Assert.Single(await client.ArrivedAsync()).Payload);
        // Another subscription without no-local brings it, by its own identifier alone.
        await client.SubscribeAsync($"{_topic}/#", 0, 2);
        await client.PublishAsync(_topic, "own");
        Assert.Equal<uint>([2], Assert.Single(await client.ArrivedAsync()).Identifiers);
        await other.PublishAsync(_topic, "others");
        Assert.Equal<uint>([1, 2], Assert.Single(await client.ArrivedAsync()).Identifiers);
    }

    [Theory] // §3.3.1.3
    [InlineData(0x00, false)]
    [InlineData(0x08, true)]
    public async Task The_retain_flag_is_kept_for_those_who_ask_for_it(byte options, bool kept)
    {
        await using var client = await ConnectAsync();
        await client.SubscribeAsync(_topic, options);
        await client.PublishAsync(_topic, "x", retain: true);
        await client.PublishAsync(_topic, "y");
        Assert.Equal([kept, false], (await client.ArrivedAsync()).Select(message => message.Retain));
    }

    [Fact] // §3.8.3.1
    public async Task Retained_messages_come_as_the_retain_handling_asks()
    {
        await using var client = await ConnectAsync();
        await client.PublishAsync(_topic, "kept", retain: true, properties: new PropertyWriter().Add(PropertyId.MessageExpiryInterval, 1000).AddUser("k"u8, "v"u8));
        await client.SubscribeAsync(_topic, 0x20);
        Assert.Empty(await client.ArrivedAsync());
        await client.SubscribeAsync(_topic, 0x10);
        Assert.Empty(await client.ArrivedAsync());
        await client.SubscribeAsync(_topic, 0x01, 9);
        var message = Assert.Single(await client.ArrivedAsync());
        Assert.Equal((true, 1, "v"), (message.Retain, message.Qos, message.Text(PropertyId.UserProperty)));
        Assert.Equal<uint>([9], message.Identifiers);
        Assert.InRange(message.Number(PropertyId.MessageExpiryInterval)!.Value, 990u, 1000u);
        await client.UnsubscribeAsync(_topic);
        await client.SubscribeAsync(_topic, 0x10);
        Assert.Single(await client.ArrivedAsync());
        await client.PublishAsync(_topic, "", retain: true);
        await client.ArrivedAsync();
        await client.SubscribeAsync($"{_topic}/#", 0);
        Assert.Empty(await client.ArrivedAsync());
    }

    [Fact] // §3.3.2.3.4
    public async Task Topic_aliases_are_used_towards_a_client_that_takes_them()
    {
        await using var none = await ConnectAsync();
        await using var some = await ConnectAsync(new PropertyWriter().Add(PropertyId.TopicAliasMaximum, 2));
        foreach (var client in new[] { none, some }) await client.SubscribeAsync($"{_topic}/#", 1, 1);
        for (var i = 0; i < 30; i++) await none.PublishAsync($"{_topic}/{i / 3 % 5}", $"{i}", (byte)(i % 2));
        var (plain, aliased) = (await none.ArrivedAsync(), await some.ArrivedAsync());
        Assert.Equal(plain.Select(message => (message.Topic, message.Payload)), aliased.Select(message => (message.Topic, message.Payload)));
        Assert.DoesNotContain(plain, message => message.Number(PropertyId.TopicAlias) is not null);
        Assert.All(aliased, message => Assert.InRange(message.Number(PropertyId.TopicAlias)!.Value, 1u, 2u));
        Assert.True(aliased.Sum(message => message.Bytes) < plain.Sum(message => message.Bytes) * 3 / 4);
    }

    [Fact] // §3.1.2.11.4
    public async Task A_message_larger_than_the_client_takes_is_not_sent_to_it_and_the_next_is()
    {
        await using var small = await ConnectAsync(new PropertyWriter().Add(PropertyId.MaximumPacketSize, 100));
        await small.SubscribeAsync(_topic, 1);
        await using var sender = await ConnectAsync();
        foreach (var length in new[] { 100, 10 }) await sender.PublishAsync(_topic, new string('x', length));
        Assert.Equal(10, (await small.NextAsync()).Payload.Length);
    }

    [Fact] // §3.1.2.11.4
    public async Task A_client_that_cannot_take_the_answer_to_its_CONNECT_is_refused()
    {
        await using var tiny = await ConnectAsync(new PropertyWriter().Add(PropertyId.MaximumPacketSize, 16));
        Assert.Equal((byte)ReasonCode.PacketTooLarge, tiny.Answer);
    }

    [Fact] // §3.1.2.11.4
    public async Task A_client_that_cannot_take_the_answer_to_its_SUBSCRIBE_is_told()
    {
        await using var small = await ConnectAsync(new PropertyWriter().Add(PropertyId.MaximumPacketSize, 60), client: "small");
        var filters = Enumerable.Range(0, 80).SelectMany(i => (byte[])[0, 2, .. Encoding.ASCII.GetBytes($"{i:00}"), 0]);
        await small.SendAsync(output => System.Buffers.BuffersExtensions.Write<byte>(output, [0x82, 0x93, 0x03, 0, 1, 0, .. filters]));
        Assert.Equal(ReasonCode.PacketTooLarge, await small.ClosedAsync());
    }

    [Fact] // §3.2.2.3
    public async Task The_answer_to_CONNECT_says_what_differs_from_what_was_asked()
    {
        await using var client = await ConnectAsync(new PropertyWriter().Add(PropertyId.SessionExpiryInterval, uint.MaxValue).Add(PropertyId.RequestResponseInformation, 1));
        uint? Granted(PropertyId id) => client.Granted.FirstOrDefault(property => property.Id == id)?.Number;
        Assert.StartsWith("auto-", client.Granted.Single(property => property.Id == PropertyId.AssignedClientIdentifier).Text, StringComparison.Ordinal);
        Assert.Equal(86_400u, Granted(PropertyId.SessionExpiryInterval));
        Assert.Equal((1024u, 262_144u, 10u), (Granted(PropertyId.ReceiveMaximum), Granted(PropertyId.MaximumPacketSize), Granted(PropertyId.TopicAliasMaximum)));
        // Absent: available. Response information is not given.
        foreach (var id in new[] { PropertyId.RetainAvailable, PropertyId.MaximumQos, PropertyId.WildcardSubscriptionAvailable, PropertyId.SubscriptionIdentifierAvailable, PropertyId.SharedSubscriptionAvailable, PropertyId.ResponseInformation, PropertyId.ServerKeepAlive })
            Assert.Null(Granted(id));
    }

    [Theory] // §3.2.2.3.14
    [InlineData(0, 3600u)]
    [InlineData(60, null)]
    [InlineData(5000, 3600u)]
    public async Task A_keep_alive_longer_than_the_servers_is_answered_with_the_servers(ushort asked, uint? told)
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync($"{Guid.NewGuid()}", Role.Administrator, null, TestContext.Current.CancellationToken);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token, keepAlive: asked);
        Assert.Equal(told, client.Granted.FirstOrDefault(property => property.Id == PropertyId.ServerKeepAlive)?.Number);
    }

    [Theory] // §3.1.2.11.7
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_reason_is_told_to_those_who_want_problem_information(uint wanted)
    {
        await using var client = await ConnectAsync(new PropertyWriter().Add(PropertyId.RequestProblemInformation, wanted));
        Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync("v1/nothing", "x"));
        Assert.Equal(wanted == 1, client.Reason is not null);
        var (code, reason) = await client.TrySubscribeAsync("v1/nothing");
        Assert.Equal(((byte)ReasonCode.UnspecifiedError, wanted == 1), (code, reason is not null));
    }

    [Theory] // §3.14.2.1
    [InlineData(ReasonCode.Success, false)]
    [InlineData(ReasonCode.DisconnectWithWill, true)]
    public async Task A_DISCONNECT_takes_the_will_back_or_asks_for_it(ReasonCode code, bool published)
    {
        await using var listener = await ConnectAsync();
        await listener.SubscribeAsync(_topic, 1);
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync($"{Guid.NewGuid()}", Role.Administrator, null, TestContext.Current.CancellationToken);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token, will: new WillFields(Encoding.UTF8.GetBytes(_topic), "will"u8.ToArray(), 1,
            Properties: new PropertyWriter().Add(PropertyId.ContentType, "text/plain"u8).AddUser("k"u8, "v"u8).Raw.ToArray()));
        await client.DisconnectAsync(code);
        Assert.Null(await client.ClosedAsync());
        if (!published) Assert.Empty(await listener.ArrivedAsync());
        else
        {
            var will = await listener.NextAsync();
            Assert.Equal(("will", "text/plain", "v"), (will.Payload, will.Text(PropertyId.ContentType), will.Text(PropertyId.UserProperty)));
        }
    }

    [Fact] // §3.1.3.2.2
    public async Task A_delayed_will_is_void_when_the_client_comes_back_in_time()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.Parse("2026-05-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: wanwu.Settings);
        await using var listener = await WireClient.ConnectAsAsync(server, Role.Administrator);
        await listener.SubscribeAsync(_topic, 1);
        var token = await server.Get<AccessTokens>().CreateAsync("dying", Role.Administrator, null, TestContext.Current.CancellationToken);
        Task<WireClient> ComeAsync() => WireClient.ConnectAsync(server, "token", token.Token, "dying", clean: false, properties: new PropertyWriter().Add(PropertyId.SessionExpiryInterval, 100),
            will: new WillFields(Encoding.UTF8.GetBytes(_topic), "will"u8.ToArray(), 1, Properties: new PropertyWriter().Add(PropertyId.WillDelayInterval, 10).Raw.ToArray()));
        await (await ComeAsync()).BreakAsync(server);
        clock.Advance(TimeSpan.FromSeconds(5));
        var back = await ComeAsync();
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(await listener.ArrivedAsync());
        await back.BreakAsync(server);
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("will", (await listener.NextAsync()).Payload);
    }

    [Theory] // §4.12
    [InlineData(true, ReasonCode.BadAuthenticationMethod)]
    [InlineData(false, ReasonCode.ProtocolError)]
    public async Task Extended_authentication_is_refused(bool withMethod, ReasonCode code)
    {
        var properties = new PropertyWriter();
        if (withMethod) properties.Add(PropertyId.AuthenticationMethod, "SCRAM-SHA-256"u8);
        await using var client = await ConnectAsync(properties.Add(PropertyId.AuthenticationData, "n,,n=a,r=b"u8));
        Assert.Equal((byte)code, client.Answer);
        Assert.Null(await client.ClosedAsync());
    }

    [Theory] // §4.12: only within an exchange that the CONNECT began
    [InlineData(ReasonCode.ContinueAuthentication)]
    [InlineData(ReasonCode.ReAuthenticate)]
    public async Task AUTH_outside_an_exchange_is_a_protocol_error(ReasonCode code)
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(output => MqttWriter.WriteAuth(output, code, new PropertyWriter().Add(PropertyId.AuthenticationMethod, "x"u8).Raw));
        Assert.Equal(ReasonCode.ProtocolError, await client.ClosedAsync());
    }

    [Fact] // §3.3.4: the check that the interoperability suites lack
    public async Task More_unreleased_messages_of_QoS_2_than_the_receive_maximum_close_the_connection()
    {
        await using var client = await ConnectAsync();
        var most = (ushort)client.Granted.Single(property => property.Id == PropertyId.ReceiveMaximum).Number;
        await client.SendAsync(output =>
        {
            for (ushort id = 1; id <= most + 1; id++) MqttWriter.WritePublish(output, MqttVersion.V5, 4, Encoding.UTF8.GetBytes(_topic), id, [], "x"u8);
        });
        Assert.Equal(ReasonCode.ReceiveMaximumExceeded, await client.ClosedAsync());
    }

    [Fact] // §3.3.4
    public async Task Messages_released_in_time_are_not_limited()
    {
        await using var client = await ConnectAsync();
        for (var i = 0; i < 1100; i++) Assert.Equal(ReasonCode.Success, await client.PublishAsync(_topic, "x", 2));
    }

    [Fact] // §3.1.2.11.3, §4.9
    public async Task No_more_than_the_clients_receive_maximum_is_in_flight_towards_it()
    {
        await using var client = await ConnectAsync(new PropertyWriter().Add(PropertyId.ReceiveMaximum, 2));
        client.Acknowledges = false;
        await client.SubscribeAsync(_topic, 2);
        await using var sender = await ConnectAsync();
        for (var i = 0; i < 5; i++) await sender.PublishAsync(_topic, $"{i}", (byte)(i % 3));
        var arrived = await client.ArrivedAsync();
        // QoS 0 is not held back by it.
        Assert.Equal(["0", "1", "2", "3"], arrived.Select(message => message.Payload).Order());
        await client.SendAsync(output => MqttWriter.WriteAck(output, MqttVersion.V5, PacketType.PubAck, arrived.First(message => message.Qos == 1).Id));
        Assert.Equal("4", (await client.NextAsync()).Payload);
    }

    [Fact] // §3.3.2.3.3
    public async Task A_message_that_waited_says_how_long_it_is_still_worth_sending()
    {
        var id = $"sleeper-{Guid.NewGuid():N}";
        await using var sender = await ConnectAsync();
        var expiry = new PropertyWriter().Add(PropertyId.SessionExpiryInterval, 100);
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync(id, Role.Administrator, null, TestContext.Current.CancellationToken);
        await using (var sleeper = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token, id, clean: false, properties: expiry))
        {
            await sleeper.SubscribeAsync(_topic, 1);
            await sleeper.BreakAsync(wanwu.Server);
        }
        await sender.PublishAsync(_topic, "x", properties: new PropertyWriter().Add(PropertyId.MessageExpiryInterval, 60));
        await using var back = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token, id, clean: false, properties: expiry);
        Assert.True(back.SessionPresent);
        Assert.InRange((await back.NextAsync()).Number(PropertyId.MessageExpiryInterval)!.Value, 30u, 60u);
    }

    [Theory] // §4.13: the reason is told
    [InlineData("300400016100", null)]                         // a message on a whole connection is no fault
    [InlineData("300400012300", ReasonCode.MalformedPacket)]  // topic '#'
    [InlineData("3206000161000000", ReasonCode.ProtocolError)] // packet identifier 0
    [InlineData("F000", ReasonCode.ProtocolError)]
    [InlineData("C100", ReasonCode.MalformedPacket)]
    public async Task Whoever_breaks_the_protocol_is_told_before_the_connection_closes(string hex, ReasonCode? code)
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(output => System.Buffers.BuffersExtensions.Write(output, Convert.FromHexString(hex)));
        if (code is null) Assert.Empty(await client.ArrivedAsync());
        else Assert.Equal(code, await client.ClosedAsync());
    }
}

public sealed class StandardOverKestrelTests(KestrelFixture wanwu) : StandardTests(wanwu), IClassFixture<KestrelFixture>;

public sealed class StandardOverLinuxTransportTests(LinuxTransportFixture wanwu) : StandardTests(wanwu), IClassFixture<LinuxTransportFixture>;
