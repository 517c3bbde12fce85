using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect.Operations;

public sealed class SysTopicsTests
{
    private static async Task<Device> TokenAsync(WanwuServer server, string role) =>
        new("token", (await server.Get<AccessTokens>().CreateAsync($"sys {role}", role, null, TestContext.Current.CancellationToken)).Token);

    private static async Task<Dictionary<string, string>> ReadAsync(RawPeer peer, string until, string? isNot = null)
    {
        var read = new Dictionary<string, string>();
        while (!read.TryGetValue(until, out var text) || text == isNot)
        {
            var (first, body) = await peer.ReadAsync();
            if (first >> 4 != 3) continue;
            var length = body[0] << 8 | body[1];
            read[Encoding.UTF8.GetString(body, 2, length)] = Encoding.UTF8.GetString(body, 2 + length + 1, body.Length - length - 3);
        }
        return read;
    }

    [Fact]
    public async Task An_operator_gets_the_figures_at_once_and_again_when_they_change()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-05-01T00:00:00Z", CultureInfo.InvariantCulture));
        await using var server = await WanwuServer.StartAsync(clock: clock);
        await using var peer = await RawPeer.OpenAsync(server, await TokenAsync(server, Role.Operator), "watcher");
        await peer.SendAsync(RawPeer.Subscribe("$SYS/broker/+", 1));
        var first = await ReadAsync(peer, "$SYS/broker/uptime");
        Assert.Equal("0 seconds", first["$SYS/broker/uptime"]);
        await peer.SendAsync(RawPeer.Subscribe("$SYS/broker/version", 0));
        Assert.StartsWith("wanwu version ", (await ReadAsync(peer, "$SYS/broker/version"))["$SYS/broker/version"], StringComparison.Ordinal);

        await peer.SendAsync(RawPeer.Subscribe("$SYS/#", 1));
        await ReadAsync(peer, "$SYS/broker/clients/maximum");
        clock.Advance(TimeSpan.FromSeconds(10));
        var later = await ReadAsync(peer, "$SYS/broker/load/connections/15min", isNot: "0.00");
        Assert.Equal(("10 seconds", "1", "3"), (later["$SYS/broker/uptime"], later["$SYS/broker/clients/connected"], later["$SYS/broker/subscriptions/count"]));
        Assert.True(double.Parse(later["$SYS/broker/load/connections/1min"], CultureInfo.InvariantCulture) is > 0.9 and < 1);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Planner)]
    public async Task Who_may_not_see_who_is_connected_gets_no_figures(string role)
    {
        await using var server = await WanwuServer.StartAsync();
        await using var peer = await RawPeer.OpenAsync(server, await TokenAsync(server, role), "watcher");
        await peer.SendAsync(RawPeer.Subscribe("$SYS/#", 0));
        Assert.Equal(0x87, (await peer.ReadAsync()).Body[^1]);
    }

    [Fact]
    public void A_load_nears_what_happens_in_a_minute_and_forgets_it_again()
    {
        var load = new LoadAverage();
        for (var i = 1; i <= 600; i++) load.Note(i * 10, TimeSpan.FromSeconds(10));
        Assert.All(load.PerMinute, perMinute => Assert.InRange(perMinute, 58, 60));
        for (var i = 0; i < 6; i++) load.Note(6000, TimeSpan.FromSeconds(10));
        Assert.InRange(load.PerMinute[0], 60 / Math.E - 1, 60 / Math.E + 1);
        Assert.True(load.PerMinute[2] > 50);
    }
}
