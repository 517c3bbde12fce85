using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;

namespace Wanwu.Simulator.Server;

/// <summary>The HTTP API of a running server, as far as a simulator needs it.</summary>
internal sealed class WanwuServer : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;

    public WanwuServer(Uri address, string? token, TimeProvider clock)
    {
        _clock = clock;
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Uri Address => _http.BaseAddress!;

    public void Dispose() => _http.Dispose();

    /// <summary>Returns when every door of the server is open.</summary>
    public async Task WaitUntilReadyAsync(TimeSpan atMost, CancellationToken stop)
    {
        var until = _clock.GetUtcNow() + atMost;
        while (true)
        {
            var trouble = await ReadyTroubleAsync(stop);
            if (trouble is null) return;
            if (_clock.GetUtcNow() > until) throw new ServerException($"{Address} is not ready after {atMost.TotalSeconds:0} s: {trouble}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, stop);
        }
    }

    /// <summary>Registers the thing model unless the server has one of this id: what an integrator made of it is not overwritten.</summary>
    public async Task EnsureModelAsync(RecordingModel model, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/models/{model.Id}")
        {
            Content = new StringContent(model.Json, Encoding.UTF8, "application/tm+json"),
        };
        request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        using var answer = await SendAsync(request, stop);
        await ReadAsync(answer, stop, HttpStatusCode.Created, HttpStatusCode.PreconditionFailed);
    }

    /// <summary>Registers the thing unless the server has one with its identifier; asks for new credentials if ours are lost.</summary>
    public async Task<ThingCredentials> EnsureThingAsync(SimulatedThing thing, string? model, CredentialsFile known, CancellationToken stop)
    {
        var identifier = thing.Identifier.ToString();
        if (known.Find(Address, identifier) is { } kept && await ExistsAsync(kept.Id, stop)) return kept;
        using var body = JsonContent.Create(new
        {
            name = thing.Name,
            model,
            identifiers = new[] { new { scheme = thing.Identifier.Scheme, value = thing.Identifier.Value } },
            region = thing.Region,
            place = thing.Place is { } place ? new { lat = place.Lat, lon = place.Lon } : null,
            labels = thing.Labels,
        });
        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/things", body, stop);
        var credentials = answer.StatusCode == HttpStatusCode.Conflict && await FindAsync(identifier, stop) is { } id
            ? await NewCredentialsAsync(id, stop)
            : CredentialsOf(await ReadAsync(answer, stop, HttpStatusCode.Created));
        known.Remember(Address, identifier, credentials);
        known.Save();
        return credentials;
    }

    private static ThingCredentials CredentialsOf(JsonElement thing) => CredentialsOf(thing.GetProperty("id").GetString()!, thing.GetProperty("credentials"));

    private static ThingCredentials CredentialsOf(string id, JsonElement credentials) =>
        new(id, credentials.GetProperty("username").GetString()!, credentials.GetProperty("password").GetString()!);

    private async Task<string?> FindAsync(string identifier, CancellationToken stop)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/api/v1/things?identifier={Uri.EscapeDataString(identifier)}", null, stop);
        var found = (await ReadAsync(answer, stop, HttpStatusCode.OK)).GetProperty("items");
        return found.GetArrayLength() == 1 ? found[0].GetProperty("id").GetString() : null;
    }

    /// <summary>The thing is there, but the password we had for it is lost: passwords are shown once.</summary>
    private async Task<ThingCredentials> NewCredentialsAsync(string id, CancellationToken stop)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/api/v1/things/{id}/credentials", null, stop);
        return CredentialsOf(id, await ReadAsync(answer, stop, HttpStatusCode.OK));
    }

    private async Task<bool> ExistsAsync(string id, CancellationToken stop)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/api/v1/things/{id}", null, stop);
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private async Task<string?> ReadyTroubleAsync(CancellationToken stop)
    {
        try
        {
            using var answer = await _http.GetAsync("/health/ready", stop);
            return answer.IsSuccessStatusCode ? null : $"it answers {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        return await SendAsync(request, stop);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await _http.SendAsync(request, stop);
        }
        catch (HttpRequestException e)
        {
            throw new ServerException($"{Address} cannot be reached: {e.Message}", e);
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken stop, params HttpStatusCode[] expected)
    {
        var text = await answer.Content.ReadAsStringAsync(stop);
        if (!expected.Contains(answer.StatusCode))
            throw new ServerException($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri} was answered {(int)answer.StatusCode}: {text}");
        using var document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
        return document.RootElement.Clone();
    }
}

/// <summary>The server cannot be reached or does not do what was asked; the message is for the person at the command line.</summary>
internal sealed class ServerException : Exception
{
    public ServerException(string message) : base(message) { }
    public ServerException(string message, Exception inner) : base(message, inner) { }
    public ServerException() { }
}
