namespace Wanwu.Tests.Connect.Transport;

/// <summary>A connection that waits for something off its loop.</summary>
public sealed class WaitTests
{
    private static readonly byte[] Ask = EchoRig.Frame([EchoProtocol.Wait]), Hello = EchoRig.Frame("hello"u8);
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _stop;

    private async ValueTask<bool> WaitAsync(EchoProtocol protocol, CancellationToken stop)
    {
        _stop = stop;
        _waits.TrySetResult();
        return await _answer.Task.WaitAsync(stop);
    }

    [Fact]
    public async Task Nothing_is_handled_until_the_wait_is_over_and_then_everything_in_order()
    {
        await using var rig = new EchoRig { OnWait = WaitAsync };
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync((byte[])[.. Ask, .. Hello]);
            await client.SayAsync(Hello);
            await _waits.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            Assert.Equal(Ask, await client.HearAsync(Ask.Length));
            using var other = await rig.DialAsync();
            await other.EchoAsync(Hello);
            Assert.Equal(Ask.Length, server.Received);
            _answer.SetResult(true);
            Assert.Equal((byte[])[.. Hello, .. Hello], await client.HearAsync(2 * Hello.Length));
        }
    }

    [Fact]
    public async Task A_wait_that_ends_badly_closes_the_connection_after_its_last_words()
    {
        await using var rig = new EchoRig { OnWait = WaitAsync };
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync((byte[])[.. Ask, .. Hello]);
            await _waits.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            server.Say("no"u8);
            _answer.SetResult(false);
            Assert.Equal((byte[])[.. Ask, .. "no"u8], await client.HearAsync(Ask.Length + 2));
            Assert.True(await client.IsClosedAsync());
            Assert.Equal(Ask.Length, server.Received);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Closing_ends_the_wait_first_and_the_connection_then(bool abort)
    {
        await using var rig = new EchoRig { OnWait = WaitAsync };
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(Ask);
            await _waits.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            var endedFirst = false;
            await using var registration = _stop.UnsafeRegister(_ => endedFirst = server.Ended.Task.IsCompleted, null);
            if (abort) server.Connection.Abort();
            else server.Connection.Close();
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            Assert.True(_stop.IsCancellationRequested);
            Assert.False(endedFirst);
            Assert.Equal(1, server.Ends);
        }
        await Until.TrueAsync(() => rig.Listener.Count == 0);
    }

    [Fact]
    public async Task What_was_sent_before_the_peer_closed_is_handled_after_the_wait()
    {
        await using var rig = new EchoRig { OnWait = WaitAsync };
        var (client, server) = await rig.ConnectAsync();
        await client.SayAsync((byte[])[.. Ask, .. Hello]);
        await _waits.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        await client.SayAsync(Hello);
        client.Dispose();
        _answer.SetResult(true);
        await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Ask.Length + 2 * Hello.Length, server.Received);
    }

    [Fact]
    public async Task A_wait_that_throws_is_logged_and_ends_its_connection()
    {
        await using var rig = new EchoRig { OnWait = (_, _) => throw new InvalidDataException("asked for") };
        var (client, server) = await rig.ConnectAsync();
        using (client)
        {
            await client.SayAsync(Ask);
            await server.Ended.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
        Assert.Single(rig.Log.Lines, line => line.Level == Microsoft.Extensions.Logging.LogLevel.Error);
    }
}
