using System.Diagnostics;
using Wanwu.Registry;

namespace Wanwu.Tests.Registry;

/// <summary>A list of a hundred thousand things behaves as one of ten. Times are told, not judged: the machine may be busy.</summary>
public sealed class HundredThousandThingsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Count = 100_000, Organisations = 5_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-test-").FullName;
    private WanwuServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        await ManyThings.FillAsync(_folder, Count, TestContext.Current.CancellationToken, Organisations);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        _server = await WanwuServer.StartAsync(_folder);
        output.WriteLine($"processor {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms");
        output.WriteLine($"start with {Count} things, {Organisations} organisations: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
        output.WriteLine($"memory of the whole server: {(GC.GetTotalMemory(forceFullCollection: true) - before) / 1_048_576.0:F1} MB");
        _client = await _server.ClientAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_page_and_every_search_answers()
    {
        foreach (var query in (string[])["limit=50", "sort=name&limit=50", "sort=-name&limit=50", "sort=-changed&limit=50", "count=true&limit=50",
            "q=DEV-099999", "q=%E7%9B%91%E6%B5%8B&limit=50", "q=%E7%9B%91", "q=nowhere", "q=station%20099&count=true", "organisation=organisation%207&count=true", "organisation=organisation%200&count=true", "organisation=organisation%204999&count=true",
            "region=110000&count=true", "label=line=39&count=true", "identifier=custom:DEV-050000", "identifier=eui64:0024BEFFFE00C350"])
        {
            var page = await _client.ReadAsync($"/api/v1/things?{query}");
            var times = new List<double>();
            var cpu = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < 5; i++)
            {
                var started = Stopwatch.GetTimestamp();
                page = await _client.ReadAsync($"/api/v1/things?{query}");
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            times.Sort();
            cpu = (Environment.CpuUsage.TotalTime - cpu) / times.Count;
            output.WriteLine($"{query,-45} least {times[0],6:F1} ms, median {times[2],6:F1} ms, processor {cpu.TotalMilliseconds,6:F1} ms; {page["items"]!.AsArray().Count} shown, {page["total"]?.ToJsonString() ?? "-"} in all");
        }
        Assert.Equal(1, (await _client.ReadAsync("/api/v1/things?q=DEV-099999&count=true"))["total"]!.GetValue<int>());
        Assert.Equal(Count, (await _client.ReadAsync("/api/v1/things?q=%E7%9B%91%E6%B5%8B&count=true"))["total"]!.GetValue<int>());
        Assert.Equal(2_500, (await _client.ReadAsync("/api/v1/things?label=line=39&count=true"))["total"]!.GetValue<int>());

        var (seen, cursor) = (new HashSet<string>(), "");
        do
        {
            var page = await _client.ReadAsync($"/api/v1/things?sort=name&limit=1000{cursor}");
            foreach (var thing in page["items"]!.AsArray()) Assert.True(seen.Add(thing!.Text("id")));
            cursor = page["next"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(Count, seen.Count);
        await FindChangesAsync();
        await MoveAsync();
    }

    /// <summary>A branch that is moved is found where it went with the next question.</summary>
    private async Task MoveAsync()
    {
        // Each organisation has twenty things; the first eight below the top have 585 below them and themselves, but for what the last row lacks.
        var tree = _server.Get<ThingDirectory>().Organisations;
        var (moved, to) = (ManyThings.OrganisationOf(1), ManyThings.OrganisationOf(2));
        var (own, before) = (20 * tree.Branch(moved).Count, 20 * tree.Branch(to).Count);
        Assert.Equal((own, before), (await CountAsync(moved), await CountAsync(to)));
        var started = Stopwatch.GetTimestamp();
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/organisations/{Uri.EscapeDataString(moved)}", $$"""{"parent":"{{to}}"}""");
        output.WriteLine($"move a branch of {tree.Branch(moved).Count} organisations with {own} things: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F1} ms");
        Assert.Equal((own, own + before), (await CountAsync(moved), await CountAsync(to)));
    }

    private async Task<int> CountAsync(string organisation) =>
        (await _client.ReadAsync($"/api/v1/things?organisation={Uri.EscapeDataString(organisation)}&count=true&limit=1"))["total"]!.GetValue<int>();

    /// <summary>A thing that is made and renamed among them stands in its place at once.</summary>
    private async Task FindChangesAsync()
    {
        await _client.ReadAsync("/api/v1/things?sort=name&limit=1");
        var started = Stopwatch.GetTimestamp();
        var id = (await _client.CreateAsync("/api/v1/things", """{"name":"000 first of all"}""")).Text("id");
        output.WriteLine($"create: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F1} ms");
        Assert.Equal(id, (await _client.ReadAsync("/api/v1/things?sort=name&limit=1"))["items"]![0]!.Text("id"));
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"name":"\u9fff zzz last of all"}""");
        Assert.NotEqual(id, (await _client.ReadAsync("/api/v1/things?sort=name&limit=1"))["items"]![0]!.Text("id"));
        Assert.Equal(id, (await _client.ReadAsync("/api/v1/things?sort=-name&limit=1"))["items"]![0]!.Text("id"));
        Assert.Equal(id, (await _client.ReadAsync("/api/v1/things?q=last"))["items"]![0]!.Text("id"));
        Assert.Empty((await _client.ReadAsync("/api/v1/things?q=first%20of%20all"))["items"]!.AsArray());
        Assert.Equal(Count + 1, _server.Get<ThingDirectory>().Count);
    }
}
