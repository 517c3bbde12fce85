using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>Other threads wake a loop: nothing they say is lost, and nothing they do to a connection that ends does harm.</summary>
public sealed class WakeUpTests
{
    [Fact]
    public async Task What_another_thread_says_is_sent_without_anything_being_received()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            for (var i = 0; i < 2_000; i++)
            {
                server.Say(BitConverter.GetBytes(i));
                server.Connection.Kick();
                Assert.Equal(BitConverter.GetBytes(i), await client.HearAsync(4));
            }
        }
    }

    [Fact]
    public async Task Words_of_many_threads_to_many_connections_all_arrive()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 2, NewConnectionsPerSecond = 1_000_000 });
        const int connections = 50, threads = 4, words = 500;
        var pairs = new List<(Socket Client, EchoProtocol Server)>();
        for (var i = 0; i < connections; i++) pairs.Add(await rig.ConnectAsync());
        var speaking = Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            for (var word = 0; word < words; word++)
            {
                foreach (var (_, server) in pairs)
                {
                    server.Say([1]);
                    server.Connection.Kick();
                }
            }
        }, TestContext.Current.CancellationToken)).ToList();
        // NextAsync gives the servers in order of arrival, which on two loops need not be that of the clients: only the sum is known for each.
        foreach (var (client, _) in pairs)
        {
            Assert.Equal(threads * words, (await client.HearAsync(threads * words)).Length);
            client.Dispose();
        }
        await Task.WhenAll(speaking);
    }

    [Fact]
    public async Task Wishes_race_with_the_end_of_connections()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 2, NewConnectionsPerSecond = 1_000_000 });
        var ended = new List<EchoProtocol>();
        using var stop = new CancellationTokenSource();
        var kicking = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (var server in rig.Connections)
                {
                    server.Say([1, 2, 3]);
                    server.Connection.Kick();
                }
            }
        }, CancellationToken.None)).ToList();
        for (var i = 0; i < 1_500; i++)
        {
            var (client, server) = await rig.ConnectAsync();
            ended.Add(server);
            switch (i % 5)
            {
                case 0: client.Reset(); break;
                case 1: client.Dispose(); break;
                case 2: server.Connection.Close(); client.Dispose(); break;
                case 3: server.Connection.Abort(); client.Dispose(); break;
                default: client.Dispose(); server.Connection.Close(); server.Connection.Abort(); break;
            }
        }
        foreach (var server in ended) await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(kicking);
        foreach (var server in ended) server.Connection.Kick();
        await Until.TrueAsync(() => rig.Listener.Count == 0);
        Assert.All(ended, server => Assert.Equal(1, server.Ends));
        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
    }
}
