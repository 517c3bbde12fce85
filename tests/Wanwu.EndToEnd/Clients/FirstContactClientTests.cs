using System.Text.Json;

namespace Wanwu.EndToEnd.Clients;

/// <summary>A device that comes for the first time, with mosquitto's clients, and the operator who lets it in or bans it, on the command line.</summary>
public sealed class FirstContactClientTests(SharedZone shared) : IClassFixture<SharedZone>
{
    private readonly Zone _zone = shared.Zone;

    private async Task<string> WanwuAsync(params string[] arguments) =>
        (await Tool.RunAsync("dotnet", [Repository.ServerDll, .. arguments, $"--Data:Path={_zone.Server.DataFolder}"])).Succeeded().Output.Trim();

    private string[] Door(string user, string password) => ["-h", _zone.Server.MqttHost, "-p", $"{_zone.Server.MqttPort}", "-V", "mqttv5", "-u", user, "-P", password];

    private async Task<JsonElement> RegisterAsync(string identifier, string key)
    {
        var asked = await Tool.RunAsync("mosquitto_rr", [.. Door(identifier, key), "-t", "v1/register", "-e", "v1/register/answer", "-m", """{"name":"Weir 7"}""", "-W", "20"]);
        return JsonSerializer.Deserialize<JsonElement>(asked.Output.Length > 0 ? asked.Output : asked.Succeeded().Output);
    }

    private Task<ToolResult> PublishAsync(string user, string password) => Tool.RunAsync("mosquitto_pub", [.. Door(user, password), "-q", "1", "-t", "v1/report", "-m", """{"level":1.5}"""]);

    [Fact]
    public async Task It_waits_is_let_in_reports_and_is_banned()
    {
        var key = await WanwuAsync("key", "create", "--name", "probes", "--approval");
        Assert.Equal("waiting", (await RegisterAsync("SN-7", key)).GetProperty("outcome").GetString());
        // The key is good for nothing else.
        Assert.Contains("not authorized", (await PublishAsync("SN-7", key)).Error, StringComparison.OrdinalIgnoreCase);

        var waiting = Assert.Single(JsonSerializer.Deserialize<JsonElement>(await WanwuAsync("unknown", "list", "--waiting", "--json")).EnumerateArray());
        Assert.Equal("SN-7", waiting.GetProperty("identifier").GetString());
        var thing = await WanwuAsync("unknown", "admit", waiting.GetProperty("id").GetString()!);
        var registered = await RegisterAsync("SN-7", key);
        Assert.Equal(("registered", thing), (registered.GetProperty("outcome").GetString(), registered.GetProperty("thing").GetString()));
        var password = registered.GetProperty("password").GetString()!;
        (await PublishAsync(thing, password)).Succeeded();
        Assert.Equal(1.5, (await _zone.Api.LatestAsync(thing)).GetProperty("level").GetProperty("value").GetDouble());

        await WanwuAsync("ban", "add", "--scheme", "thing", "--identifier", thing, "--reason", "stolen");
        // Another process has written it: the server reads it within a second.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        ToolResult banned;
        while ((banned = await PublishAsync(thing, password)).ExitCode == 0) await timer.WaitForNextTickAsync(limit.Token);
        Assert.Contains("banned", banned.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_key_that_is_none_lets_nobody_in()
    {
        var refused = await Tool.RunAsync("mosquitto_pub", [.. Door("SN-8", "wanwukey_none"), "-t", "v1/register", "-n"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Matches("(?i)not authori[sz]ed|bad user ?name", refused.Error);
    }
}
