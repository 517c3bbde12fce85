using System.Diagnostics;

namespace Wanwu.EndToEnd.Replay;

/// <summary><c>wanwu demo</c>, as the first line of the read-me says it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class DemoCommandTests(ITestOutputHelper output)
{
    private const int Stations = 12, HoursInAWeek = 7 * 24;

    [Fact]
    public async Task Demo_shows_a_living_zone_and_ends_when_asked()
    {
        using var data = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        await using var server = await ServerProcess.StartCommandAsync("demo", data.Path);
        using var api = new Api(server, await ServerProcess.CreateTokenAsync(data.Path));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        // Nearly every station measures nearly every property in nearly every hour.
        while ((await api.AccountAsync()).Stored < Stations * HoursInAWeek * 11)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"The zone is not alive: {await api.AccountAsync()}\n{server.Said}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        output.WriteLine($"a week of {Stations} stations {watch.Elapsed.TotalSeconds:0.0} s after the start");
        var things = (await api.GetAsync("/api/v1/things?limit=100")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(Stations, things.Count);
        var before = await api.AccountAsync();
        while ((await api.AccountAsync()).Stored < before.Stored + Stations)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"Nothing goes on: {await api.AccountAsync()}\n{server.Said}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(0, await server.StopAsync());
    }
}
