using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Writing cold files needs room. Where there is none nothing moves, nothing is lost, and it is done when there is.</summary>
public sealed class FullDiskCompactionTests
{
    private const int Observations = 20_000;
    private static readonly string[] Settings = ["--Telemetry:Cold:CloseAfterHours=0", "--Telemetry:Cold:ThousandRowsPerFile=4"];
    private static readonly DateTimeOffset Base = new(2025, 10, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_compaction_on_a_full_disk_moves_nothing_loses_nothing_and_is_done_when_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(192);
        string token, thing;
        await using (var server = await ServerProcess.StartAsync(disk.Path, Settings))
        {
            token = await ServerProcess.CreateTokenAsync(disk.Path);
            using var api = new Api(server, token);
            thing = (await api.CreateThingAsync("Logger")).Username;
            for (var first = 0; first < Observations; first += 1_000) await ReportAsync(api, thing, first);
            await AssertKeptAsync(api, thing);

            var ballast = disk.Fill(leaveBytes: 0);
            var (files, _) = await CompactAsync(api);
            Assert.Equal(0, files);
            Assert.Equal(0, await ColdRowsAsync(api));
            await AssertKeptAsync(api, thing);

            File.Delete(ballast);
            (files, var putOff) = await CompactAsync(api);
            Assert.True(files > 1);
            Assert.Equal(0, putOff);
            Assert.Equal(Observations, await ColdRowsAsync(api));
            await AssertKeptAsync(api, thing);
            await server.KillAsync();
        }
        await using (var again = await ServerProcess.StartAsync(disk.Path, Settings))
        {
            using var api = new Api(again, token);
            await AssertKeptAsync(api, thing);
            Assert.Equal(0, await again.StopAsync());
        }
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={disk.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    private static async Task ReportAsync(Api api, string thing, int first)
    {
        var json = new StringBuilder("[").AppendJoin(',', Enumerable.Range(first, 1_000).Select(n => string.Create(CultureInfo.InvariantCulture,
            $"{{\"t\":\"{Base.AddMinutes(n * 5):yyyy-MM-dd'T'HH:mm:ss}Z\",\"values\":{{\"level\":{n}}}}}"))).Append(']');
        using var answer = await api.ReportAsync(thing, json.ToString(), Stop);
        answer.EnsureSuccessStatusCode();
    }

    /// <returns>How many files were written, and how many put off; none and none where the server says that it cannot.</returns>
    private static async Task<(int Files, int PutOff)> CompactAsync(Api api)
    {
        using var answer = await api.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/v1/compact"), Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        if ((int)answer.StatusCode == 503) return (0, 0);
        Assert.True(answer.IsSuccessStatusCode, text);
        var done = JsonDocument.Parse(text).RootElement;
        return (done.GetProperty("files").GetInt32(), done.GetProperty("putOff").GetInt32());
    }

    private static async Task<long> ColdRowsAsync(Api api) => (await api.GetAsync("/api/v1/tiers")).GetProperty("cold").GetProperty("rows").GetInt64();

    private static async Task AssertKeptAsync(Api api, string thing)
    {
        var items = await api.SeriesAsync(thing, "level");
        Assert.Equal(Enumerable.Range(0, Observations), items.Select(item => item.Value.GetInt32()));
        var account = await api.AccountAsync();
        account.AssertBalanced();
        Assert.Equal(Observations, account.Stored);
    }
}
