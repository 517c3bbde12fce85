using System.Net.Sockets;
using Wanwu.EndToEnd.Crash;

namespace Wanwu.EndToEnd.Intake;

/// <summary>Peers that send rubbish, stop in the middle, never read, or come and go: whoever behaves does not notice.</summary>
[Collection(nameof(OneAtATime))]
public sealed class RoughPeersTests(ITestOutputHelper output)
{
    private const int PeersOfAKind = 30;

    [Fact]
    public async Task Rough_peers_do_not_disturb_a_device_that_behaves()
    {
        await using var zone = await Zone.OpenAsync("--Connect:Mqtt:ConnectTimeoutSeconds=2");
        var stop = TestContext.Current.CancellationToken;
        var thing = await zone.Api.CreateThingAsync("Good neighbour");
        var reporter = new MqttReporter(zone.Api.Door().SignIn(thing), thing, timed: true);
        using var enough = new CancellationTokenSource();
        var traffic = reporter.RunAsync(enough.Token, stop);

        var random = new Random(1);
        var peers = new List<Socket>();
        for (var i = 0; i < PeersOfAKind; i++)
        {
            peers.Add(await SendAsync(zone, Garbage(random)));
            peers.Add(await SendAsync(zone, []));                                       // connects and is silent
            peers.Add(await SendAsync(zone, [0x10, 0x7F, 0x00, 0x04, (byte)'M']));       // stops inside CONNECT
            peers.Add(await SendAsync(zone, [0x10, 0xFF, 0xFF, 0xFF, 0x7F]));            // promises 256 MB
            peers.Add(await SendAsync(zone, [0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]));      // no length at all
            peers.Add(await SendAsync(zone, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()));
            (await SendAsync(zone, Garbage(random))).Close(0);                          // reset at once
        }
        // A peer that has not said who it is within the time allowed is closed.
        foreach (var peer in peers) await AssertClosedAsync(peer, stop);

        var before = reporter.Acknowledged.Count;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (reporter.Acknowledged.Count < before + 500) await timer.WaitForNextTickAsync(stop);
        await enough.CancelAsync();
        await traffic;
        Assert.Empty(reporter.Troubles);
        Assert.Equal(reporter.Published, await StoredReports.AssertKeptAsync(zone.Api, reporter));
        output.WriteLine($"{reporter.Published} reports, {zone.Server.ResidentBytes() >> 20} MB resident");
        Assert.InRange(zone.Server.ResidentBytes(), 1, 600L << 20);
    }

    [Fact]
    public async Task Listener_that_never_reads_does_not_hold_up_the_reporter()
    {
        await using var zone = await Zone.OpenAsync();
        var stop = TestContext.Current.CancellationToken;
        var thing = await zone.Api.CreateThingAsync("Talkative");
        using var deaf = await SendAsync(zone, [.. Connect("deaf", "token", zone.Token), .. Subscribe("v1/things/+/observations/#")]);
        var reporter = new MqttReporter(zone.Api.Door().SignIn(thing) with { Window = 500 }, thing, timed: true);
        using var enough = new CancellationTokenSource();
        var traffic = reporter.RunAsync(enough.Token, stop);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (reporter.Acknowledged.Count < 10_000) await timer.WaitForNextTickAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(60), stop);
        await enough.CancelAsync();
        await traffic;
        Assert.Empty(reporter.Troubles);
        Assert.Equal(reporter.Published, await StoredReports.AssertKeptAsync(zone.Api, reporter));
        Assert.InRange(zone.Server.ResidentBytes(), 1, 600L << 20);
    }

    private static byte[] Garbage(Random random)
    {
        var bytes = new byte[random.Next(1, 4_096)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<Socket> SendAsync(Zone zone, byte[] bytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(zone.Server.MqttHost, zone.Server.MqttPort);
        if (bytes.Length > 0) await socket.SendAsync(bytes);
        return socket;
    }

    private static async Task AssertClosedAsync(Socket peer, CancellationToken stop)
    {
        using (peer)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(TimeSpan.FromSeconds(15));
            var buffer = new byte[1_024];
            try
            {
                while (await peer.ReceiveAsync(buffer, limit.Token) > 0) { }
            }
            catch (SocketException)
            {
                // Reset: closed as well.
            }
        }
    }

    private static byte[] Connect(string clientId, string user, string password)
    {
        byte[] body = [.. Text("MQTT"), 4, 0b1100_0010, 0, 60, .. Text(clientId), .. Text(user), .. Text(password)];
        return [0x10, (byte)((body.Length & 0x7F) | 0x80), (byte)(body.Length >> 7), .. body];
    }

    private static byte[] Subscribe(string filter)
    {
        byte[] body = [0, 1, .. Text(filter), 0];
        return [0x82, (byte)body.Length, .. body];
    }

    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. System.Text.Encoding.UTF8.GetBytes(text)];
}
