using MQTTnet.Formatter;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Nothing acknowledged is lost and nothing is there twice, whenever the process dies.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int EveryFourthAlsoWhileStarting = 4;
    /// <summary>Twenty; <c>./test soak</c> asks for more.</summary>
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("WANWU_KILLS"), out var kills) && kills > 0 ? kills : 20;
    // Two minutes for twenty on a machine that does nothing else; the bound only keeps a hanging server from holding up the rest.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30 * Kills);

    [Fact]
    public async Task Kills_under_load_lose_nothing_acknowledged_and_double_nothing()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        using var data = new TemporaryFolder();
        string[] doors = [$"--urls=http://127.0.0.1:{Ports.Free()}", $"--Connect:Mqtt:Port={Ports.Free()}"];
        using var bound = new CancellationTokenSource(Bound);
        using var enough = new CancellationTokenSource();

        var server = await ServerProcess.StartAsync(data.Path, doors);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        List<IReporter> reporters;
        using (var api = new Api(server, token)) reporters = await ReportersAsync(api, server.Url);
        var load = Task.WhenAll(reporters.Select(reporter => reporter.RunAsync(enough.Token, bound.Token)));

        for (var kill = 1; kill <= Kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 1_500)), TimeProvider.System, bound.Token);
            Assert.False(load.IsFaulted, load.Exception?.ToString());
            await server.DisposeAsync();
            if (kill % EveryFourthAlsoWhileStarting == 0) await ServerProcess.StartAndKillAsync(data.Path, TimeSpan.FromMilliseconds(random.Next(100, 2_000)), doors);
            server = await ServerProcess.StartAsync(data.Path, doors);
            output.WriteLine($"kill {kill}: ready again in {server.StartedIn.TotalSeconds:0.0} s, acknowledged so far {reporters.Sum(reporter => reporter.Acknowledged.Count)}");
        }
        await enough.CancelAsync();
        await load;

        long rows = 0;
        using (var api = new Api(server, token))
        {
            foreach (var reporter in reporters) rows += await StoredReports.AssertKeptAsync(api, reporter);
            await StoredReports.AssertAccountAsync(api, rows);
            output.WriteLine($"{rows} observations stored; {await api.AccountAsync()}");
        }
        Assert.Equal(reporters.Sum(reporter => reporter.Published), rows);
        Assert.Contains(reporters.OfType<MqttReporter>(), reporter => reporter.SentAgain > 0);
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
    }

    private static async Task<List<IReporter>> ReportersAsync(Api api, Uri url)
    {
        var reporters = new List<IReporter>();
        for (var i = 0; i < 4; i++) reporters.Add(await MqttAsync(api, $"Untimed {i}", MqttProtocolVersion.V311, timed: false));
        for (var i = 0; i < 2; i++) reporters.Add(await MqttAsync(api, $"Timed {i}", MqttProtocolVersion.V311, timed: true));
        for (var i = 0; i < 2; i++) reporters.Add(await MqttAsync(api, $"Timed, MQTT 5 {i}", MqttProtocolVersion.V500, timed: true));
        for (var i = 0; i < 2; i++) reporters.Add(new HttpReporter(url, api.Token, await api.CreateThingAsync($"Over HTTP {i}")));
        return reporters;
    }

    private static async Task<IReporter> MqttAsync(Api api, string name, MqttProtocolVersion version, bool timed)
    {
        var thing = await api.CreateThingAsync(name);
        return new MqttReporter(api.Door(version).SignIn(thing) with { LongestPause = TimeSpan.FromMilliseconds(200) }, thing, timed);
    }
}
