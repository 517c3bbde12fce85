using System.Text.Json;
using Wanwu.Simulator.Recordings;

namespace Wanwu.EndToEnd.Replay;

/// <summary>A recording played by the simulator's own command is read back as it was recorded.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ReplayTests(SharedZone shared) : IClassFixture<SharedZone>
{
    private static readonly string Description = Repository.PathOf("packs", "air-quality", "recordings", "beijing-aotizhongxin.recording.json");
    private readonly Zone _zone = shared.Zone;

    [Fact]
    public async Task Air_quality_recording_is_stored_value_for_value_and_its_gaps_stay_gaps()
    {
        using var state = new TemporaryFolder();
        var played = await SimulateAsync(state, "replay", Description, "--speed", "0");
        Assert.Contains("refused 0", played.Succeeded().Output, StringComparison.Ordinal);
        var thing = ThingsIn(state).Single();

        var recording = Recording.Read(Description);
        foreach (var property in recording.Description.Properties.Keys)
        {
            var recorded = recording.Rows.SelectMany(row => row.Values.Where(value => value.Property == property).Select(value => $"{row.Time} {value.Value}"));
            var stored = (await _zone.Api.SeriesAsync(thing, property, "&to=2020-01-01T00:00:00Z")).Select(item => $"{Timestamp.Parse(item.Time)} {JsonSerializer.Deserialize<Value>(item.Value)}");
            Assert.Equal(recorded, stored);
        }
        var gaps = recording.Rows.Sum(row => recording.Description.Properties.Count - row.Values.Count);
        Assert.True(gaps > 100, "The recording is expected to have gaps.");
    }

    [Fact]
    public async Task Replay_run_twice_keeps_its_thing_and_doubles_nothing()
    {
        using var state = new TemporaryFolder();
        string[] replay = ["replay", Description, "--speed", "0", "--from", "2017-01-10T00:00:00+08:00", "--to", "2017-01-11T00:00:00+08:00", "--things", "3"];
        (await SimulateAsync(state, replay)).Succeeded();
        var things = ThingsIn(state);
        Assert.Equal(3, things.Count);
        var first = await _zone.Api.AccountAsync();
        (await SimulateAsync(state, replay)).Succeeded();
        Assert.Equal(things, ThingsIn(state));
        var second = await _zone.Api.AccountAsync();

        Assert.Equal(first.Stored, second.Stored);
        Assert.Equal(second.Received - first.Received, second.Repeated - first.Repeated);
        second.AssertBalanced();
        var day = Recording.Read(Description).Between(Timestamp.Parse("2017-01-10T00:00:00+08:00"), Timestamp.Parse("2017-01-11T00:00:00+08:00"));
        var measured = day.Rows.Count(row => row.Values.Any(value => value.Property == "temperature"));
        foreach (var thing in things) Assert.Equal(measured, (await _zone.Api.SeriesAsync(thing, "temperature", "&from=2017-01-09T16:00:00Z&to=2017-01-10T16:00:00Z")).Count);
    }

    [Fact]
    public async Task Demonstration_zone_has_a_week_of_history_within_ten_seconds_and_goes_on_live()
    {
        using var state = new TemporaryFolder();
        using var demo = Tool.Start("dotnet", SimulatorArguments(state, "demo", "--stations", "4", "--pace", "0.5"));
        try
        {
            var stop = TestContext.Current.CancellationToken;
            var line = await demo.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(10), stop);
            Assert.Contains("live", line, StringComparison.Ordinal);
            var thing = ThingsIn(state)[0];
            // The station may have years of history from another replay: what counts is the last days.
            var lately = $"&from={Timestamp.From(TimeProvider.System.GetUtcNow().AddDays(-8))}";
            var before = (await _zone.Api.SeriesAsync(thing, "temperature", lately)).Count;
            Assert.InRange(before, 150, 180);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while ((await _zone.Api.SeriesAsync(thing, "temperature", lately)).Count < before + 3) await timer.WaitForNextTickAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), stop);
        }
        finally
        {
            demo.Kill();
        }
    }

    private Task<ToolResult> SimulateAsync(TemporaryFolder state, params string[] command) =>
        Tool.RunAsync("dotnet", SimulatorArguments(state, command), TimeSpan.FromSeconds(60));

    private string[] SimulatorArguments(TemporaryFolder state, params string[] command) =>
    [
        typeof(Recording).Assembly.Location, .. command, "--url", _zone.Server.Url.ToString(), "--mqtt", $"{_zone.Server.MqttHost}:{_zone.Server.MqttPort}",
        "--token", _zone.Token, "--state", state.File("simulator.json"),
    ];

    private static List<string> ThingsIn(TemporaryFolder state)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(state.File("simulator.json")));
        return [.. file.RootElement.EnumerateObject().Select(thing => thing.Value.GetProperty("id").GetString()!)];
    }
}
