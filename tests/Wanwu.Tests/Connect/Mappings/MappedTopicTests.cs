using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MQTTnet;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect.Mappings;

/// <summary>Devices that know nothing of the platform's topics, over a real socket.</summary>
public sealed class MappedTopicTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static int _number;
    private readonly HttpClient _client = wanwu.Administrator;

    /// <summary>A topic root of the test's own, so that tests beside it do not meet.</summary>
    private readonly string _root = $"fleet{Interlocked.Increment(ref _number)}";

    private async Task MapAsync(string id, string rest, HttpStatusCode expect = HttpStatusCode.Created) =>
        await _client.CallAsync(HttpMethod.Put, $"/api/v1/mappings/{_root}-{id}", $$"""{"name":"{{id}}","from":"any",{{rest}}}""", expect);

    private Task<MqttPeer> ConnectAsync(Device device) => MqttPeer.ConnectAsync(wanwu, device.Id, device.Password);

    private async Task<JsonNode> LatestAsync(Device device) => await _client.ReadAsync($"/api/v1/things/{device.Id}/latest");

    private async Task<(Device Gateway, Device Lamp)> FleetAsync()
    {
        var gateway = await Device.CreateAsync(wanwu);
        return (gateway, await Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}","labels":{"localName":"lamp"}"""));
    }

    [Fact]
    public async Task A_message_of_a_mapped_topic_becomes_observations_of_the_device_behind_the_gateway()
    {
        var (gateway, lamp) = await FleetAsync();
        await MapAsync("lamps", $$"""
            "topic":"{{_root}}/{device}","thing":{"local":"{device}"},"time":{"value":"$.ts","form":"milliseconds"},
            "values":[{"property":"on","value":"$.state","map":{"ON":true,"OFF":false} },{"property":"power","value":"$.mw / 1000"},{"property":"missing","value":"$.none"}]
            """);
        await using var peer = await ConnectAsync(gateway);
        var answer = await peer.PublishAsync($"{_root}/lamp", """{"state":"ON","mw":2500,"ts":1767261600000}""");
        Assert.True(answer.IsSuccess, answer.ReasonString);
        var latest = await LatestAsync(lamp);
        Assert.True(latest["on"]!["value"]!.GetValue<bool>());
        Assert.Equal(2.5, latest["power"]!["value"]!.GetValue<double>());
        Assert.Equal("2026-01-01T10:00:00Z", latest["power"]!.Text("t"));
        Assert.Null(latest["missing"]);
        var account = await _client.ReadAsync($"/api/v1/things/{lamp.Id}/account");
        Assert.Equal((2, 0), (account["received"]!.GetValue<int>(), account["refused"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_thing_is_found_by_an_identifier_in_the_message_and_must_be_the_publishers_to_report_for()
    {
        var gateway = await Device.CreateAsync(wanwu);
        var own = await Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}","identifiers":[{"scheme":"eui64","value":"00158D0001B79111"}]""");
        await Device.CreateAsync(wanwu, ""","identifiers":[{"scheme":"eui64","value":"00158D0001B79112"}]""");
        await MapAsync("by-address", $$"""
            "topic":"{{_root}}/up","thing":{"scheme":"eui64","value":"$.addr"},"values":[{"property":"level","value":"$.level"}]
            """);
        await using var peer = await ConnectAsync(gateway);
        Assert.True((await peer.PublishAsync($"{_root}/up", """{"addr":"0x00158d0001b79111","level":3}""")).IsSuccess);
        Assert.Equal(3, (await LatestAsync(own))["level"]!["value"]!.GetValue<int>());
        var others = await peer.PublishAsync($"{_root}/up", """{"addr":"0x00158d0001b79112","level":3}""");
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, others.ReasonCode);
        var unknown = await peer.PublishAsync($"{_root}/up", """{"addr":"0x00158d0001b79113","level":3}""");
        Assert.Equal(MqttClientPublishReasonCode.TopicNameInvalid, unknown.ReasonCode);
        Assert.Contains("No thing bears eui64:00158D0001B79113", unknown.ReasonString, StringComparison.Ordinal);
        var nameless = await peer.PublishAsync($"{_root}/up", """{"level":3}""");
        Assert.Contains("$.addr, is nothing in this message", nameless.ReasonString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_holds_for_mapped_values_too_and_units_are_converted()
    {
        var device = await Device.WithModelAsync(wanwu);
        await MapAsync("probe", $$"""
            "topic":"{{_root}}/+/state","thing":"publisher",
            "values":[{"property":"temperature","value":"$.f","unit":"[degF]"},{"property":"count","value":"$.n","kind":"integer"},{"property":"humidity","value":"$.h"}]
            """);
        await using var peer = await ConnectAsync(device);
        Assert.True((await peer.PublishAsync($"{_root}/x/state", """{"f":212,"n":"12"}""")).ReasonString?.Contains("outside the model's", StringComparison.Ordinal));
        Assert.True((await peer.PublishAsync($"{_root}/x/state", """{"f":50,"n":"12"}""")).IsSuccess);
        var latest = await LatestAsync(device);
        Assert.Equal(10, latest["temperature"]!["value"]!.GetValue<double>(), 9);
        Assert.Equal(12, latest["count"]!["value"]!.GetValue<int>());
        var partly = await peer.PublishAsync($"{_root}/x/state", """{"f":51,"h":40}""");
        Assert.Equal(MqttClientPublishReasonCode.Success, partly.ReasonCode);
        Assert.Contains("has no property 'humidity'", partly.ReasonString, StringComparison.Ordinal);
        var broken = await peer.PublishAsync($"{_root}/x/state", """{"f":51""");
        Assert.Equal(MqttClientPublishReasonCode.PayloadFormatInvalid, broken.ReasonCode);
        var account = await _client.ReadAsync($"/api/v1/things/{device.Id}/account");
        Assert.Equal(account["received"]!.GetValue<int>(), account["stored"]!.GetValue<int>() + account["repeated"]!.GetValue<int>() + account["refused"]!.GetValue<int>());
        Assert.Equal(3, account["refused"]!.GetValue<int>());
        var refused = (await _client.ReadAsync($"/api/v1/refused?thing={device.Id}"))["items"]!.AsArray();
        Assert.All(refused, item => Assert.Equal($"{_root}/x/state", item!.Text("source")));
    }

    [Fact]
    public async Task A_change_of_a_mapping_holds_from_the_next_message_on_the_same_connection()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await ConnectAsync(device);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await peer.PublishAsync($"{_root}/a", "1")).ReasonCode);
        await MapAsync("a", $$""" "topic":"{{_root}}/a","payload":"plain","thing":"publisher","values":[{"property":"a","value":"$"}] """);
        Assert.True((await peer.PublishAsync($"{_root}/a", "1")).IsSuccess);
        await MapAsync("a", $$""" "topic":"{{_root}}/a","payload":"plain","thing":"publisher","values":[{"property":"b","value":"$ * 2"}] """, HttpStatusCode.OK);
        Assert.True((await peer.PublishAsync($"{_root}/a", "21")).IsSuccess);
        await _client.CallAsync(HttpMethod.Delete, $"/api/v1/mappings/{_root}-a", expect: HttpStatusCode.NoContent);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await peer.PublishAsync($"{_root}/a", "1")).ReasonCode);
        var latest = await LatestAsync(device);
        Assert.Equal(1, latest["a"]!["value"]!.GetValue<int>());
        Assert.Equal(42, latest["b"]!["value"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_message_about_several_devices_is_booked_on_each_of_them()
    {
        var gateway = await Device.CreateAsync(wanwu);
        Device[] beacons = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}","labels":{"localName":"b{{i}}"}""")))];
        await MapAsync("scan", $$"""
            "topic":"{{_root}}/scan","thing":{"local":"@.id"},"each":"$.seen","time":{"value":"$.at","form":"seconds"},"values":[{"property":"rssi","value":"@.rssi"}]
            """);
        await using var peer = await ConnectAsync(gateway);
        var answer = await peer.PublishAsync($"{_root}/scan",
            """{"at":1767261600,"seen":[{"id":"b0","rssi":-60},{"id":"b1","rssi":-61},{"id":"nobody","rssi":-1},{"id":"b2","rssi":-62}]}""");
        Assert.Equal(MqttClientPublishReasonCode.Success, answer.ReasonCode);
        Assert.Contains("'nobody'", answer.ReasonString, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(-60 - i, (await LatestAsync(beacons[i]))["rssi"]!["value"]!.GetValue<int>());
            Assert.Equal(1, (await _client.ReadAsync($"/api/v1/things/{beacons[i].Id}/account"))["stored"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task The_narrower_pattern_is_asked_first_and_a_condition_lets_the_next_one_have_the_message()
    {
        var device = await Device.CreateAsync(wanwu);
        await MapAsync("wide", $$""" "topic":"{{_root}}/#","thing":"publisher","values":[{"property":"wide","value":"$.v"}] """);
        await MapAsync("narrow", $$""" "topic":"{{_root}}/{kind}/one","when":"$.t == 'n'","thing":"publisher","values":[{"property":"narrow","value":"$.v"}] """);
        await using var peer = await ConnectAsync(device);
        Assert.True((await peer.PublishAsync($"{_root}/k/one", """{"t":"n","v":1}""")).IsSuccess);
        Assert.True((await peer.PublishAsync($"{_root}/k/one", """{"t":"w","v":2}""")).IsSuccess);
        var latest = await LatestAsync(device);
        Assert.Equal(1, latest["narrow"]!["value"]!.GetValue<int>());
        Assert.Equal(2, latest["wide"]!["value"]!.GetValue<int>());
    }

    [Fact]
    public async Task Only_the_publishers_a_mapping_names_are_read()
    {
        var (gateway, _) = await FleetAsync();
        var other = await Device.CreateAsync(wanwu);
        await _client.CallAsync(HttpMethod.Put, $"/api/v1/mappings/{_root}-own", $$"""
            {"name":"own","from":{"thing":"{{gateway.Id}}"},"topic":"{{_root}}/x","thing":"publisher","values":[{"property":"x","value":"$.x"}]}
            """, HttpStatusCode.Created);
        await using var peer = await ConnectAsync(gateway);
        Assert.True((await peer.PublishAsync($"{_root}/x", """{"x":1}""")).IsSuccess);
        await using var stranger = await ConnectAsync(other);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await stranger.PublishAsync($"{_root}/x", """{"x":1}""")).ReasonCode);
    }

    [Fact]
    public async Task A_trial_tells_what_would_be_stored_and_stores_nothing()
    {
        var (gateway, lamp) = await FleetAsync();
        var body = $$"""
            {"mapping":{"name":"t","from":"any","topic":"{{_root}}/{device}","thing":{"local":"{device}"},"values":[{"property":"on","value":"$.state","map":{"ON":true} },{"property":"w","value":"$.state * 2"}]},
             "topic":"{{_root}}/lamp","payload":"{\"state\":\"ON\"}","publisher":"{{gateway.Id}}"}
            """;
        var trial = (await _client.CallAsync(HttpMethod.Post, "/api/v1/mappings/try", body))!;
        Assert.True(trial["takes"]!.GetValue<bool>());
        var observation = Assert.Single(trial["observations"]!.AsArray())!;
        Assert.Equal((lamp.Id, "on", true), (observation.Text("thing"), observation.Text("property"), observation["value"]!.GetValue<bool>()));
        Assert.Contains("'*' needs numbers", Assert.Single(trial["refused"]!.AsArray())!.Text("detail"), StringComparison.Ordinal);
        Assert.Contains(trial["steps"]!.AsArray(), step => step!.Text("step") == "topic" && step!["of"]?.GetValue<string>() == "device" && step!.Text("found") == "lamp");
        Assert.Empty((await LatestAsync(lamp)).AsObject());
        Assert.Equal(0, (await _client.ReadAsync($"/api/v1/things/{lamp.Id}/account"))["received"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_device_heard_of_for_the_first_time_is_registered_behind_its_gateway_and_its_first_message_is_kept()
    {
        await _client.OrganisationAsync("Water works");
        var gateway = await Device.CreateAsync(wanwu, ""","organisation":"Water works","region":"110105" """);
        await MapAsync("new", $$"""
            "topic":"{{_root}}/{device}","thing":{"local":"{device}"},"register":{"name":"'Meter ' + {device}","atMost":2},"values":[{"property":"v","value":"$.v"}]
            """);
        await using var peer = await ConnectAsync(gateway);
        await using var second = await ConnectAsync(gateway);
        for (var i = 0; i < 2; i++)
        {
            Task<MqttClientPublishResult>[] both = [peer.PublishAsync($"{_root}/m{i}", """{"v":1}"""), second.PublishAsync($"{_root}/m{i}", """{"v":1}""")];
            foreach (var answer in await Task.WhenAll(both)) Assert.True(answer.IsSuccess, answer.ReasonString);
        }
        var things = (await _client.ReadAsync($"/api/v1/things?gateway={gateway.Id}"))["items"]!.AsArray();
        Assert.Equal(["Meter m0", "Meter m1"], things.Select(thing => thing!.Text("name")).Order());
        Assert.All(things, thing => Assert.Equal("Water works", thing!.Text("organisation")));
        Assert.Equal(1, (await _client.ReadAsync($"/api/v1/things/{things[0]!.Text("id")}/latest"))["v"]!["value"]!.GetValue<int>());
        var more = await peer.PublishAsync($"{_root}/m2", """{"v":1}""");
        Assert.Equal(MqttClientPublishReasonCode.TopicNameInvalid, more.ReasonCode);
        Assert.Contains("as many as its register.atMost allows", more.ReasonString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapped_message_goes_on_to_subscribers_where_the_publisher_may_use_the_topic()
    {
        var (gateway, lamp) = await FleetAsync();
        await MapAsync("both", $$""" "topic":"{{_root}}/{device}","thing":{"local":"{device}","gateway":"{{gateway.Id}}"},"when":"$.v > 0","values":[{"property":"v","value":"$.v"}] """);
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync($"{_root}", Role.Integrator, null, TestContext.Current.CancellationToken);
        await using var bridge = await MqttPeer.ConnectAsync(wanwu, "token", token.Token);
        await using var listener = await MqttPeer.ConnectAsync(wanwu, "token", token.Token);
        await listener.SubscribeAsync($"{_root}/#", qos: 1);
        Assert.True((await bridge.PublishAsync($"{_root}/lamp", """{"v":1}""")).IsSuccess);
        Assert.True((await bridge.PublishAsync($"{_root}/lamp", """{"v":-1}""")).IsSuccess);
        Assert.Equal((1, -1), ((await listener.NextAsync()).Body["v"]!.GetValue<int>(), (await listener.NextAsync()).Body["v"]!.GetValue<int>()));
        var series = await _client.ReadAsync($"/api/v1/things/{lamp.Id}/series/v");
        Assert.Equal(1, Assert.Single(series["items"]!.AsArray())!["value"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_resend_about_several_devices_is_recognised_for_each_of_them()
    {
        var gateway = await Device.CreateAsync(wanwu);
        Device[] meters = [.. await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}","labels":{"localName":"m{{i}}"}""")))];
        await MapAsync("many", $$""" "topic":"{{_root}}","thing":{"local":"@.id"},"each":"$","values":[{"property":"v","value":"@.v"}] """);
        for (var connection = 0; connection < 2; connection++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(MqttPeer.DoorOf(wanwu), TestContext.Current.CancellationToken);
            await using var stream = new NetworkStream(socket);
            byte[] connect = Packet(0x10, Text("MQTT"), [4, 0xC2, 0, 60], Text("raw"), Text(gateway.Id), Text(gateway.Password));
            byte[] publish = Packet((byte)(connection > 0 ? 0x3A : 0x32), Text(_root), [0, 9], Encoding.UTF8.GetBytes("""[{"id":"m0","v":1},{"id":"m1","v":2}]"""));
            await stream.WriteAsync((byte[])[.. connect, .. publish], TestContext.Current.CancellationToken);
            var answer = new byte[8];
            await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
            Assert.Equal("2002000040020009", Convert.ToHexString(answer));
        }
        foreach (var meter in meters)
        {
            var account = await _client.ReadAsync($"/api/v1/things/{meter.Id}/account");
            Assert.Equal((2, 1, 1), (account["received"]!.GetValue<int>(), account["stored"]!.GetValue<int>(), account["repeated"]!.GetValue<int>()));
        }
    }

    private static byte[] Text(string text) => [0, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Packet(byte first, params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(part => part)];
        return body.Length < 128 ? [first, (byte)body.Length, .. body] : [first, (byte)(body.Length & 127 | 128), (byte)(body.Length >> 7), .. body];
    }
}
