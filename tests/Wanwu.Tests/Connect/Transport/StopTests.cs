using System.Net.Sockets;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>The listener stops: nobody is let in, everybody is let out, the threads end.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Under_load_everybody_gets_whole_answers_and_then_the_end()
    {
        var rig = new EchoRig(new TransportOptions { Loops = 2, NewConnectionsPerSecond = 1_000_000 });
        var begun = new SemaphoreSlim(0);
        var clients = Enumerable.Range(0, 200).Select(_ => EchoUntilClosedAsync(rig, begun)).ToList();
        for (var i = 0; i < clients.Count; i++) await begun.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);

        await rig.Listener.StopAsync(CancellationToken.None).WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        await Task.WhenAll(clients).WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, rig.Listener.Count);
        Assert.All(rig.Listener.Ended, loop => Assert.True(loop.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<SocketException>(() => rig.DialAsync());
    }

    private static async Task EchoUntilClosedAsync(EchoRig rig, SemaphoreSlim begun)
    {
        using var client = await rig.DialAsync();
        var frame = EchoRig.Frame(300);
        for (var echoes = 0; ; echoes++)
        {
            try
            {
                await client.SayAsync(frame);
            }
            // It has been closed, and so late that the answer to this one cannot come.
            catch (SocketException)
            {
                return;
            }
            var heard = await HearOrResetAsync(client, frame.Length);
            if (heard.Length == 0) return;
            Assert.Equal(frame, heard);
            if (echoes == 3) begun.Release();
        }
    }

    /// <summary>What is sent after the server has closed is answered by a reset.</summary>
    private static async Task<byte[]> HearOrResetAsync(Socket client, int count)
    {
        try
        {
            return await client.HearAsync(count);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    [Fact]
    public async Task Past_its_limit_peers_that_take_nothing_are_reset()
    {
        var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
            await server.SeenAsync(5);
            using var limit = new CancellationTokenSource();
            var stopping = rig.Listener.StopAsync(limit.Token);
            await Until.TrueAsync(() => !Accepts(rig));
            Assert.False(stopping.IsCompleted);
            await limit.CancelAsync();
            await stopping.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            Assert.Equal(1, server.Ends);
        }
    }

    private static bool Accepts(EchoRig rig)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(rig.Endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [Fact]
    public async Task A_connection_that_waits_is_waited_for()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rig = new EchoRig
        {
            OnWait = async (_, stop) =>
            {
                waits.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                return true;
            },
        };
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(EchoRig.Frame([EchoProtocol.Wait]));
            await waits.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            using var limit = new CancellationTokenSource();
            var stopping = rig.Listener.StopAsync(limit.Token);
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            await limit.CancelAsync();
            await stopping.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Threads_carry_the_listeners_name()
    {
        var rig = new EchoRig(new TransportOptions { Loops = 3 });
        Assert.Contains("echo-loop-2", Threads());
        await rig.DisposeAsync();
        Assert.All(rig.Listener.Ended, loop => Assert.True(loop.IsCompletedSuccessfully));
    }

    private static IEnumerable<string> Threads() =>
        Directory.EnumerateDirectories("/proc/self/task").Select(task => File.Exists(task + "/comm") ? File.ReadAllText(task + "/comm").Trim() : "");
}
