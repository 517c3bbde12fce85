using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Somebody's data is erased while the process is killed again and again: orders that were acknowledged are carried out, and nothing else goes.</summary>
public sealed class ErasureKillTests(ITestOutputHelper output)
{
    private const int Kills = 3, Reports = 400;
    private static readonly string[] Settings = ["--Telemetry:Cold:CloseAfterHours=0", "--Telemetry:Log:SegmentMegabytes=1"];
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Orders_that_were_acknowledged_are_carried_out_and_nothing_else_goes()
    {
        using var data = new TemporaryFolder();
        using var bound = new CancellationTokenSource(Bound);
        var name = $"name-{Guid.NewGuid():N}";
        var server = await ServerProcess.StartAsync(data.Path, Settings);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        List<string> subjects = [];
        List<string> orders = [];
        string neighbour;
        List<SeriesItem> before;
        using (var api = new Api(server, token))
        {
            for (var i = 0; i < Kills; i++) subjects.Add((await api.CreateThingAsync($"Worn {i}")).Username);
            neighbour = (await api.CreateThingAsync("Another")).Username;
            // Half of it lies in cold files, half in the hot store; all of it in the log.
            await ReportAsync(api, [.. subjects, neighbour], name, days: 200, bound.Token);
            await SendAsync(api, "/api/v1/compact", new { }, HttpStatusCode.OK, bound.Token);
            await ReportAsync(api, [.. subjects, neighbour], name, days: 0, bound.Token);
            await api.AccountAsync();
            before = await api.SeriesAsync(neighbour, "who");
            Assert.Equal(2 * Reports, before.Count);
            Assert.All(subjects, subject => Assert.NotEmpty(FilesWith(Path.Combine(data.Path, "log"), $"{name} of {subject}")));
        }
        foreach (var subject in subjects)
        {
            using (var api = new Api(server, token))
            {
                orders.Add((await SendAsync(api, "/api/v1/personal-data/erasures", new { thing = subject, properties = "all", reason = "asked for" }, HttpStatusCode.Accepted, bound.Token)).GetProperty("id").GetString()!);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 300)), TimeProvider.System, bound.Token);
                var view = await api.GetAsync($"/api/v1/personal-data/erasures/{orders[^1]}");
                output.WriteLine($"killed when it was {view.GetProperty("state")}, at {view.GetProperty("step")}");
            }
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, Settings);
        }
        using (var api = new Api(server, token))
        {
            foreach (var order in orders)
                while ((await api.GetAsync($"/api/v1/personal-data/erasures/{order}")).GetProperty("state").GetString() is not "done") await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, bound.Token);
            foreach (var subject in subjects)
            {
                Assert.Empty(await api.SeriesAsync(subject, "who"));
                Assert.Equal("{}", (await api.LatestAsync(subject)).GetRawText());
            }
            Assert.Equal(before.Select(Text), (await api.SeriesAsync(neighbour, "who")).Select(Text));
            (await api.AccountAsync()).AssertBalanced();
        }
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        Assert.All(subjects, subject => Assert.Empty(FilesWith(data.Path, $"{name} of {subject}")));
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", "audit", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    private static string Text(SeriesItem item) => $"{item.Time} {item.Value} {item.Quality}";

    private static async Task ReportAsync(Api api, string[] things, string name, int days, CancellationToken stop)
    {
        var from = TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-days);
        foreach (var thing in things)
        {
            foreach (var chunk in Enumerable.Range(1, Reports).Chunk(100))
            {
                var json = new StringBuilder("[").AppendJoin(',', chunk.Select(n => string.Create(CultureInfo.InvariantCulture,
                    $"{{\"t\":\"{from.AddMinutes(-n):yyyy-MM-ddTHH:mm:ss}Z\",\"values\":{{\"who\":\"{name} of {thing}\",\"pulse\":{60 + n % 40}}}}}"))).Append(']');
                using var answer = await api.ReportAsync(thing, json.ToString(), stop);
                answer.EnsureSuccessStatusCode();
            }
        }
    }

    private static async Task<JsonElement> SendAsync(Api api, string path, object body, HttpStatusCode expected, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        using var answer = await api.SendAsync(request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        Assert.True(answer.StatusCode == expected, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Files in which the text stands uncompressed, as it does in the log.</summary>
    private static List<string> FilesWith(string folder, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)];
    }
}
