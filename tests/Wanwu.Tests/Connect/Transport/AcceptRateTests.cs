using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>A storm of connections is let in bit by bit.</summary>
public sealed class AcceptRateTests
{
    [Fact]
    public async Task No_more_are_taken_than_the_rate_allows_and_in_time_all_of_them()
    {
        var clock = new FakeTimeProvider();
        await using var rig = new EchoRig(new TransportOptions { Loops = 1, NewConnectionsPerSecond = 200 }, clock);
        var clients = new List<Socket>();
        // The kernel connects them all; a twentieth of a second's worth is taken at once.
        for (var i = 0; i < 100; i++) clients.Add(await rig.DialAsync());
        for (var i = 0; i < 10; i++) await rig.NextAsync();
        await clients[0].EchoAsync(EchoRig.Frame("a turn has passed"u8));
        Assert.Equal(10, rig.Listener.Count);

        clock.Advance(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 4; i++) await rig.NextAsync();
        await clients[0].EchoAsync(EchoRig.Frame("another turn"u8));
        Assert.Equal(14, rig.Listener.Count);

        await Until.TrueAsync(() => rig.Listener.Count == 100, () => clock.Advance(TimeSpan.FromMilliseconds(10)));
        await Task.WhenAll(clients.Select(client => client.EchoAsync(EchoRig.Frame("hello"u8))));
        foreach (var client in clients) client.Dispose();
    }
}
