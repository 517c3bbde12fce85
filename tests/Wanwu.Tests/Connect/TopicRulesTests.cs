using Wanwu.Hosting;
using Wanwu.Hosting.Options;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect;

/// <summary>Topics outside <c>v1/</c> for whoever the rules allow.</summary>
public sealed class TopicRulesTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const byte Denied = (byte)ReasonCode.NotAuthorized;

    private Task<WireClient> ConnectAsync(Device device, MqttVersion version = MqttVersion.V5, WillFields? will = null) =>
        WireClient.ConnectAsync(wanwu.Server, device.Id, device.Password, "c", version, will: will);

    [Fact]
    public async Task Programs_of_integrators_speak_with_things_on_the_things_own_branch()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var thing = await ConnectAsync(device);
        await using var program = await WireClient.ConnectAsAsync(wanwu.Server, Role.Integrator);
        Assert.Equal(1, await thing.SubscribeAsync($"things/{device.Id}/#", 1));
        Assert.Equal(1, await program.SubscribeAsync("things/+/said", 1));

        Assert.Equal(ReasonCode.Success, await program.PublishAsync($"things/{device.Id}/asked", "how are you"));
        Assert.Equal(($"things/{device.Id}/asked", "how are you"), (await thing.NextAsync()) switch { var message => (message.Topic, message.Payload) });
        Assert.Equal(ReasonCode.Success, await thing.PublishAsync($"things/{device.Id}/said", "well"));
        Assert.Equal("well", (await program.NextAsync()).Payload);
    }

    [Fact]
    public async Task A_thing_reaches_nobody_elses_branch()
    {
        var (device, other) = (await Device.CreateAsync(wanwu), await Device.CreateAsync(wanwu));
        await using var thing = await ConnectAsync(device);
        foreach (var filter in new[] { $"things/{other.Id}/x", "things/+/x", "things/#", "#", "+/#", "other", "$SYS/#", $"$share/g/things/{other.Id}/x" })
        {
            var (code, reason) = await thing.TrySubscribeAsync(filter);
            Assert.Equal(Denied, code);
            Assert.Contains("may not subscribe", reason, StringComparison.Ordinal);
        }
        Assert.Equal(0, await thing.SubscribeAsync($"$share/g/things/{device.Id}/+"));
        foreach (var topic in new[] { $"things/{other.Id}/x", "other", "$SYS/x" })
            Assert.True(await thing.PublishAsync(topic, "x") is ReasonCode.NotAuthorized or ReasonCode.TopicNameInvalid);
        var refused = (await wanwu.Administrator.ReadAsync($"/api/v1/refused?thing={device.Id}"))["items"]!.AsArray();
        Assert.Contains(refused, item => item!.Text("reason") == "notAllowed" && item!.Text("detail").Contains("Connect:Mqtt:Topics", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_old_client_is_acknowledged_when_its_refusal_is_on_disk_and_nobody_hears_it()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var listener = await WireClient.ConnectAsAsync(wanwu.Server, Role.Administrator);
        await listener.SubscribeAsync("#", 1);
        await using var thing = await ConnectAsync(device, MqttVersion.V311);
        Assert.Equal(0x80, await thing.SubscribeAsync("other"));
        await thing.PublishAsync("other", "x");
        var account = await wanwu.Administrator.ReadAsync($"/api/v1/account?thing={device.Id}");
        Assert.Equal((1, 1), (account["received"]!.GetValue<int>(), account["refused"]!.GetValue<int>()));
        Assert.DoesNotContain(await listener.ArrivedAsync(), message => message.Topic == "other");
    }

    [Fact]
    public async Task Wills_and_retained_messages_follow_the_same_rules()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var listener = await WireClient.ConnectAsAsync(wanwu.Server, Role.Administrator);
        await listener.SubscribeAsync("things/+/gone", 1);
        foreach (var topic in new[] { "elsewhere/gone", $"things/{device.Id}/gone" })
        {
            await using var thing = await ConnectAsync(device, will: new WillFields(System.Text.Encoding.UTF8.GetBytes(topic), "bye"u8.ToArray(), Retain: true));
            await thing.BreakAsync(wanwu.Server);
        }
        Assert.Equal($"things/{device.Id}/gone", (await listener.NextAsync()).Topic);
        await using var late = await WireClient.ConnectAsAsync(wanwu.Server, Role.Integrator);
        await late.SubscribeAsync("+/gone");
        await late.SubscribeAsync($"things/{device.Id}/gone");
        var kept = Assert.Single(await late.ArrivedAsync());
        Assert.Equal(("bye", true), (kept.Payload, kept.Retain));
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    [InlineData(Role.Auditor)]
    public async Task Who_has_no_rule_uses_no_plain_topic(string role)
    {
        await using var client = await WireClient.ConnectAsAsync(wanwu.Server, role);
        Assert.Equal(0u, client.Granted.Single(property => property.Id == PropertyId.RetainAvailable).Number);
        Assert.Equal(Denied, await client.SubscribeAsync("a"));
        Assert.Equal(Denied, await client.SubscribeAsync("#"));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("a", "x"));
    }

    [Fact]
    public async Task A_retained_will_is_refused_where_retained_messages_are_not_available()
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync("watcher", Role.Viewer, null, TestContext.Current.CancellationToken);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token, will: new WillFields("v1/report"u8.ToArray(), "x"u8.ToArray(), Retain: true));
        Assert.Equal((byte)ReasonCode.RetainNotSupported, client.Answer);
    }

    [Fact]
    public async Task Rules_in_the_settings_take_the_place_of_the_defaults()
    {
        await using var server = await WanwuServer.StartAsync(settings:
        [
            "--Connect:Mqtt:Topics:0:Who=role:operator", "--Connect:Mqtt:Topics:0:Publish:0=cmd/+/{user}", "--Connect:Mqtt:Topics:0:Subscribe:0=cmd/#",
            "--Connect:Mqtt:Topics:1:Who=model:pump", "--Connect:Mqtt:Topics:1:Subscribe:0=pumps/{thing}/+/{client}",
        ]);
        await using var administrator = await WireClient.ConnectAsAsync(server, Role.Administrator);
        Assert.Equal(Denied, await administrator.SubscribeAsync("a"));
        var token = await server.Get<AccessTokens>().CreateAsync("hand", Role.Operator, null, TestContext.Current.CancellationToken);
        await using var hand = await WireClient.ConnectAsync(server, "token", token.Token);
        Assert.Equal(0, await hand.SubscribeAsync("cmd/+/x"));
        Assert.Equal(ReasonCode.Success, await hand.PublishAsync("cmd/7/hand", "x") is ReasonCode.NoMatchingSubscribers or ReasonCode.Success ? ReasonCode.Success : ReasonCode.NotAuthorized);
        Assert.Equal(ReasonCode.NotAuthorized, await hand.PublishAsync("cmd/7/other", "x"));

        var http = await server.ClientAsync();
        using var _ = await http.SendAsync(HttpMethod.Put, "/api/v1/models/pump", Device.Model);
        var made = await http.CreateAsync("/api/v1/things", """{"name":"p"}""");
        var (id, password) = (made.Text("id"), made["credentials"]!.Text("password"));
        await using var thing = await WireClient.ConnectAsync(server, id, password, "left");
        Assert.Equal(Denied, await thing.SubscribeAsync($"pumps/{id}/on/left"));
        // The thing becomes a pump while it is connected.
        await http.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"model":"pump"}""");
        Assert.Equal(0, await thing.SubscribeAsync($"pumps/{id}/on/left"));
        Assert.Equal(Denied, await thing.SubscribeAsync($"pumps/{id}/on/right"));
    }

    [Fact]
    public async Task What_a_returning_client_may_no_longer_subscribe_is_withdrawn()
    {
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Topics:0:Who=model:pump", "--Connect:Mqtt:Topics:0:Subscribe:0=pumps/#", "--Connect:Mqtt:Topics:1:Who=role:administrator", "--Connect:Mqtt:Topics:1:Publish:0=#"]);
        var http = await server.ClientAsync();
        using var _ = await http.SendAsync(HttpMethod.Put, "/api/v1/models/pump", Device.Model);
        var made = await http.CreateAsync("/api/v1/things", """{"name":"p","model":"pump"}""");
        var (id, password) = (made.Text("id"), made["credentials"]!.Text("password"));
        await using (var before = await WireClient.ConnectAsync(server, id, password, "p", MqttVersion.V311, clean: false))
        {
            Assert.Equal(1, await before.SubscribeAsync("pumps/x", 1));
            await before.BreakAsync(server);
        }
        await http.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"model":null}""");
        await using var after = await WireClient.ConnectAsync(server, id, password, "p", MqttVersion.V311, clean: false);
        Assert.True(after.SessionPresent);
        await using var administrator = await WireClient.ConnectAsAsync(server, Role.Administrator);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await administrator.PublishAsync("pumps/x", "x"));
    }

    [Theory]
    [InlineData("--Connect:Mqtt:Topics:0:Who=role:king", "Connect:Mqtt:Topics:0:Who")]
    [InlineData("--Connect:Mqtt:Topics:0:Who=everybody", "Connect:Mqtt:Topics:0:Who")]
    [InlineData("--Connect:Mqtt:Topics:0:Who=thing", "Connect:Mqtt:Topics:0:Publish")]
    [InlineData("--Connect:Mqtt:Topics:0:Publish:0=a#", "Connect:Mqtt:Topics:0:Publish:0")]
    [InlineData("--Connect:Mqtt:Topics:0:Subscribe:0=v1/#", "Connect:Mqtt:Topics:0:Subscribe:0")]
    [InlineData("--Connect:Mqtt:Topics:0:Subscribe:0=$SYS/#", "Connect:Mqtt:Topics:0:Subscribe:0")]
    [InlineData("--Connect:Mqtt:Topics:0:Subscribe:0=a/{things}", "Connect:Mqtt:Topics:0:Subscribe:0")]
    public void A_rule_that_means_nothing_stops_the_start_by_name(string setting, string named)
    {
        string[] rule = setting.Contains("Who=", StringComparison.Ordinal) ? [setting] : ["--Connect:Mqtt:Topics:0:Who=thing", setting];
        var builder = Composition.CreateBuilder(rule);
        Assert.Contains(SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration), fault => fault.Name == named);
    }
}
