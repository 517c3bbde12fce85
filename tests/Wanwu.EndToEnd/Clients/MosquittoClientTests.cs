using System.Text.Json;

namespace Wanwu.EndToEnd.Clients;

/// <summary>The stock clients of Debian's mosquitto package, as people type them.</summary>
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

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Members_of_a_shared_subscription_get_each_message_once(string version)
    {
        var topic = $"jobs/{version}";
        using var one = Subscribe(version, $"$share/workers/{topic}", 5);
        using var two = Subscribe(version, $"$share/workers/{topic}", 5);
        await SubscribedAsync(one);
        await SubscribedAsync(two);
        for (var i = 0; i < 10; i++) (await PublishAsync("token", _zone.Token, topic, $"job {i}", "-V", version)).Succeeded();
        var heard = (await LinesAsync(one)).Concat(await LinesAsync(two));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{topic} job {i}"), heard.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Retained_messages_and_wills_reach_who_comes_late(string version)
    {
        var topic = $"plants/{version}";
        (await PublishAsync("token", _zone.Token, $"{topic}/state", "open", "-r", "-V", version)).Succeeded();
        using var late = Subscribe(version, $"{topic}/#", 2);
        await SubscribedAsync(late);
        using (var dying = Tool.Start("stdbuf", ["-oL", "mosquitto_sub", .. Door(), "-u", "token", "-P", _zone.Token, "-V", version, "-t", $"{topic}/none", "-W", "30", "-d",
            "--will-topic", $"{topic}/will", "--will-payload", "gone"]))
        {
            await SubscribedAsync(dying);
            dying.Kill();
        }
        Assert.Equal([$"{topic}/state open", $"{topic}/will gone"], (await LinesAsync(late)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Thing_uses_its_own_branch_of_topics_and_no_other()
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        using var listener = Subscribe("mqttv5", $"things/{thing.Id}/#", 1);
        await SubscribedAsync(listener);
        (await PublishAsync(thing.Username, thing.Password, $"things/{thing.Id}/said", "well", "-V", "mqttv5")).Succeeded();
        Assert.Equal([$"things/{thing.Id}/said well"], await LinesAsync(listener));
        var denied = await PublishAsync(thing.Username, thing.Password, "things/another/said", "well", "-V", "mqttv5");
        Assert.Contains("Not authorized", denied.Output + denied.Error, StringComparison.Ordinal);
        await _zone.UntilRefusedAsync("notAllowed", thing.Id);
    }

    private System.Diagnostics.Process Subscribe(string version, string filter, int count) => Tool.Start("stdbuf",
        ["-oL", "mosquitto_sub", .. Door(), "-u", "token", "-P", _zone.Token, "-V", version, "-q", "1", "-t", filter, "-C", $"{count}", "-W", "30", "-v", "-d"]);

    private static async Task SubscribedAsync(System.Diagnostics.Process listener)
    {
        while (await listener.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.Contains("Subscribed", StringComparison.Ordinal)) return;
        Assert.Fail(await listener.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The messages it prints until it ends, without what it tells of its packets.</summary>
    private static async Task<List<string>> LinesAsync(System.Diagnostics.Process listener)
    {
        var lines = new List<string>();
        while (await listener.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (!line.StartsWith("Client ", StringComparison.Ordinal)) lines.Add(line);
        return lines;
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
