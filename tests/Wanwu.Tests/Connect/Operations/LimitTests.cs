using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Protocols.Mqtt;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Connect.Operations;

/// <summary>What one client, caller or organisation may take, and that nobody else feels it.</summary>
public sealed class LimitTests
{
    private const byte ServerBusy = 0x89, QuotaExceeded = 0x97, ConnectionRateExceeded = 0x9F;

    private static FakeTimeProvider Clock() => new(DateTimeOffset.Parse("2026-05-01T00:00:00Z", CultureInfo.InvariantCulture));

    private static async Task<Device> DeviceAsync(WanwuServer server, string? organisation = null)
    {
        var administrator = await server.ClientAsync();
        if (organisation is not null) await administrator.OrganisationAsync(organisation);
        var created = await administrator.CreateAsync("/api/v1/things", $$"""{"name":"probe"{{(organisation is null ? "" : $",\"organisation\":\"{organisation}\"")}}}""");
        return new Device(created.Text("id"), created["credentials"]!.Text("password"));
    }

    public static TheoryData<string> Transports => ["Kestrel", "Linux"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_flooding_client_is_read_from_more_slowly_and_its_neighbour_is_not(string transport)
    {
        var clock = Clock();
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: ["--Connect:Mqtt:Limits:MessagesPerSecond=10", $"--Connect:Mqtt:Transport={transport}"]);
        var device = await DeviceAsync(server);
        var door = server.Get<MqttDoor>();
        await using var flooding = await RawPeer.OpenAsync(server, device, "flooding");
        await using var neighbour = await RawPeer.OpenAsync(server, device, "neighbour");

        await flooding.SendAsync([.. Enumerable.Range(1, 30).SelectMany(id => RawPeer.Publish($$"""{"n":{{id}}}""", (ushort)id))]);
        for (ushort id = 1; id <= 30; id++) await flooding.ExpectAckAsync(id);
        await Until.TrueAsync(() => door.Traffic.HeldBack == 1);
        await flooding.SendAsync(RawPeer.Publish("""{"n":31}""", 31));
        // The neighbour is served while the other waits: time stands still.
        for (ushort id = 1; id <= 10; id++) await neighbour.PublishAsync("""{"m":1}""", id);
        Assert.False(flooding.HasAnswer);

        clock.Advance(TimeSpan.FromSeconds(3));
        await flooding.ExpectAckAsync(31);
    }

    [Fact]
    public async Task Bytes_are_bounded_too_and_a_client_that_waits_for_its_turn_is_not_called_silent()
    {
        var clock = Clock();
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: ["--Connect:Mqtt:Limits:BytesPerSecond=1000"]);
        var device = await DeviceAsync(server);
        await using var peer = await RawPeer.DialAsync(server);
        var connect = RawPeer.Connect(device, "large");
        connect[11] = 2;                                                // keep alive, seconds
        await peer.SendAsync(connect);
        await peer.ReadAsync();
        await peer.PublishAsync($$"""{"text":"{{new string('x', 8_000)}}"}""", 1);
        await Until.TrueAsync(() => server.Get<MqttDoor>().Traffic.HeldBack == 1);
        for (var second = 0; second < 6; second++) clock.Advance(TimeSpan.FromSeconds(1));
        await peer.SendAsync(RawPeer.Publish("""{"n":1}""", 2));
        for (var second = 0; second < 2; second++) clock.Advance(TimeSpan.FromSeconds(1));
        await peer.ExpectAckAsync(2);
    }

    [Fact]
    public async Task The_things_of_an_organisation_keep_their_pace_together()
    {
        var clock = Clock();
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: ["--Connect:Mqtt:Limits:OrganisationMessagesPerSecond=10"]);
        var (one, two, other) = (await DeviceAsync(server, "north"), await DeviceAsync(server, "north"), await DeviceAsync(server, "south"));
        var door = server.Get<MqttDoor>();
        await using var first = await RawPeer.OpenAsync(server, one, "a");
        await using var second = await RawPeer.OpenAsync(server, two, "b");
        await using var stranger = await RawPeer.OpenAsync(server, other, "c");
        await first.SendAsync([.. Enumerable.Range(1, 30).SelectMany(id => RawPeer.Publish("""{"n":1}""", (ushort)id))]);
        for (ushort id = 1; id <= 30; id++) await first.ExpectAckAsync(id);
        // What has been read is answered; what comes next is not read for a while.
        await second.PublishAsync("""{"n":1}""", 1);
        await Until.TrueAsync(() => door.Traffic.HeldBack == 2);
        await second.SendAsync(RawPeer.Publish("""{"n":2}""", 2));
        for (ushort id = 1; id <= 5; id++) await stranger.PublishAsync("""{"n":1}""", id);
        Assert.False(second.HasAnswer);
        clock.Advance(TimeSpan.FromSeconds(5));
        await second.ExpectAckAsync(2);
    }

    [Fact]
    public async Task A_caller_has_as_many_connections_as_it_may_and_taking_over_its_own_is_always_allowed()
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Limits:ConnectionsPerCaller=2"]);
        var device = await DeviceAsync(server);
        await using var one = await RawPeer.OpenAsync(server, device, "one");
        await using var two = await RawPeer.OpenAsync(server, device, "two");
        var (three, code) = await RawPeer.ConnectAsync(server, device, "three");
        Assert.Equal(QuotaExceeded, code);
        await three.ExpectClosedAsync();
        await using var again = await RawPeer.OpenAsync(server, device, "two");
        await using var elsewhere = await RawPeer.OpenAsync(server, await DeviceAsync(server), "one");
        await again.DisposeAsync();
        await Until.TrueAsync(() => server.Get<MqttDoor>().Sessions.Count == 2);
        await using var late = await RawPeer.OpenAsync(server, device, "three");
        await three.DisposeAsync();
        var summary = await (await server.ClientAsync()).ReadAsync("/api/v1/mqtt/summary");
        Assert.Equal(1, summary["refusedConnects"]!["quotaExceeded"]!.GetValue<int>());
    }

    [Fact]
    public async Task Sessions_that_wait_for_their_clients_are_bounded_for_each_caller()
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Limits:SessionsPerCaller=1"]);
        var device = await DeviceAsync(server);
        var peer = await RawPeer.DialAsync(server);
        await peer.SendAsync(RawPeer.Connect(device, "kept", expiry: 3600));
        Assert.Equal(0, (await peer.ReadAsync()).Body[1]);
        await peer.DisposeAsync();
        var (refused, code) = await RawPeer.ConnectAsync(server, device, "another");
        await refused.DisposeAsync();
        Assert.Equal(QuotaExceeded, code);
        await using var back = await RawPeer.OpenAsync(server, device, "kept");
    }

    [Fact]
    public async Task An_organisation_has_as_many_connections_as_it_may()
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Limits:OrganisationConnections=1"]);
        await using var one = await RawPeer.OpenAsync(server, await DeviceAsync(server, "north"), "one");
        var (refused, code) = await RawPeer.ConnectAsync(server, await DeviceAsync(server, "north"), "two");
        await refused.DisposeAsync();
        Assert.Equal(QuotaExceeded, code);
        await using var stranger = await RawPeer.OpenAsync(server, await DeviceAsync(server, "south"), "three");
        var summary = await (await server.ClientAsync()).ReadAsync("/api/v1/mqtt/summary");
        Assert.Equal(["north 1", "south 1"], summary["organisations"]!.AsArray().Select(item => $"{item!.Text("name")} {item!["connections"]}"));
    }

    [Fact]
    public async Task An_organisation_has_as_many_subscriptions_as_it_may()
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Limits:OrganisationSubscriptions=2"]);
        await using var one = await RawPeer.OpenAsync(server, await DeviceAsync(server, "north"), "one");
        await using var two = await RawPeer.OpenAsync(server, await DeviceAsync(server, "north"), "two");
        await using var stranger = await RawPeer.OpenAsync(server, await DeviceAsync(server, "south"), "three");
        Assert.Equal(0, await SubscribeAsync(one, "v1/#"));
        Assert.Equal(0, await SubscribeAsync(one, "v1/#"));             // the same again takes no more room
        Assert.Equal(0, await SubscribeAsync(two, "v1/#"));
        Assert.Equal(QuotaExceeded, await SubscribeAsync(two, "v1/things/#"));
        Assert.Equal(0, await SubscribeAsync(stranger, "v1/things/#"));
        await one.DisposeAsync();
        await Until.TrueAsync(() => server.Get<MqttDoor>().Count == 2);
        Assert.Equal(0, await SubscribeAsync(two, "v1/things/#"));
    }

    private static async Task<byte> SubscribeAsync(RawPeer peer, string filter)
    {
        await peer.SendAsync(RawPeer.Subscribe(filter, 0));
        return (await peer.ReadAsync()).Body[^1];
    }

    [Fact]
    public async Task A_storm_of_connections_waits_its_turn_and_who_would_wait_too_long_is_told()
    {
        var clock = Clock();
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: ["--Connect:Mqtt:Limits:ConnectsPerSecond=1"]);
        var device = await DeviceAsync(server);
        var peers = new List<RawPeer>();
        await using var first = await RawPeer.OpenAsync(server, device, "first");
        for (var i = 0; i < 5; i++)
        {
            peers.Add(await RawPeer.DialAsync(server));
            await peers[^1].SendAsync(RawPeer.Connect(device, $"storm-{i}"));
            await Until.TrueAsync(() => server.Get<MqttDoor>().Bounds.Gate.Waiting == i + 1);
        }
        var (late, code) = await RawPeer.ConnectAsync(server, device, "late");
        Assert.Equal(ConnectionRateExceeded, code);
        // Who is connected does not feel the storm.
        await first.PublishAsync("""{"n":1}""", 1);
        foreach (var peer in peers)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(0, (await peer.ReadAsync()).Body[1]);
            await peer.DisposeAsync();
        }
        await late.DisposeAsync();
    }

    [Fact]
    public async Task Checks_of_tokens_are_bounded_and_keep_no_thing_out()
    {
        var clock = Clock();
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: ["--Connect:Mqtt:Limits:ParallelSignIns=1"]);
        var gate = server.Get<MqttDoor>().Bounds.Gate;
        Assert.Equal(ReasonCode.Success, await gate.WaitTurnAsync(ConnectLane.Programs, TestContext.Current.CancellationToken));
        await using var thing = await RawPeer.OpenAsync(server, await DeviceAsync(server), "thing");
        await using var program = await RawPeer.DialAsync(server);
        await program.SendAsync(RawPeer.Connect(new Device("token", "wanwu_guessed"), "program"));
        await Until.TrueAsync(() => gate.Waiting == 1);
        // It is counted as waiting a moment before its time begins.
        var answer = program.ReadAsync();
        await Until.TrueAsync(() => answer.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(1)));
        Assert.Equal(ServerBusy, (await answer).Body[1]);
        gate.Done(ConnectLane.Programs);
        await using var next = await RawPeer.DialAsync(server);
        await next.SendAsync(RawPeer.Connect(new Device("token", "wanwu_guessed"), "program"));
        Assert.Equal((byte)ReasonCode.BadUserNameOrPassword, (await next.ReadAsync()).Body[1]);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Connections_that_say_nothing_make_room_for_those_that_do(string transport)
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Limits:UnauthenticatedConnections=3", $"--Connect:Mqtt:Transport={transport}"]);
        var device = await DeviceAsync(server);
        var connect = RawPeer.Connect(device, "slow");
        var silent = new List<RawPeer>();
        for (var i = 0; i < 3; i++)
        {
            silent.Add(await RawPeer.DialAsync(server));
            // A CONNECT that never ends is no better than none.
            await silent[i].SendAsync(connect[..5]);
            await Until.TrueAsync(() => server.Get<MqttDoor>().Count == i + 1);
        }
        await using var peer = await RawPeer.OpenAsync(server, device, "honest");
        await silent[0].ExpectClosedAsync();
        await peer.PublishAsync("""{"n":1}""", 1);
        await silent[1].SendAsync(connect[5..]);
        Assert.Equal(0, (await silent[1].ReadAsync()).Body[1]);
        var summary = await (await server.ClientAsync()).ReadAsync("/api/v1/mqtt/summary");
        Assert.Equal((1, 1), (summary["connectionsPushedOut"]!.GetValue<int>(), summary["notSignedIn"]!.GetValue<int>()));
        foreach (var one in silent) await one.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_subscriber_that_does_not_read_misses_messages_is_marked_and_holds_up_nobody(string transport)
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:MaxOutboxBytes=16384", $"--Connect:Mqtt:Transport={transport}"]);
        var device = await DeviceAsync(server);
        await using var deaf = await RawPeer.DialAsync(server, receiveBuffer: 4096);
        await deaf.SendAsync([.. RawPeer.Connect(device, "deaf"), .. RawPeer.Subscribe("v1/#", 0)]);
        await using var listener = await RawPeer.OpenAsync(server, device, "listener");
        await listener.SendAsync(RawPeer.Subscribe("v1/#", 0));
        Assert.Equal(0x90, (await listener.ReadAsync()).First);
        await using var publisher = await RawPeer.OpenAsync(server, device, "publisher");
        var administrator = await server.ClientAsync();
        JsonNode? marked = null;
        var text = new string('x', 8_000);
        // Each message is acknowledged and reaches the one who reads, until the other one's buffers are full, and after.
        for (ushort id = 1; marked is null; id++)
        {
            await publisher.PublishAsync($$"""{"n":{{id}},"text":"{{text}}"}""", id);
            for (var i = 0; i < 2; i++) Assert.Equal(0x30, (await listener.ReadAsync()).First);
            Assert.True(id < 5_000, "Nothing was dropped.");
            if (id % 100 == 0) marked = (await administrator.ReadAsync("/api/v1/mqtt/clients?state=slow"))["items"]!.AsArray().FirstOrDefault();
        }
        Assert.Equal("deaf", marked.Text("clientId"));
        Assert.True(marked["dropped"]!.GetValue<int>() > 0);
        await publisher.PublishAsync("""{"n":0}""", 1);
    }
}
