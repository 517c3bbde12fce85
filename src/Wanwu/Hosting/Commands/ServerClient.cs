using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Options;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary>The server that runs on a data folder, as a command of the same folder asks it.</summary>
/// <remarks>Who may write the data folder may ask: a token proves it, ends within the day, and is revoked when the command has done.</remarks>
internal sealed class ServerClient : IAsyncDisposable
{
    private readonly AccessTokens _tokens;
    private readonly Guid _token;
    private readonly HttpClient _http;

    private ServerClient(AccessTokens tokens, Guid token, HttpClient http) => (_tokens, _token, _http) = (tokens, token, http);

    public static Task<ServerClient> OpenAsync(IServiceProvider services, ServerNotice server, string purpose, CancellationToken stop) =>
        OpenAsync(services, server, purpose, new TokenRole(Role.Administrator, GrantScope.Everything, "server"), stop);

    /// <param name="role">What the command may, and sees in clear.</param>
    public static async Task<ServerClient> OpenAsync(IServiceProvider services, ServerNotice server, string purpose, TokenRole role, CancellationToken stop)
    {
        var tokens = services.GetRequiredService<AccessTokens>();
        var expires = Timestamp.From(services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(1));
        var token = await tokens.CreateAsync($"wanwu {purpose}", role, expires, stop);
        var http = new HttpClient(Handler(services, server)) { BaseAddress = new Uri(server.Http[0]), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return new ServerClient(tokens, token.Id, http);
    }

    /// <summary>A server with TLS alone is known by the very certificate that its settings name: the command reaches it by loopback, which no certificate may be for.</summary>
    private static SocketsHttpHandler Handler(IServiceProvider services, ServerNotice server)
    {
        var handler = new SocketsHttpHandler();
        var options = services.GetRequiredService<IOptions<HttpOptions>>().Value;
        if (!server.Http[0].StartsWith("https", StringComparison.Ordinal) || options.CertificateFile is null) return handler;
        var own = options.Files.Load().Own.RawData;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, errors) => errors == SslPolicyErrors.None || shown?.GetRawCertData().AsSpan().SequenceEqual(own) == true;
        return handler;
    }

    /// <exception cref="InvalidDataException">The server refused; the message is its own.</exception>
    public async Task<T> AskAsync<T>(HttpMethod method, string path, HttpContent? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (!answer.IsSuccessStatusCode) throw new InvalidDataException(Reason((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(stop)));
        return (await answer.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, stop))!;
    }

    /// <summary>An answer that is read as it comes.</summary>
    /// <exception cref="InvalidDataException">The server refused; the message is its own.</exception>
    public async Task<Stream> OpenAsync(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (answer.IsSuccessStatusCode) return await answer.Content.ReadAsStreamAsync(stop);
        using (answer) throw new InvalidDataException(Reason((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(stop)));
    }

    /// <summary>Has something done whose refusal does not matter.</summary>
    public async Task SendAsync(HttpMethod method, string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await _http.SendAsync(request, stop);
    }

    private static string Reason(int status, string text)
    {
        try
        {
            using var problem = JsonDocument.Parse(text);
            var said = problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } sentence ? sentence : problem.RootElement.TryGetProperty("title", out var title) ? title.GetString() : null;
            if (problem.RootElement.TryGetProperty("errors", out var errors))
                said += string.Concat(errors.EnumerateObject().Select(error => $"\n  {error.Name}: {string.Join(" ", error.Value.EnumerateArray())}"));
            return said ?? $"The server answered {status}.";
        }
        catch (JsonException)
        {
            return $"The server answered {status}: {text}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _tokens.RevokeAsync(_token, CancellationToken.None);
    }
}
