using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Devices register themselves while the process dies: who was told that it is registered is, and nobody is twice.</summary>
public sealed class RegistrationKillTests
{
    private const int Devices = 8, Each = 25, Kills = 2;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private sealed record Registered(string Thing, string Username, string Password);

    [Fact]
    public async Task Every_registration_that_was_acknowledged_holds_and_none_is_there_twice()
    {
        using var data = new TemporaryFolder();
        using var bound = new CancellationTokenSource(Bound);
        string[] doors = [$"--urls=http://127.0.0.1:{Ports.Free()}", $"--Connect:Mqtt:Port={Ports.Free()}"];
        var server = await ServerProcess.StartAsync(data.Path, doors);
        using var api = new Api(server, await ServerProcess.CreateTokenAsync(data.Path));
        using var made = await api.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/v1/registration-keys") { Content = JsonContent.Create(new { name = "load" }) }, bound.Token);
        var key = (await made.Content.ReadFromJsonAsync<JsonElement>(bound.Token)).GetProperty("key").GetString()!;

        var told = new ConcurrentDictionary<string, Registered>();
        var load = Task.WhenAll(Enumerable.Range(0, Devices).Select(device => RegisterAllAsync(server.Url, device, key, told, bound.Token)));
        for (var kill = 0; kill < Kills; kill++)
        {
            while (told.Count < (kill + 1) * Devices * 4 && !load.IsCompleted) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, bound.Token);
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(data.Path, doors);
        }
        await load;

        Assert.Equal(Devices * Each, told.Count);
        Assert.Equal(Devices * Each, told.Values.Select(one => one.Thing).Distinct().Count());
        var things = (await api.GetAsync("/api/v1/things?label=registeredBy&limit=1000")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(told.Values.Select(one => one.Thing).Order(StringComparer.Ordinal), things.Select(thing => thing.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        using var http = new HttpClient { BaseAddress = server.Url };
        foreach (var one in told.Values)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/things/{one.Thing}/latest") { Headers = { Authorization = Basic(one.Username, one.Password) } };
            using var answer = await http.SendAsync(request, bound.Token);
            Assert.True(answer.IsSuccessStatusCode, $"{one.Thing}: {(int)answer.StatusCode}");
        }
        await server.DisposeAsync();
    }

    private static async Task RegisterAllAsync(Uri url, int device, string key, ConcurrentDictionary<string, Registered> told, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = url };
        for (var i = 0; i < Each; i++)
        {
            var serial = $"SN-{device}-{i}";
            told[serial] = await RegisterAsync(http, serial, key, stop);
        }
    }

    /// <summary>Asks until there is an answer, as a device does: with the same attempt each time.</summary>
    private static async Task<Registered> RegisterAsync(HttpClient http, string serial, string key, CancellationToken stop)
    {
        var attempt = $"{Guid.NewGuid():N}";
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/register") { Content = JsonContent.Create(new { attempt }), Headers = { Authorization = Basic(serial, key) } };
                using var answer = await http.SendAsync(request, stop);
                var text = await answer.Content.ReadAsStringAsync(stop);
                Assert.True(answer.StatusCode == HttpStatusCode.Created, $"{serial}: {(int)answer.StatusCode} {text}");
                return JsonSerializer.Deserialize<Registered>(text, JsonSerializerOptions.Web)!;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stop);
            }
        }
    }

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
