using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>How connections end, and that each ends once.</summary>
public sealed class EndTests
{
    private static readonly byte[] Hello = EchoRig.Frame("hello"u8);

    [Fact]
    public async Task A_peer_that_closes_its_side_still_gets_its_answer()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(Hello);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(Hello, await client.HearAsync(Hello.Length));
            Assert.True(await client.IsClosedAsync());
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Everything_a_peer_sent_before_it_closed_is_read()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        var total = 0;
        for (var i = 0; i < 40; i++, total += 50_004) await client.SayAsync(EchoRig.Frame(50_000, EchoProtocol.Silent));
        // Unlike a reset, a close leaves the kernel to deliver what was said.
        client.Dispose();
        await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(total, server.Received);
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_a_write_ends_the_connection_quietly()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
        await client.HearAsync(1000);
        client.Reset();
        await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
        Assert.Equal(1, server.Ends);
    }

    [Fact]
    public async Task The_last_words_arrive_though_the_peer_was_still_sending()
    {
        await using var rig = new EchoRig();
        using var client = await rig.DialAsync();
        // What follows is never read by the protocol; a close that left it in the kernel would become a reset and could destroy the answer.
        byte[] goodbye = EchoRig.Frame([EchoProtocol.Close]);
        await client.SayAsync((byte[])[.. goodbye, .. new byte[200_000]]);
        Assert.Equal(goodbye, await client.HearAsync(goodbye.Length));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_connection_closed_from_another_thread_sends_what_is_ready()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            server.Say(Hello);
            server.Connection.Close();
            Assert.Equal(Hello, await client.HearAsync(Hello.Length));
            Assert.True(await client.IsClosedAsync());
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task An_aborted_connection_is_reset()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            server.Connection.Abort();
            var fault = await Assert.ThrowsAsync<SocketException>(() => client.HearAsync(1));
            Assert.Equal(SocketError.ConnectionReset, fault.SocketErrorCode);
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_peer_that_never_takes_its_last_words_is_given_up_in_the_end()
    {
        var clock = new FakeTimeProvider();
        await using var rig = new EchoRig(new TransportOptions { LastWordsSeconds = 5 }, clock);
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
            await server.SeenAsync(5);
            server.Connection.Close();
            Assert.Equal(1, rig.Listener.Count);
            while (!server.Ended.Task.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                await Task.WhenAny(server.Ended.Task, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
            }
            var heard = 0;
            var fault = await Assert.ThrowsAsync<SocketException>(async () =>
            {
                while (true) heard += (await client.HearAsync(1000)).Length;
            });
            Assert.Equal(SocketError.ConnectionReset, fault.SocketErrorCode);
        }
    }

    [Fact]
    public async Task A_peer_that_does_not_close_after_the_goodbye_is_given_up_in_the_end()
    {
        var clock = new FakeTimeProvider();
        await using var rig = new EchoRig(new TransportOptions { LastWordsSeconds = 5 }, clock);
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.EchoAsync(EchoRig.Frame([EchoProtocol.Close]));
            Assert.True(await client.IsClosedAsync());
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            Assert.Equal(1, rig.Listener.Count);
            await Until.TrueAsync(() => rig.Listener.Count == 0, () => clock.Advance(TimeSpan.FromSeconds(5)));
        }
    }

    [Fact]
    public async Task A_half_open_connection_goes_on()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            // The peer sends nothing and says nothing: only the protocol's own timers may end it.
            using var other = await rig.DialAsync();
            await other.EchoAsync(Hello);
            Assert.False(server.Ended.Task.IsCompleted);
            await client.EchoAsync(Hello);
        }
        await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
    }
}
