using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>Bytes arrive whole and in order, however they come.</summary>
public sealed class EchoTests
{
    [Fact]
    public async Task Thousands_of_connections_get_back_what_they_send()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 3, NewConnectionsPerSecond = 1_000_000 });
        var clients = new List<Socket>();
        for (var i = 0; i < 3_000; i++) clients.Add(await rig.DialAsync());
        for (var round = 0; round < 3; round++)
        {
            var echoes = clients.Select((client, index) => client.EchoAsync(EchoRig.Frame([(byte)'e', .. BitConverter.GetBytes(index * 10 + round)])));
            await Task.WhenAll(echoes);
        }
        Assert.Equal(3_000, rig.Listener.Count);
        foreach (var client in clients) client.Dispose();
        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
    }

    private static readonly byte[] Stream = [.. EchoRig.Frame("a"u8), .. EchoRig.Frame(""u8), .. EchoRig.Frame("hello"u8), .. EchoRig.Frame(40), .. EchoRig.Frame("z"u8)];
    public static TheoryData<int> EveryCut => new(Enumerable.Range(1, Stream.Length - 1));

    [Theory, MemberData(nameof(EveryCut))]
    public async Task A_stream_is_the_same_wherever_the_network_cuts_it(int cut)
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(Stream.AsMemory(0, cut));
            await server.SeenAsync(cut);
            await client.SayAsync(Stream.AsMemory(cut));
            Assert.Equal(Stream, await client.HearAsync(Stream.Length));
        }
    }

    [Fact]
    public async Task A_stream_may_come_byte_by_byte()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            for (var i = 0; i < Stream.Length; i++)
            {
                await client.SayAsync(Stream.AsMemory(i, 1));
                await server.SeenAsync(i + 1);
            }
            Assert.Equal(Stream, await client.HearAsync(Stream.Length));
        }
    }

    [Theory, InlineData(31_000), InlineData(64 * 1024 - 4), InlineData(64 * 1024), InlineData(300_000), InlineData(5_000_000)]
    public async Task A_frame_may_be_larger_than_the_shared_buffer(int length)
    {
        await using var rig = new EchoRig();
        using var client = await rig.DialAsync();
        var frame = new byte[length];
        new Random(length).NextBytes(frame);
        frame[0] = (byte)'e';
        frame = [.. EchoRig.Frame(frame), .. EchoRig.Frame("after"u8)];
        var saying = client.SayAsync(frame);
        Assert.Equal(frame, await client.HearAsync(frame.Length));
        await saying;
    }

    [Fact]
    public async Task A_peer_that_may_have_little_read_at_a_time_is_read_to_the_end()
    {
        await using var rig = new EchoRig { ReadAtMost = 7 };
        using var client = await rig.DialAsync();
        await client.EchoAsync(EchoRig.Frame(2_000));
    }

    [Theory, InlineData("127.0.0.1", "127.0.0.1"), InlineData("::1", "::1"), InlineData("::", "127.0.0.1"), InlineData("::", "::1"), InlineData("0.0.0.0", "127.0.0.1")]
    public async Task Both_protocols_are_spoken_and_the_peer_is_known(string listens, string dials)
    {
        await using var rig = new EchoRig(address: IPAddress.Parse(listens));
        var (client, server) = await rig.ConnectAsync(new IPEndPoint(IPAddress.Parse(dials), rig.Endpoint.Port));
        using (client)
        {
            await client.EchoAsync(EchoRig.Frame("hello"u8));
            Assert.Equal((IPEndPoint)client.LocalEndPoint!, server.Connection.Remote);
        }
    }

    [Fact]
    public async Task A_port_is_free_again_when_its_listener_has_stopped_though_connections_linger()
    {
        int port;
        await using (var first = new EchoRig())
        {
            port = first.Endpoint.Port;
            using var client = await first.DialAsync();
            await client.EchoAsync(EchoRig.Frame([EchoProtocol.Close]));
            Assert.True(await client.IsClosedAsync());
        }
        await using var second = new EchoRig(port: port);
        using var again = await second.DialAsync();
        await again.EchoAsync(EchoRig.Frame("hello"u8));
    }

    [Fact]
    public async Task A_port_in_use_is_refused()
    {
        await using var rig = new EchoRig();
        var fault = Assert.Throws<SocketException>(() => new EchoRig(port: rig.Endpoint.Port));
        Assert.Equal(SocketError.AddressAlreadyInUse, fault.SocketErrorCode);
    }

    [Fact]
    public async Task A_protocol_may_refuse_a_connection()
    {
        await using var rig = new EchoRig { Refuses = true };
        using (var client = await rig.DialAsync()) Assert.True(await client.IsClosedAsync());
        rig.Refuses = false;
        using var next = await rig.DialAsync();
        await next.EchoAsync(EchoRig.Frame("hello"u8));
    }

    [Fact]
    public async Task A_fault_in_one_connection_is_logged_and_reaches_no_other()
    {
        await using var rig = new EchoRig();
        using var other = await rig.DialAsync();
        await other.EchoAsync(EchoRig.Frame("before"u8));
        await rig.NextAsync();
        var (client, server) = await rig.ConnectAsync();
        await client.SayAsync(EchoRig.Frame([EchoProtocol.Fault]));
        await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        await other.EchoAsync(EchoRig.Frame("after"u8));
        Assert.Single(rig.Log.Lines, line => line.Level == LogLevel.Error);
        client.Dispose();
    }
}
