using System.Net;
using Wanwu.Connect.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Connect.Operations;

public sealed class ClientEndpointTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    [Fact]
    public async Task A_client_is_listed_with_what_it_is_and_does()
    {
        await wanwu.Administrator.OrganisationAsync("north");
        var device = await Device.CreateAsync(wanwu, ""","organisation":"north" """);
        await using var peer = await RawPeer.OpenAsync(wanwu.Server, device, "station-7");
        await peer.SendAsync(RawPeer.Subscribe("v1/#", 1));
        await peer.ReadAsync();
        await peer.SendAsync(RawPeer.Publish("""{"n":1}""", 1));
        // The acknowledgement and its own observation, which stays unacknowledged: both follow from one commit, in either order.
        var answers = new[] { await peer.ReadAsync(), await peer.ReadAsync() };
        Assert.Equal([0x32, 0x40], answers.Select(answer => (int)answer.First).Order());

        var list = await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients?thing={device.Id}");
        var client = Assert.Single(list["items"]!.AsArray())!;
        Assert.Equal(("station-7", "connected", "thing", device.Id, device.Id, "north"),
            (client.Text("clientId"), client.Text("state"), client.Text("callerKind"), client.Text("caller"), client.Text("thing"), client.Text("organisation")));
        Assert.Equal((1, 1, 0, 0, false), (client["subscriptions"]!.GetValue<int>(), client["inFlight"]!.GetValue<int>(), client["queued"]!.GetValue<int>(),
            client["dropped"]!.GetValue<int>(), client["slowConsumer"]!.GetValue<bool>()));
        var connection = client["connection"]!;
        Assert.Equal(("5.0", "tcp", 1, 1), (connection.Text("protocol"), connection.Text("transport"), connection["in"]!["messages"]!.GetValue<int>(), connection["out"]!["messages"]!.GetValue<int>()));
        Assert.StartsWith("127.0.0.1:", connection.Text("address"), StringComparison.Ordinal);
        Assert.True(connection["in"]!["bytes"]!.GetValue<int>() > 20 && connection["out"]!["bytes"]!.GetValue<int>() > 20);

        var detail = await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients/{client.Text("key")}");
        var subscription = Assert.Single(detail["subscriptions"]!.AsArray())!;
        Assert.Equal(("v1/#", 1), (subscription.Text("filter"), subscription["qos"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_list_is_paged_searched_and_says_what_it_does_not_know()
    {
        var device = await Device.CreateAsync(wanwu);
        var peers = new List<RawPeer>();
        for (var i = 0; i < 5; i++) peers.Add(await RawPeer.OpenAsync(wanwu.Server, device, $"paged-{i}"));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await wanwu.Administrator.ReadAsync("/api/v1/mqtt/clients?q=PAGED-&limit=2" + (cursor is null ? "" : $"&cursor={cursor}"));
            seen.AddRange(page["items"]!.AsArray().Select(item => item!.Text("clientId")));
            cursor = page["next"]?.GetValue<string>();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"paged-{i}"), seen);
        Assert.Empty((await wanwu.Administrator.ReadAsync("/api/v1/mqtt/clients?q=paged&state=away"))["items"]!.AsArray());
        foreach (var wrong in new[] { "limit=0", "state=asleep", "cursor=%21", "thing=x", "unknown=1" })
            await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients?{wrong}", HttpStatusCode.BadRequest);
        foreach (var peer in peers) await peer.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_is_kicked_is_told_why_and_its_session_stays_until_it_is_ended()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await RawPeer.DialAsync(wanwu.Server);
        await peer.SendAsync(RawPeer.Connect(device, "kicked", expiry: 600));
        await peer.ReadAsync();
        var key = (await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients?thing={device.Id}"))["items"]![0]!.Text("key");
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/mqtt/clients/{key}/kick", expect: HttpStatusCode.NoContent);
        var (first, body) = await peer.ReadAsync();
        Assert.Equal((0xE0, 0x98), (first, body[0]));
        await peer.ExpectClosedAsync();

        await Until.TrueAsync(() => wanwu.Server.Get<MqttSessions>().All.Single(session => session.ClientId == "kicked").Connection is null);
        var away = (await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients/{key}"))["client"]!;
        Assert.Equal("away", away.Text("state"));
        Assert.NotNull(away["expires"]);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/mqtt/clients/{key}/kick", expect: HttpStatusCode.Conflict);
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/mqtt/clients/{key}", expect: HttpStatusCode.NoContent);
        await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients/{key}", HttpStatusCode.NotFound);
        await wanwu.Administrator.ReadAsync("/api/v1/mqtt/clients/nobody", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_session_that_is_ended_takes_its_connection_along()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await RawPeer.DialAsync(wanwu.Server);
        await peer.SendAsync(RawPeer.Connect(device, "ended", expiry: 600));
        await peer.ReadAsync();
        var key = (await wanwu.Administrator.ReadAsync($"/api/v1/mqtt/clients?thing={device.Id}"))["items"]![0]!.Text("key");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/mqtt/clients/{key}", expect: HttpStatusCode.NoContent);
        Assert.Equal(0xE0, (await peer.ReadAsync()).First);
        await peer.ExpectClosedAsync();
        await Until.TrueAsync(() => wanwu.Server.Get<MqttSessions>().All.All(session => session.ClientId != "ended"));
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData(Role.Auditor, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(Role.Operator, HttpStatusCode.OK, HttpStatusCode.NotFound)]
    public async Task Who_may_look_and_who_may_disconnect_is_decided_by_the_rules(string role, HttpStatusCode look, HttpStatusCode kick)
    {
        var client = await wanwu.Server.ClientAsync(role);
        await client.ReadAsync("/api/v1/mqtt/clients", look);
        using var summary = await client.SendAsync(HttpMethod.Get, "/api/v1/mqtt/summary");
        Assert.Equal(look, summary.StatusCode);
        using var answer = await client.SendAsync(HttpMethod.Post, "/api/v1/mqtt/clients/bm9ib2R5/kick");
        Assert.Equal(kick, answer.StatusCode);
    }
}
