using System.Text.Json;

namespace Wanwu.EndToEnd.Harness;

/// <summary>A server over an empty data folder with an administrator's API: what most tests begin with.</summary>
internal sealed class Zone : IAsyncDisposable
{
    private readonly TemporaryFolder _data;
    private readonly Dictionary<string, string> _models = [];

    private Zone(TemporaryFolder data, ServerProcess server, string token)
    {
        (_data, Server, Token) = (data, server, token);
        Api = new Api(server, token);
    }

    public ServerProcess Server { get; }
    public string Token { get; }
    public Api Api { get; }

    public static async Task<Zone> OpenAsync(params string[] settings)
    {
        var data = new TemporaryFolder();
        ServerProcess? server = null;
        try
        {
            server = await ServerProcess.StartAsync(data.Path, settings);
            return new Zone(data, server, await ServerProcess.CreateTokenAsync(data.Path));
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            data.Dispose();
            throw;
        }
    }

    /// <summary>The id of a model, registered at its first use.</summary>
    public async Task<string> ModelAsync(string json)
    {
        if (!_models.TryGetValue(json, out var id)) _models[json] = id = await Api.CreateModelAsync(json);
        return id;
    }

    public async Task<int> CountRefusedAsync(string reason) => (await RefusedAsync(reason, null)).Count;

    /// <summary>Waits until a refusal of this reason is listed: one that no acknowledgement follows is written down a moment later.</summary>
    public async Task<JsonElement> UntilRefusedAsync(string reason, string? thing = null, int moreThan = 0)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            var refused = await RefusedAsync(reason, thing);
            if (refused.Count > moreThan) return refused[0];
        }
        while (await TicksAsync(timer, limit.Token));
        throw new Xunit.Sdk.XunitException($"No refusal '{reason}' is listed. Listed are: {string.Join('\n', await Api.RefusedAsync())}\nThe server said:\n{Server.Said}");
    }

    private async Task<List<JsonElement>> RefusedAsync(string reason, string? thing) =>
        [.. (await Api.RefusedAsync()).Where(one => one.GetProperty("reason").GetString() == reason && (thing is null || one.GetProperty("thing").GetString() == thing))];

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
        _data.Dispose();
    }

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>One server for all tests of a class that do not harm it.</summary>
public sealed class SharedZone : IAsyncLifetime
{
    private Zone? _zone;

    internal Zone Zone => _zone ?? throw new InvalidOperationException("The zone is not open.");

    public async ValueTask InitializeAsync() => _zone = await Zone.OpenAsync();

    public ValueTask DisposeAsync() => _zone?.DisposeAsync() ?? ValueTask.CompletedTask;
}
