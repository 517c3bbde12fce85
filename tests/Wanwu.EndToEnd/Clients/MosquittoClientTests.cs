using System.Text.Json;

namespace Wanwu.EndToEnd.Clients;

/// <summary>The stock clients of Debian's mosquitto package, as people type them.</summary>
[Collection(nameof(OneAtATime))]
public sealed class MosquittoClientTests(SharedZone shared) : IClassFixture<SharedZone>
{
    private readonly Zone _zone = shared.Zone;

    [Fact]
    public async Task Measurement_published_by_mosquitto_pub_is_read_back_over_http()
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        (await PublishAsync(thing.Username, thing.Password, "v1/report", """{"temperature":21.5,"humidity":40}""")).Succeeded();

        var latest = await _zone.Api.LatestAsync(thing.Id);
        Assert.Equal(21.5, latest.GetProperty("temperature").GetProperty("value").GetDouble());
        Assert.Equal("good", latest.GetProperty("temperature").GetProperty("quality").GetString());
        Assert.Equal(40, Assert.Single(await _zone.Api.SeriesAsync(thing.Id, "humidity")).Value.GetInt32());
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Wrong_password_is_refused_and_shown_to_the_integrator(string version)
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var before = await _zone.CountRefusedAsync("wrongCredentials");
        var refused = await PublishAsync(thing.Username, "not-the-password", "v1/report", """{"temperature":1}""", "-V", version);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Matches("(?i)not authori[sz]ed|bad user ?name", refused.Error);
        await _zone.UntilRefusedAsync("wrongCredentials", moreThan: before);
        Assert.Empty(await _zone.Api.SeriesAsync(thing.Id, "temperature"));
    }

    [Fact]
    public async Task Listener_who_may_read_gets_the_observations_of_a_thing()
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var other = await _zone.Api.CreateThingAsync("Other");
        using var listener = Tool.Start("stdbuf",
            ["-oL", "mosquitto_sub", .. Door(), "-u", "token", "-P", _zone.Token, "-t", $"v1/things/{thing.Id}/observations/#", "-C", "2", "-W", "30", "-v", "-d"]);
        var lines = new List<string>();
        var subscribed = new TaskCompletionSource();
        var reading = ReadAsync(listener.StandardOutput, lines, subscribed);
        await subscribed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        (await PublishAsync(other.Username, other.Password, "v1/report", """{"temperature":99}""")).Succeeded();
        (await PublishAsync(thing.Username, thing.Password, "v1/report", """{"temperature":21.5,"humidity":40}""")).Succeeded();
        await listener.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(40), TestContext.Current.CancellationToken);
        await reading;

        Assert.Equal(0, listener.ExitCode);
        var delivered = lines.Where(line => line.StartsWith("v1/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, delivered.Count);
        Assert.StartsWith($"v1/things/{thing.Id}/observations/humidity ", delivered[0], StringComparison.Ordinal);
        Assert.StartsWith($"v1/things/{thing.Id}/observations/temperature ", delivered[1], StringComparison.Ordinal);
        using var payload = JsonDocument.Parse(delivered[1][(delivered[1].IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        Assert.Equal(21.5, payload.RootElement.GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task Thing_may_not_listen_to_another_thing()
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var spy = await _zone.Api.CreateThingAsync("Spy");
        var refused = await Tool.RunAsync("mosquitto_sub",
            [.. Door(), "-u", spy.Username, "-P", spy.Password, "-t", $"v1/things/{thing.Id}/observations/#", "-C", "1", "-W", "3", "-q", "1"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.DoesNotContain("temperature", refused.Output, StringComparison.Ordinal);
    }

    private static async Task ReadAsync(StreamReader output, List<string> lines, TaskCompletionSource subscribed)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("SUBACK", StringComparison.Ordinal) || line.Contains("Subscribed", StringComparison.Ordinal)) subscribed.TrySetResult();
        }
        subscribed.TrySetException(new InvalidOperationException(string.Join('\n', lines)));
    }

    private Task<ToolResult> PublishAsync(string user, string password, string topic, string payload, params string[] more) =>
        Tool.RunAsync("mosquitto_pub", [.. Door(), "-u", user, "-P", password, "-q", "1", "-t", topic, "-m", payload, .. more]);

    private string[] Door() => ["-h", _zone.Server.MqttHost, "-p", $"{_zone.Server.MqttPort}"];
}
