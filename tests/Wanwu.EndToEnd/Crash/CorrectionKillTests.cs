using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Observations are put right while the process is killed again and again: a correction and its observation are both there, or neither.</summary>
public sealed class CorrectionKillTests(ITestOutputHelper output)
{
    private const int Kills = 4, Times = 200, Before = 1_000_000;
    private static readonly string[] Settings = ["--Telemetry:Cold:CloseAfterHours=0"];
    private static readonly DateTimeOffset Base = new(2025, 10, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_while_it_is_corrected_keeps_both_sides_of_what_it_acknowledged()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        using var data = new TemporaryFolder();
        var server = await ServerProcess.StartAsync(data.Path, Settings);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        var acknowledged = new Dictionary<DateTimeOffset, int>();
        string thing;
        using (var api = new Api(server, token))
        {
            thing = (await api.CreateThingAsync("Gauge")).Username;
            await ReportAllAsync(api, thing);
        }
        var value = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var api = new Api(server, token))
            {
                var compaction = kill % 2 == 0 ? Task.FromResult(true) : PostAsync(api, "/api/v1/compact", null);
                using var timer = new CancellationTokenSource(random.Next(200, 1_200));
                while (!timer.IsCancellationRequested)
                {
                    var time = Base.AddMinutes(random.Next(Times));
                    if (await CorrectAsync(api, thing, time, ++value)) acknowledged[time] = value;
                }
                // One more is under way when the process ends: it may have happened or not.
                var (last, underWay) = (Base.AddMinutes(random.Next(Times)), ++value);
                var correction = CorrectAsync(api, thing, last, underWay);
                await server.KillAsync();
                await correction;
                await compaction;
                acknowledged.Remove(last);
            }
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, Settings);
            using (var api = new Api(server, token))
            {
                await ReportAllAsync(api, thing);
                await AssertTogetherAsync(api, thing, acknowledged);
            }
        }
        output.WriteLine($"{value} corrections of {Times} observations, {Kills} kills");
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    /// <summary>The originals, as a device sends them again.</summary>
    private static async Task ReportAllAsync(Api api, string thing)
    {
        foreach (var chunk in Enumerable.Range(0, Times).Chunk(100))
        {
            var json = new StringBuilder("[").AppendJoin(',', chunk.Select(n => string.Create(CultureInfo.InvariantCulture,
                $"{{\"t\":\"{Text(Base.AddMinutes(n))}\",\"values\":{{\"level\":{Before + n}}}}}"))).Append(']');
            using var answer = await api.ReportAsync(thing, json.ToString(), Stop);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static Task<bool> CorrectAsync(Api api, string thing, DateTimeOffset time, int value) =>
        PostAsync(api, $"/api/v1/things/{thing}/properties/level/corrections", string.Create(CultureInfo.InvariantCulture, $"{{\"reason\":\"r{value}\",\"t\":\"{Text(time)}\",\"value\":{value}}}"));

    /// <returns>Whether the server acknowledged; one that was killed does not.</returns>
    private static async Task<bool> PostAsync(Api api, string path, string? json)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = await api.SendAsync(request, Stop);
            Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task AssertTogetherAsync(Api api, string thing, Dictionary<DateTimeOffset, int> acknowledged)
    {
        var newest = new Dictionary<DateTimeOffset, JsonElement>();
        for (var next = ""; ;)
        {
            var page = await api.GetAsync($"/api/v1/things/{thing}/corrections?limit=1000{next}");
            foreach (var item in page.GetProperty("items").EnumerateArray()) newest.TryAdd(item.GetProperty("t").GetDateTimeOffset(), item.Clone());
            if (page.GetProperty("next").GetString() is not { } cursor) break;
            next = $"&cursor={cursor}";
        }
        var items = await api.SeriesAsync(thing, "level");
        Assert.Equal(Times, items.Count);
        foreach (var item in items)
        {
            var time = DateTimeOffset.Parse(item.Time, CultureInfo.InvariantCulture);
            var stands = item.Value.GetInt32();
            if (!newest.TryGetValue(time, out var correction))
            {
                Assert.Equal((Before + (int)(time - Base).TotalMinutes, "good"), (stands, item.Quality));
                Assert.False(acknowledged.ContainsKey(time));
                continue;
            }
            Assert.Equal((stands, $"r{stands}"), (correction.GetProperty("now").GetProperty("value").GetInt32(), correction.GetProperty("reason").GetString()));
            if (acknowledged.TryGetValue(time, out var value)) Assert.Equal(value, stands);
        }
        (await api.AccountAsync()).AssertBalanced();
    }
}
