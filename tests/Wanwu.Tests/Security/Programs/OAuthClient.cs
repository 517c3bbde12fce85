using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace Wanwu.Tests.Security.Programs;

/// <summary>A program as its author writes it: it knows addresses and parameters from the standards, and no type of the server.</summary>
internal sealed class OAuthClient(WanwuServer server, string clientId, string? secret, string redirectUri) : IDisposable
{
    public const string Back = "https://app.example/callback";
    private readonly HttpClient _http = server.Anonymous();

    public string Id => clientId;
    public string? Secret => secret;
    public string Verifier { get; } = Base64Url(RandomNumberGenerator.GetBytes(32));
    public string Challenge => Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>Registered by an administrator through the API.</summary>
    public static async Task<OAuthClient> RegisterAsync(WanwuServer server, HttpClient administrator, string scope = """["administrator"]""", string roles = "[]", bool isPublic = false, string redirectUri = Back)
    {
        var body = $$"""{"name":"program {{Guid.NewGuid():N}}","public":{{(isPublic ? "true" : "false")}},"redirectUris":["{{redirectUri}}"],"scope":{{scope}},"roles":{{roles}}}""";
        var made = await administrator.CreateAsync("/api/v1/programs", body);
        return new OAuthClient(server, made["program"]!.Text("clientId"), made["secret"]?.GetValue<string>(), redirectUri);
    }

    /// <summary>The parameters with which a browser is sent to the server.</summary>
    public Dictionary<string, string> Request(string scope) => new()
    {
        ["client_id"] = clientId, ["redirect_uri"] = redirectUri, ["response_type"] = "code", ["scope"] = scope, ["state"] = "state of the program",
        ["code_challenge"] = Challenge, ["code_challenge_method"] = "S256",
    };

    public static string Address(Dictionary<string, string> parameters) =>
        "/connect/authorize?" + string.Join('&', parameters.Select(each => $"{each.Key}={Uri.EscapeDataString(each.Value)}"));

    /// <summary>Through consent page and form as a browser goes; the code that came back.</summary>
    public async Task<string> CodeAsync(SignedIn person, string scope)
    {
        var asked = Request(scope);
        using var first = await person.Http.SendAsync(HttpMethod.Get, Address(asked));
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.StartsWith("/consent?", first.Headers.Location!.ToString(), StringComparison.Ordinal);
        asked["decision"] = "allow";
        using var back = await person.PostFormAsync("/connect/authorize", asked);
        var (to, query) = Parse(back);
        Assert.Equal((redirectUri, "state of the program"), (to, query["state"]));
        return query["code"] ?? throw new InvalidOperationException($"No code: {back.Headers.Location}");
    }

    public static (string To, System.Collections.Specialized.NameValueCollection Query) Parse(HttpResponseMessage redirect)
    {
        Assert.True(redirect.StatusCode == HttpStatusCode.Redirect, $"{redirect.StatusCode}");
        var location = redirect.Headers.Location!;
        return (location.GetLeftPart(UriPartial.Path), HttpUtility.ParseQueryString(location.Query));
    }

    public Task<JsonNode> RedeemAsync(string code, HttpStatusCode expect = HttpStatusCode.OK, string? verifier = null, string? redirect = null) =>
        TokenAsync(expect, ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect ?? redirectUri), ("code_verifier", verifier ?? Verifier));

    public Task<JsonNode> RefreshAsync(string refreshToken, HttpStatusCode expect = HttpStatusCode.OK, string? scope = null) =>
        TokenAsync(expect, [("grant_type", "refresh_token"), ("refresh_token", refreshToken), .. scope is null ? [] : new[] { ("scope", scope) }]);

    public Task<JsonNode> OwnAsync(string? scope = null, HttpStatusCode expect = HttpStatusCode.OK) =>
        TokenAsync(expect, [("grant_type", "client_credentials"), .. scope is null ? [] : new[] { ("scope", scope) }]);

    public Task<JsonNode> TokenAsync(HttpStatusCode expect, params (string Name, string Value)[] parameters) => PostAsync("/connect/token", expect, parameters);

    /// <summary>A form with the client's own credentials in it, as the standard has it for all endpoints of programs.</summary>
    public async Task<JsonNode> PostAsync(string path, HttpStatusCode expect, params (string Name, string Value)[] parameters)
    {
        var form = parameters.Prepend(("client_id", clientId)).ToDictionary(each => each.Item1, each => each.Item2);
        if (secret is not null) form.TryAdd("client_secret", secret);
        using var answer = await _http.PostAsync(path, new FormUrlEncodedContent(form), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expect == answer.StatusCode, $"{path}: expected {(int)expect}, got {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    /// <summary>The same program with another secret.</summary>
    public OAuthClient With(string? other) => new(server, clientId, other, redirectUri);

    /// <summary>A client of the API that shows the token.</summary>
    public HttpClient Bearing(JsonNode tokens)
    {
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {tokens.Text("access_token")}");
        return client;
    }

    public void Dispose() => _http.Dispose();

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
