using System.Globalization;
using System.Net.Http.Json;
using System.Text;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Observations expire while the process is killed again and again: what is kept and what is held stays, what has expired goes and does not come back.</summary>
public sealed class ExpiryKillTests(ITestOutputHelper output)
{
    private const int Kills = 4, Days = 120, KeptDays = 60;
    private static readonly string[] Settings = ["--Telemetry:Cold:CloseAfterHours=0", "--Telemetry:Cold:ThousandRowsPerFile=1", "--Telemetry:Retention:GraceHours=0"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_while_data_expire_keeps_what_is_kept_and_held_and_balances()
    {
        using var data = new TemporaryFolder();
        var today = TimeProvider.System.GetUtcNow().UtcDateTime.Date;
        var server = await ServerProcess.StartAsync(data.Path, Settings);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        string free, held;
        using (var api = new Api(server, token))
        {
            (free, held) = ((await api.CreateThingAsync("Logger")).Username, (await api.CreateThingAsync("Evidence")).Username);
            foreach (var thing in new[] { free, held }) await ReportAsync(api, thing, today);
            Assert.True(await SendAsync(api, HttpMethod.Post, "/api/v1/compact"));
            Assert.True(await SendAsync(api, HttpMethod.Post, "/api/v1/retention/holds", new { reason = "case", things = new[] { held } }));
            Assert.True(await SendAsync(api, HttpMethod.Put, "/api/v1/retention/policies/default", new { coldFor = $"P{KeptDays}D" }));
        }
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var api = new Api(server, token))
            {
                var compaction = SendAsync(api, HttpMethod.Post, "/api/v1/compact");
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 700)), TimeProvider.System, Stop);
                await server.KillAsync();
                output.WriteLine($"kill {kill}: {await compaction}");
            }
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, Settings);
            using (var api = new Api(server, token)) await SeeAsync(api, free, held, today, isDone: false);
        }
        using (var api = new Api(server, token))
        {
            Assert.True(await SendAsync(api, HttpMethod.Post, "/api/v1/compact"));
            await SeeAsync(api, free, held, today, isDone: true);
        }
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    /// <summary>Four observations a day.</summary>
    private static async Task ReportAsync(Api api, string thing, DateTime today)
    {
        var times = Enumerable.Range(1, Days * 4).Select(n => today.AddHours(-6 * n)).Chunk(100);
        foreach (var chunk in times)
        {
            var json = new StringBuilder("[").AppendJoin(',', chunk.Select(time => string.Create(CultureInfo.InvariantCulture, $"{{\"t\":\"{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\",\"values\":{{\"level\":1}}}}"))).Append(']');
            using var answer = await api.ReportAsync(thing, json.ToString(), Stop);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <returns>Whether the server answered; one that was killed does not.</returns>
    private static async Task<bool> SendAsync(Api api, HttpMethod method, string path, object? body = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = JsonContent.Create(body);
            using var answer = await api.SendAsync(request, Stop);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task SeeAsync(Api api, string free, string held, DateTime today, bool isDone)
    {
        Assert.Equal(Days * 4, (await api.SeriesAsync(held, "level")).Count);
        var left = await api.SeriesAsync(free, "level");
        var kept = left.Count(item => DateTimeOffset.Parse(item.Time, CultureInfo.InvariantCulture) >= today.AddDays(-KeptDays));
        Assert.Equal(KeptDays * 4, kept);
        if (isDone) Assert.InRange(left.Count, kept, Days * 4 - 1);
        var account = await api.AccountAsync();
        account.AssertBalanced();
        Assert.Equal(2 * Days * 4, account.Stored);
        Assert.Equal(account.Stored, Days * 4 + left.Count + (await api.GetAsync("/api/v1/account")).GetProperty("expired").GetInt64());
        Assert.Equal(1, (await api.LatestAsync(free)).GetProperty("level").GetProperty("value").GetInt32());
    }
}
