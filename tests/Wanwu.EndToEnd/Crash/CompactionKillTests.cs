using System.Globalization;
using System.Text;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Observations become cold while the process is killed again and again: each stays where it can be found, once, with its last value.</summary>
public sealed class CompactionKillTests(ITestOutputHelper output)
{
    private const int Kills = 4, PerRound = 400;
    private static readonly string[] Settings = ["--Telemetry:Cold:CloseAfterHours=0", "--Telemetry:Cold:ThousandRowsPerFile=1"];
    private static readonly DateTimeOffset Base = new(2025, 10, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_while_it_compacts_loses_nothing_doubles_nothing_and_keeps_corrections()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        using var data = new TemporaryFolder();
        var expected = new SortedDictionary<DateTimeOffset, int>();
        var server = await ServerProcess.StartAsync(data.Path, Settings);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        string thing;
        using (var api = new Api(server, token)) thing = (await api.CreateThingAsync("Logger")).Username;
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var api = new Api(server, token))
            {
                await ReportAsync(api, thing, Some(random, expected, PerRound));
                var compaction = CompactAsync(api);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 1_500)), TimeProvider.System, Stop);
                await ReportAsync(api, thing, Some(random, expected, 50));
                await server.KillAsync();
                await compaction;
            }
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, Settings);
            using (var api = new Api(server, token)) await AssertKeptAsync(api, thing, expected);
        }
        using (var api = new Api(server, token))
        {
            Assert.True(await CompactAsync(api));
            await AssertKeptAsync(api, thing, expected);
            var tiers = await api.GetAsync("/api/v1/tiers");
            Assert.Equal(expected.Count, tiers.GetProperty("cold").GetProperty("rows").GetInt64());
            Assert.Equal(0, tiers.GetProperty("hot").GetProperty("rows").GetInt64());
        }
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    /// <summary>Some new times and some that were there before, over three months.</summary>
    private static List<(DateTimeOffset Time, int Value)> Some(Random random, SortedDictionary<DateTimeOffset, int> expected, int count)
    {
        var reports = new List<(DateTimeOffset, int)>();
        for (var i = 0; i < count; i++)
        {
            var (time, value) = (Base.AddMinutes(random.Next(0, 9_000) * 15), random.Next());
            reports.Add((time, value));
            expected[time] = value;
        }
        return reports;
    }

    private static async Task ReportAsync(Api api, string thing, List<(DateTimeOffset Time, int Value)> reports)
    {
        foreach (var chunk in reports.Chunk(100))
        {
            var json = new StringBuilder("[").AppendJoin(',', chunk.Select(report => string.Create(CultureInfo.InvariantCulture,
                $"{{\"t\":\"{report.Time:yyyy-MM-dd}T{report.Time:HH:mm:ss}Z\",\"values\":{{\"level\":{report.Value}}}}}"))).Append(']');
            using var answer = await api.ReportAsync(thing, json.ToString(), Stop);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <returns>Whether the server answered; one that was killed does not.</returns>
    private static async Task<bool> CompactAsync(Api api)
    {
        try
        {
            using var answer = await api.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/v1/compact"), Stop);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task AssertKeptAsync(Api api, string thing, SortedDictionary<DateTimeOffset, int> expected)
    {
        var items = await api.SeriesAsync(thing, "level");
        Assert.Equal(expected.Select(one => (one.Key, one.Value)), items.Select(item => (DateTimeOffset.Parse(item.Time, CultureInfo.InvariantCulture), item.Value.GetInt32())));
        var account = await api.AccountAsync();
        account.AssertBalanced();
        Assert.Equal(expected.Count, account.Stored);
        Assert.Equal(expected.Last().Value, (await api.LatestAsync(thing)).GetProperty("level").GetProperty("value").GetInt32());
    }
}
