namespace Wanwu.EndToEnd.Intake;

/// <summary>Coming up and going down.</summary>
[Collection(nameof(OneAtATime))]
public sealed class StartTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Server_is_soon_ready_small_when_idle_and_stops_when_asked()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        output.WriteLine($"ready in {server.StartedIn.TotalSeconds:0.0} s, {server.ResidentBytes() >> 20} MB resident");
        Assert.InRange(server.StartedIn.TotalSeconds, 0, 20);
        Assert.InRange(server.ResidentBytes() >> 20, 1, 400);
        Assert.Equal(0, await server.StopAsync());
        Assert.False(File.Exists(Path.Combine(data.Path, "server.json")), "The notice outlived the server.");
    }
}
