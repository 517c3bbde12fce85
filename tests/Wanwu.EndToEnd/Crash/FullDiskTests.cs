using System.Text.Json;
using MQTTnet.Formatter;

namespace Wanwu.EndToEnd.Crash;

/// <summary>A full disk refuses with a clear reason, acknowledges nothing it cannot keep, and goes on by itself when there is room.</summary>
[Collection(nameof(OneAtATime))]
public sealed class FullDiskTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task Full_disk_refuses_by_name_and_the_server_resumes_by_itself()
    {
        await using var disk = await SmallDisk.MountAsync(192);
        using var bound = new CancellationTokenSource(Bound);
        using var enough = new CancellationTokenSource();
        await using var server = await ServerProcess.StartAsync(disk.Path, "--Telemetry:Log:ReserveMegabytes=1");
        var token = await ServerProcess.CreateTokenAsync(disk.Path);
        using var api = new Api(server, token);
        var three = await ReporterAsync(api, "MQTT 3.1.1", MqttProtocolVersion.V311);
        var five = await ReporterAsync(api, "MQTT 5", MqttProtocolVersion.V500);
        var http = new HttpReporter(server.Url, token, await api.CreateThingAsync("HTTP"));
        IReporter[] reporters = [three, five, http];
        var load = Task.WhenAll(reporters.Select(reporter => reporter.RunAsync(enough.Token, bound.Token)));

        await UntilAsync(() => reporters.All(reporter => reporter.Acknowledged.Count > 100), "all reporters are acknowledged", load, bound.Token);
        // The disk stays full whatever the server gives back meanwhile, so that each of the doors comes to it, at whatever pace.
        bool IsFullAnd(bool reached) => disk.Fill(leaveBytes: 0).Length > 0 && reached;
        await UntilAsync(() => IsFullAnd(http.Answers.ContainsKey(507)), "HTTP answers 507", load, bound.Token);
        await UntilAsync(() => IsFullAnd(five.NoRooms > 0), "MQTT 5 answers 0x97", load, bound.Token);
        await UntilAsync(() => IsFullAnd(three.Troubles.Count > 0), "MQTT 3.1.1 is closed", load, bound.Token);
        await AssertNotReadyWithReasonAsync(server, disk, bound.Token);
        var kept = reporters.Select(reporter => reporter.Acknowledged.Count).ToList();
        output.WriteLine($"acknowledged when full: {string.Join(", ", kept)}");

        File.Delete(disk.Fill(leaveBytes: 0));
        await UntilAsync(() => reporters.Zip(kept).All(pair => pair.First.Acknowledged.Count > pair.Second + 100), "all are acknowledged again", load, bound.Token);
        await enough.CancelAsync();
        await load;

        long rows = 0;
        foreach (var reporter in reporters) rows += await StoredReports.AssertKeptAsync(api, reporter);
        await StoredReports.AssertAccountAsync(api, rows);
        Assert.Equal(reporters.Sum(reporter => reporter.Published), rows);
        await server.KillAsync();
        await AssertKeptAfterRestartAsync(disk.Path, token, reporters, rows);
    }

    private static async Task<MqttReporter> ReporterAsync(Api api, string name, MqttProtocolVersion version)
    {
        var thing = await api.CreateThingAsync(name);
        return new MqttReporter(api.Door(version).SignIn(thing) with { LongestPause = TimeSpan.FromMilliseconds(500) }, thing, timed: version == MqttProtocolVersion.V500);
    }

    private static async Task AssertNotReadyWithReasonAsync(ServerProcess server, SmallDisk disk, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        string body;
        while (true)
        {
            // What the server has just given back it may have found before the ballast did.
            disk.Fill(leaveBytes: 0);
            using var answer = await http.GetAsync("/health/ready", stop);
            body = await answer.Content.ReadAsStringAsync(stop);
            if ((int)answer.StatusCode == 503) break;
            Assert.True(await timer.WaitForNextTickAsync(stop));
        }
        var reasons = JsonDocument.Parse(body).RootElement.GetProperty("checks").EnumerateObject()
            .Select(check => check.Value.GetProperty("reason").GetString()).Where(reason => !string.IsNullOrEmpty(reason)).ToList();
        Assert.NotEmpty(reasons);
    }

    private static async Task AssertKeptAfterRestartAsync(string data, string token, IReporter[] reporters, long rows)
    {
        await using var server = await ServerProcess.StartAsync(data);
        using var api = new Api(server, token);
        foreach (var reporter in reporters) await StoredReports.AssertKeptAsync(api, reporter);
        await StoredReports.AssertAccountAsync(api, rows);
    }

    private static async Task UntilAsync(Func<bool> reached, string awaited, Task load, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(100));
        while (!reached())
        {
            Assert.False(load.IsFaulted, load.Exception?.ToString());
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Waited in vain until {awaited}.");
            }
        }
    }
}
