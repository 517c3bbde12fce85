using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MQTTnet.Formatter;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Harness;

/// <summary>The HTTP API as an administrator's program uses it.</summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient _http;
    private readonly ServerProcess _server;

    public Api(ServerProcess server, string token)
    {
        _server = server;
        _http = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(60) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Token = token;
    }

    public string Token { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>Where this server's devices connect.</summary>
    public MqttDoor Door(MqttProtocolVersion version = MqttProtocolVersion.V311) => new(_server.MqttHost, _server.MqttPort, version);

    public async Task<ThingCredentials> CreateThingAsync(string name, object? extra = null)
    {
        var body = JsonSerializer.SerializeToNode(extra ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        body["name"] = name;
        using var answer = await _http.PostAsJsonAsync("/api/v1/things", body);
        var created = await ReadAsync(answer, HttpStatusCode.Created);
        var credentials = created.GetProperty("credentials");
        return new ThingCredentials(
            created.GetProperty("id").GetString()!, credentials.GetProperty("username").GetString()!, credentials.GetProperty("password").GetString()!);
    }

    public async Task<string> CreateModelAsync(string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/tm+json");
        using var answer = await _http.PostAsync("/api/v1/models", body);
        return (await ReadAsync(answer, HttpStatusCode.Created)).GetProperty("id").GetString()!;
    }

    /// <summary>Every observation of a series, page by page, in the order of time.</summary>
    public async Task<List<SeriesItem>> SeriesAsync(string thing, string property, string span = "")
    {
        var items = new List<SeriesItem>();
        string? next = null;
        do
        {
            var page = await GetAsync($"/api/v1/things/{thing}/series/{property}?limit=10000{span}{(next is null ? "" : $"&cursor={Uri.EscapeDataString(next)}")}");
            items.AddRange(page.GetProperty("items").EnumerateArray().Select(item => new SeriesItem(
                item.GetProperty("t").GetString()!, item.GetProperty("value").Clone(), item.GetProperty("quality").GetString()!)));
            next = page.TryGetProperty("next", out var cursor) && cursor.ValueKind == JsonValueKind.String ? cursor.GetString() : null;
        }
        while (next is not null);
        return items;
    }

    public async Task<JsonElement> LatestAsync(string thing) => await GetAsync($"/api/v1/things/{thing}/latest");

    public async Task<Account> AccountAsync() => Account.Of(await GetAsync("/api/v1/account"));

    /// <summary>The refused messages, latest first, that the filter fits.</summary>
    public async Task<List<JsonElement>> RefusedAsync(string filter = "") =>
        [.. (await GetAsync($"/api/v1/refused?limit=1000{filter}")).GetProperty("items").EnumerateArray()];

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path);
        return await ReadAsync(answer, HttpStatusCode.OK);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop = default) => _http.SendAsync(request, stop);

    public async Task<HttpResponseMessage> ReportAsync(string thing, string json, CancellationToken stop = default)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await _http.PostAsync($"/api/v1/things/{thing}/report", body, stop);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri}: {(int)answer.StatusCode} {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

internal sealed record SeriesItem(string Time, JsonElement Value, string Quality);

/// <summary>What the server says became of everything it received.</summary>
internal sealed record Account(long Received, long Stored, long Repeated, long Refused, IReadOnlyDictionary<string, Account> Protocols)
{
    public static Account Of(JsonElement json) => new(
        json.GetProperty("received").GetInt64(), json.GetProperty("stored").GetInt64(), json.GetProperty("repeated").GetInt64(), json.GetProperty("refused").GetInt64(),
        json.TryGetProperty("protocols", out var protocols) ? protocols.EnumerateObject().ToDictionary(one => one.Name, one => Of(one.Value)) : new Dictionary<string, Account>());

    /// <summary>received = stored + repeated + refused, for every protocol and in all.</summary>
    public void AssertBalanced()
    {
        Assert.Equal(Received, Stored + Repeated + Refused);
        foreach (var (name, account) in Protocols)
            Assert.True(account.Received == account.Stored + account.Repeated + account.Refused, $"The account of {name} does not balance: {account}");
        Assert.Equal(Received, Protocols.Values.Sum(account => account.Received));
        Assert.Equal(Stored, Protocols.Values.Sum(account => account.Stored));
        Assert.Equal(Repeated, Protocols.Values.Sum(account => account.Repeated));
        Assert.Equal(Refused, Protocols.Values.Sum(account => account.Refused));
    }
}
