using System.Net.Sockets;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>Peers that take too little or give too much.</summary>
public sealed class PressureTests
{
    [Fact]
    public async Task A_slow_reader_gets_everything_and_holds_up_nobody()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 1 });
        using var slow = await rig.DialAsync();
        await slow.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
        using var other = await rig.DialAsync();
        for (var i = 0; i < 100; i++) await other.EchoAsync(EchoRig.Frame(100));

        var heard = 0;
        while (heard < EchoProtocol.FloodBytes) heard += (await slow.HearAsync(Math.Min(100_000, EchoProtocol.FloodBytes - heard))).Length;
        await slow.EchoAsync(EchoRig.Frame("still there"u8));
    }

    [Fact]
    public async Task What_is_said_while_a_peer_takes_nothing_follows_in_order()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
            await server.SeenAsync(5);
            for (var i = 0; i < 50; i++)
            {
                server.Say(EchoRig.Frame(BitConverter.GetBytes(i)));
                server.Connection.Kick();
            }
            await client.HearAsync(EchoProtocol.FloodBytes);
            for (var i = 0; i < 50; i++) Assert.Equal(EchoRig.Frame(BitConverter.GetBytes(i)), await client.HearAsync(8));
        }
    }

    [Fact]
    public async Task A_peer_that_does_not_take_its_answers_is_not_read_from()
    {
        await using var rig = new EchoRig();
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood]));
            await server.SeenAsync(5);
            server.Say(new byte[EchoProtocol.RoomBytes]);
            // The kick is obeyed before the frame that is sent after it is read, if it were read.
            server.Connection.Kick();
            await client.SayAsync(EchoRig.Frame("not yet"u8));
            using var other = await rig.DialAsync();
            await other.EchoAsync(EchoRig.Frame("a turn has passed"u8));
            Assert.Equal(5, server.Received);

            await client.HearAsync(EchoProtocol.FloodBytes + EchoProtocol.RoomBytes);
            Assert.Equal(EchoRig.Frame("not yet"u8), await client.HearAsync(11));
        }
    }

    [Fact]
    public async Task A_flooding_peer_gets_one_turn_before_the_others_get_theirs()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 1 });
        var (small, smallServer) = await rig.ConnectAsync();
        var (flood, floodServer) = await rig.ConnectAsync();
        using var _ = small;
        using var __ = flood;
        var frame = EchoRig.Frame("please"u8);
        int asked = 0, between = 0, worst = 0;
        var waits = false;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // On the loop: while the flood is being read, somebody else says something, and it is counted how many more reads the flood gets first.
        rig.OnReceive = (protocol, _) =>
        {
            if (ReferenceEquals(protocol, smallServer))
            {
                (worst, waits) = (Math.Max(worst, between), false);
                if (asked == 20) answered.TrySetResult();
            }
            else if (waits) between++;
            else if (ReferenceEquals(protocol, floodServer) && asked < 20)
            {
                (between, waits, asked) = (0, true, asked + 1);
                small.Send(frame);
            }
        };
        var stop = new CancellationTokenSource();
        var flooding = FloodAsync(flood, stop.Token);
        await answered.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        flood.Dispose();
        await flooding;
        Assert.InRange(worst, 0, 2);
    }

    private static async Task FloodAsync(Socket socket, CancellationToken stop)
    {
        var frames = new byte[1024 * 1024];
        var back = new byte[1024 * 1024];
        for (var i = 0; i < frames.Length; i += 1024) EchoRig.Frame(1020).CopyTo(frames, i);
        var reading = Task.Run(async () =>
        {
            try
            {
                while (await socket.ReceiveAsync(back) > 0) ;
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
            }
        }, CancellationToken.None);
        try
        {
            while (!stop.IsCancellationRequested) await socket.SendAsync(frames, stop);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        await reading;
    }
}
