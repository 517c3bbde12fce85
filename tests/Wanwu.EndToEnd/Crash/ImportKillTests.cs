using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>An import goes on by itself after every kill, where it was: nothing is missing and nothing comes twice, while devices report.</summary>
public sealed class ImportKillTests(ITestOutputHelper output)
{
    private const int Lines = 200_000, Kills = 4;
    private static readonly DateTimeOffset Base = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_import_that_is_killed_again_and_again_ends_with_every_line_once()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        using var data = new TemporaryFolder();
        var server = await ServerProcess.StartAsync(data.Path);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        string imported, live, id;
        using (var api = new Api(server, token))
        {
            imported = (await api.CreateThingAsync("Archive")).Username;
            live = (await api.CreateThingAsync("Live")).Username;
            id = (await SendAsync(api, HttpMethod.Post, "/api/v1/imports?name=archive.csv", new StringContent(Table(), Encoding.UTF8, "text/csv"))).GetProperty("id").GetString()!;
            await SendAsync(api, HttpMethod.Post, $"/api/v1/imports/{id}/start", JsonContent.Create(new
            {
                thing = imported, time = new[] { "time" }, columns = new[] { new { column = "a", property = "a" }, new { column = "b", property = "b" } },
            }));
        }
        var reports = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var api = new Api(server, token))
            {
                (await api.ReportAsync(live, $$"""{"count":{{reports++}}}""", Stop)).EnsureSuccessStatusCode();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 150)), TimeProvider.System, Stop);
                output.WriteLine($"killed at line {(await api.GetAsync($"/api/v1/imports/{id}")).GetProperty("progress").GetProperty("line")}");
                await server.KillAsync();
            }
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path);
        }
        using (var api = new Api(server, token))
        {
            var ended = await EndAsync(api, id);
            Assert.Equal(("done", Lines, 2 * Lines - 1, 1), (ended.GetProperty("state").GetString(), Of(ended, "rows"), Of(ended, "accepted"), Of(ended, "refused")));
            var account = (await api.AccountAsync()).Protocols["import"];
            Assert.Equal((2 * Lines, 2 * Lines - 1, 0, 1), (account.Received, account.Stored, account.Repeated, account.Refused));
            Assert.Equal(Enumerable.Range(0, Lines), (await api.SeriesAsync(imported, "a")).Select(item => item.Value.GetInt32()));
            Assert.Equal(reports, (await api.SeriesAsync(live, "count")).Count);
        }
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    private static int Of(JsonElement import, string count) => import.GetProperty("progress").GetProperty(count).GetInt32();

    private static string Table()
    {
        var table = new StringBuilder("time,a,b\n");
        for (var i = 0; i < Lines; i++)
            table.Append(CultureInfo.InvariantCulture, $"{Base.AddSeconds(i):yyyy-MM-dd'T'HH:mm:ss'Z'},{i},{(i == 150_000 ? new string('x', 9_000) : (i / 8.0).ToString(CultureInfo.InvariantCulture))}\n");
        return table.ToString();
    }

    private static async Task<JsonElement> EndAsync(Api api, string id)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync(Stop))
        {
            var view = await api.GetAsync($"/api/v1/imports/{id}");
            if (view.GetProperty("state").GetString() is not ("waiting" or "running")) return view;
        }
        throw new InvalidOperationException("The timer ended.");
    }

    private static async Task<JsonElement> SendAsync(Api api, HttpMethod method, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await api.SendAsync(request, Stop);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }
}
