using MQTTnet.Formatter;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Clients with sessions that outlive their connections speak with each other while the server is killed again and again.</summary>
public sealed class SessionKillTests(ITestOutputHelper output)
{
    /// <summary>Ten; <c>./test soak</c> asks for more.</summary>
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("WANWU_KILLS"), out var kills) && kills > 0 ? kills : 10;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60 + 30 * Kills);

    [Fact]
    public async Task Kills_under_load_lose_no_message_between_clients_and_double_none_of_QoS_2()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        using var data = new TemporaryFolder();
        var port = Ports.Free();
        string[] doors = [$"--urls=http://127.0.0.1:{Ports.Free()}", $"--Connect:Mqtt:Port={port}", "--Connect:Mqtt:AllowAnonymous=true",
            "--Connect:Mqtt:MaxQueuedMessages=1000000", "--Connect:Mqtt:MaxQueuedKilobytes=1048576", "--Telemetry:Log:SegmentMegabytes=1"];
        using var bound = new CancellationTokenSource(Bound);
        using var enough = new CancellationTokenSource();

        SurvivingClient[] hearers = [new(port, "hearer") { Filter = "k/#" }, new(port, "now and then") { Filter = "k/#", Absence = TimeSpan.FromSeconds(1) }];
        SurvivingClient[] senders = [new(port, "one") { Topic = "k/1", Qos = 1 }, new(port, "two") { Topic = "k/2", Qos = 2 }, new(port, "too") { Topic = "k/too", Qos = 2 }];
        var server = await ServerProcess.StartAsync(data.Path, doors);
        var listening = Task.WhenAll(hearers.Select(hearer => hearer.RunAsync(() => enough.IsCancellationRequested && HasAll(hearer, senders), enough.Token, bound.Token)));
        await UntilAsync(() => hearers.All(hearer => hearer.IsSubscribed), bound.Token);
        var sending = Task.WhenAll(senders.Select(sender => sender.RunAsync(() => enough.IsCancellationRequested && sender.Unacknowledged == 0, enough.Token, bound.Token)));

        for (var kill = 1; kill <= Kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1_500)), TimeProvider.System, bound.Token);
            Assert.False(listening.IsFaulted || sending.IsFaulted, $"{listening.Exception} {sending.Exception}");
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, doors);
            output.WriteLine($"kill {kill}: ready again in {server.StartedIn.TotalSeconds:0.0} s; {senders.Sum(sender => sender.Published)} published, {hearers.Sum(hearer => hearer.ReceivedCount)} received");
        }
        await enough.CancelAsync();
        try
        {
            await sending;
            await listening;
        }
        finally
        {
            foreach (var client in senders.Concat(hearers)) output.WriteLine(client.ToString());
            if (!sending.IsCompletedSuccessfully || !listening.IsCompletedSuccessfully) output.WriteLine(server.Said);
        }

        Assert.Equal(0, senders.Concat(hearers).Sum(client => client.Forgotten));
        foreach (var hearer in hearers)
        {
            foreach (var sender in senders)
            {
                var numbers = hearer.Received[sender.Topic!];
                Assert.Equal(sender.Published, numbers.Distinct().Count());
                if (sender.Qos == 2) Assert.Equal(Enumerable.Range(1, (int)sender.Published).Select(n => (long)n), numbers);
            }
        }
        Assert.Contains(senders, sender => sender.SentAgain > 0);
        output.WriteLine($"{senders.Sum(sender => sender.Published)} published, {senders.Sum(sender => sender.SentAgain)} sent again, {hearers.Sum(hearer => hearer.ReceivedCount)} received");
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Kills_under_load_keep_no_acknowledged_observation_from_a_subscriber_whose_session_survives()
    {
        var random = new Random();
        using var data = new TemporaryFolder();
        var port = Ports.Free();
        string[] doors = [$"--urls=http://127.0.0.1:{Ports.Free()}", $"--Connect:Mqtt:Port={port}", "--Connect:Mqtt:MaxQueuedMessages=1000000", "--Connect:Mqtt:MaxQueuedKilobytes=1048576"];
        using var bound = new CancellationTokenSource(Bound);
        using var enough = new CancellationTokenSource();
        var server = await ServerProcess.StartAsync(data.Path, doors);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        using var api = new Api(server, token);
        var thing = await api.CreateThingAsync("Watched");
        var reporter = new MqttReporter(api.Door(MqttProtocolVersion.V311).SignIn(thing) with { LongestPause = TimeSpan.FromMilliseconds(200) }, thing, timed: true);
        var topic = $"v1/things/{thing.Id}/observations/{NumberedReport.Property}";
        SurvivingClient[] hearers = [new(port, "hearer") { Filter = topic, Token = token }, new(port, "now and then") { Filter = topic, Token = token, Absence = TimeSpan.FromSeconds(1) }];
        var reports = Task.CompletedTask;
        var listening = Task.WhenAll(hearers.Select(hearer => hearer.RunAsync(() => enough.IsCancellationRequested && reports.IsCompleted && HasAll(hearer, topic, reporter.Published), enough.Token, bound.Token)));
        await UntilAsync(() => hearers.All(hearer => hearer.IsSubscribed), bound.Token);
        reports = reporter.RunAsync(enough.Token, bound.Token);
        for (var kill = 1; kill <= Kills / 2; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1_500)), TimeProvider.System, bound.Token);
            Assert.False(listening.IsFaulted || reports.IsFaulted, $"{listening.Exception} {reports.Exception}");
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, doors);
        }
        await enough.CancelAsync();
        try
        {
            await reports;
            await listening;
        }
        finally
        {
            output.WriteLine($"{reporter.Published} reported");
            foreach (var hearer in hearers) output.WriteLine(hearer.ToString());
        }
        foreach (var hearer in hearers) Assert.Equal(Enumerable.Range(1, (int)reporter.Published).Select(n => (long)n), hearer.Received[topic].Distinct().Order());
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
    }

    private static bool HasAll(SurvivingClient hearer, string topic, long published) => hearer.Received.TryGetValue(topic, out var numbers) && numbers.Distinct().Count() == published;

    private static bool HasAll(SurvivingClient hearer, SurvivingClient[] senders) =>
        senders.All(sender => sender.Unacknowledged == 0 && hearer.Received.TryGetValue(sender.Topic!, out var numbers) && numbers.Distinct().Count() == sender.Published);

    private static async Task UntilAsync(Func<bool> happened, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!happened()) await timer.WaitForNextTickAsync(stop);
    }
}
