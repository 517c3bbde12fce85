namespace Wanwu.EndToEnd.Clients;

/// <summary>MQTT.js, over TCP as devices and over WebSocket as browsers use it.</summary>
public sealed class MqttJsTests(SharedZone shared) : IClassFixture<SharedZone>
{
    private const int Reports = 500;
    private readonly Zone _zone = shared.Zone;

    public static TheoryData<string, string> Doors => new() { { "tcp", "4" }, { "tcp", "5" }, { "ws", "4" }, { "ws", "5" } };

    [Theory, MemberData(nameof(Doors))]
    public async Task Reports_of_a_node_device_are_acknowledged_and_stored(string door, string version)
    {
        var thing = await _zone.Api.CreateThingAsync($"Node over {door}, MQTT {version}");
        var run = await NodeAsync("device.mjs", version, Url(door), thing.Username, thing.Password, "v1/report", $"{Reports}");

        Assert.Equal($"acknowledged {Reports}", run.Succeeded().Output.Trim());
        var stored = (await _zone.Api.SeriesAsync(thing.Id, "n")).Select(item => item.Value.GetInt32());
        Assert.Equal(Enumerable.Range(1, Reports), stored.Order());
    }

    [Theory, MemberData(nameof(Doors))]
    public async Task Node_listener_gets_what_another_device_reports(string door, string version)
    {
        await NodeScripts.InstalledAsync();
        var thing = await _zone.Api.CreateThingAsync($"Heard over {door}, MQTT {version}");
        using var listener = Tool.Start("env",
            [$"MQTT_VERSION={version}", "node", "listener.mjs", Url(door), "token", _zone.Token, $"v1/things/{thing.Id}/observations/+", "3"], NodeScripts.Folder);
        var stop = TestContext.Current.CancellationToken;
        Assert.Equal("subscribed", await listener.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), stop));

        (await NodeAsync("device.mjs", version, Url("tcp"), thing.Username, thing.Password, "v1/report", "3")).Succeeded();
        for (var n = 1; n <= 3; n++)
        {
            var line = await listener.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), stop);
            Assert.StartsWith($"v1/things/{thing.Id}/observations/n ", line, StringComparison.Ordinal);
            Assert.Contains($"\"value\":{n}", line, StringComparison.Ordinal);
        }
        await listener.WaitForExitAsync(stop).WaitAsync(TimeSpan.FromSeconds(20), stop);
        Assert.Equal(0, listener.ExitCode);
    }

    [Theory, MemberData(nameof(Doors))]
    public async Task Every_feature_of_the_standard_that_the_library_offers_works(string door, string version)
    {
        var run = await NodeAsync("features.mjs", version, Url(door), "token", _zone.Token);
        Assert.DoesNotContain("failed", run.Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(version == "5" ? 10 : 7, run.Output.Split('\n').Count(line => line.StartsWith("passed ", StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Doors))]
    public async Task Wrong_password_is_told_to_a_node_device(string door, string version)
    {
        var thing = await _zone.Api.CreateThingAsync($"Locked out over {door}, MQTT {version}");
        var run = await NodeAsync("device.mjs", version, Url(door), thing.Username, "not-the-password", "v1/report", "1");
        Assert.Equal(1, run.ExitCode);
        Assert.Matches("(?i)not authorized|bad user ?name|refused", run.Error);
    }

    private string Url(string door) =>
        door == "ws" ? $"ws://{_zone.Server.Url.Authority}/mqtt" : $"mqtt://{_zone.Server.MqttHost}:{_zone.Server.MqttPort}";

    private static Task<ToolResult> NodeAsync(string script, string version, params string[] arguments) =>
        NodeScripts.RunAsync([$"MQTT_VERSION={version}", "node", script, .. arguments]);
}
