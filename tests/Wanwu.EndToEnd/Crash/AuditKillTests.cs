using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>The server is killed while it changes and records: what it acknowledged is on the trail, what is in the registry is, too, and the trail proves.</summary>
[Collection(nameof(OneAtATime))]
public sealed class AuditKillTests(ITestOutputHelper output)
{
    private const int Kills = 3, Workers = 8, ChangesEach = 60;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_under_load_has_a_record_of_every_change_it_acknowledged()
    {
        using var data = new TemporaryFolder();
        var acknowledged = new ConcurrentBag<(string Action, string Id, string? After)>();
        var server = await ServerProcess.StartAsync(data.Path);
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        for (var kill = 0; kill < Kills; kill++)
        {
            await ChangeUntilKilledAsync(server, token, acknowledged);
            await server.DisposeAsync();
            // A kill alone seldom tears a write; a power cut does.
            if (kill > 0) TearEnd(data.Path, kill);
            server = await ServerProcess.StartAsync(data.Path);
            using var api = new Api(server, token);
            await AssertProvedAsync(api, acknowledged, cuts: kill);
        }
        output.WriteLine($"{acknowledged.Count} acknowledged changes, {Kills} kills");
        Assert.Equal(0, await server.StopAsync());
        await server.DisposeAsync();
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, "check", "audit", $"--Data:Path={data.Path}"], TimeSpan.FromSeconds(60))).Succeeded();
    }

    private static async Task ChangeUntilKilledAsync(ServerProcess server, string token, ConcurrentBag<(string, string, string?)> acknowledged)
    {
        var enough = acknowledged.Count + ChangesEach;
        using var api = new Api(server, token);
        var reached = new TaskCompletionSource();
        var workers = Enumerable.Range(0, Workers).Select(worker => ChangeAsync(api, worker, change =>
        {
            acknowledged.Add(change);
            if (acknowledged.Count >= enough) reached.TrySetResult();
        })).ToArray();
        await Task.WhenAny(reached.Task, Task.WhenAll(workers));
        await server.KillAsync();
        await Task.WhenAll(workers);
        Assert.True(reached.Task.IsCompleted, $"Only {acknowledged.Count} changes were acknowledged before the server was gone.");
    }

    /// <summary>Creates things, changes each, and makes tokens, one after the other until nobody answers.</summary>
    private static async Task ChangeAsync(Api api, int worker, Action<(string, string, string?)> acknowledged)
    {
        for (var n = 0; ; n++)
        {
            if (await SendAsync(api, HttpMethod.Post, "/api/v1/things", $$"""{"name":"t{{worker}}-{{n}}"}""", HttpStatusCode.Created) is not { } thing) return;
            acknowledged(("thing.create", thing, null));
            var after = $"r{worker}-{n}";
            if (await SendAsync(api, HttpMethod.Patch, $"/api/v1/things/{thing}", $$"""{"name":"{{after}}"}""", HttpStatusCode.OK) is null) return;
            acknowledged(("thing.change", thing, after));
            if (await SendAsync(api, HttpMethod.Post, "/api/v1/tokens", $$"""{"name":"k{{worker}}-{{n}}","role":"viewer"}""", HttpStatusCode.Created) is not { } made) return;
            acknowledged(("token.create", made, null));
        }
    }

    /// <returns>The id in the answer; null when the server was gone.</returns>
    private static async Task<string?> SendAsync(Api api, HttpMethod method, string path, string json, HttpStatusCode expected)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            using var answer = await api.SendAsync(request, Stop);
            var text = await answer.Content.ReadAsStringAsync(Stop);
            Assert.True(answer.StatusCode == expected, $"{path}: {answer.StatusCode} {text}");
            using var document = JsonDocument.Parse(text);
            return document.RootElement.GetProperty("id").GetString();
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            return null;
        }
    }

    /// <summary>Leaves what a write leaves that did not get to its end: part of a record, or zeros where its bytes belong.</summary>
    private static void TearEnd(string folder, int kill)
    {
        var last = Directory.EnumerateFiles(Path.Combine(folder, "audit"), "*.audit").Order(StringComparer.Ordinal).Last();
        using var file = new FileStream(last, FileMode.Append);
        file.Write(kill % 2 == 0 ? new byte[77] : [200, 0, 0, 0, .. Enumerable.Repeat((byte)'x', 60)]);
    }

    private static async Task AssertProvedAsync(Api api, IEnumerable<(string Action, string Id, string? After)> acknowledged, int cuts)
    {
        using var verified = await api.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/v1/audit/verify"), Stop);
        using var proof = JsonDocument.Parse(await verified.Content.ReadAsStringAsync(Stop));
        Assert.True(proof.RootElement.GetProperty("whole").GetBoolean(), proof.RootElement.ToString());
        Assert.Empty(await RecordsAsync(api, "audit.broken"));
        Assert.True((await RecordsAsync(api, "audit.cut")).Count >= cuts, "A torn end was cut off and not told of.");
        var records = new HashSet<(string, string, string?)>();
        foreach (var record in (List<JsonElement>)[.. await RecordsAsync(api, "thing"), .. await RecordsAsync(api, "token")])
        {
            var (action, id) = (record.GetProperty("action").GetString()!, record.GetProperty("object").GetProperty("id").GetString()!);
            var after = action == "thing.change" ? record.GetProperty("changes").GetProperty("nameEn").GetProperty("after").GetString() : null;
            records.Add((action, id, after));
        }
        Assert.Equal([], acknowledged.Except(records));
        var things = await PagesAsync(api, "/api/v1/things?limit=1000");
        Assert.Equal([], things.Select(thing => ("thing.create", thing.GetProperty("id").GetString()!, (string?)null)).Except(records));
    }

    private static async Task<List<JsonElement>> RecordsAsync(Api api, string action) =>
        [.. (await PagesAsync(api, $"/api/v1/audit?limit=1000&action={action}")).Select(record => record.GetProperty("event"))];

    private static async Task<List<JsonElement>> PagesAsync(Api api, string path)
    {
        var items = new List<JsonElement>();
        for (var next = ""; ;)
        {
            var page = await api.GetAsync(path + next);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            if (page.GetProperty("next").GetString() is not { } cursor) return items;
            next = $"&cursor={Uri.EscapeDataString(cursor)}";
        }
    }
}
