using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Wanwu.Tests.Security.External;

/// <summary>A provider on a port of its own that says of anybody whatever a test wants it to say, signed or not.</summary>
internal sealed class FalseProvider : IAsyncDisposable
{
    public const string ClientId = "wanwu";
    private readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "one" };
    private readonly WebApplication _app;
    private readonly Dictionary<string, string> _codes = [];

    private FalseProvider(WebApplication app) => _app = app;

    public string Issuer => _app.Urls.First();

    /// <summary>What the discovery document calls itself.</summary>
    public string? DocumentIssuer { get; set; }

    public static async Task<FalseProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var provider = new FalseProvider(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = provider.DocumentIssuer ?? provider.Issuer, authorization_endpoint = $"{provider.Issuer}/authorize", token_endpoint = $"{provider.Issuer}/token", jwks_uri = $"{provider.Issuer}/keys",
            response_types_supported = (string[])["code"], subject_types_supported = (string[])["public"], id_token_signing_alg_values_supported = (string[])["ES256"],
        }));
        app.MapGet("/keys", () => Results.Json(new { keys = (object[])[PublicOf(provider._key)] }));
        app.MapPost("/token", (HttpRequest request) => provider.Redeem(request.Form["code"].ToString()));
        await app.StartAsync();
        return provider;
    }

    /// <summary>A code for which this identity token is handed out, once.</summary>
    public string CodeFor(string token)
    {
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = token;
        return code;
    }

    private IResult Redeem(string code) => _codes.Remove(code, out var token)
        ? Results.Json(new { access_token = "of no use", token_type = "Bearer", expires_in = 60, id_token = token })
        : Results.Json(new { error = "invalid_grant" }, statusCode: 400);

    /// <param name="alter">Changes what is right into what is not.</param>
    public string Token(string nonce, string subject, Action<SecurityTokenDescriptor>? alter = null)
    {
        var now = DateTime.UnixEpoch + (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch);
        var said = new SecurityTokenDescriptor
        {
            Issuer = Issuer, Audience = ClientId, IssuedAt = now, NotBefore = now, Expires = now.AddMinutes(5), SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.EcdsaSha256),
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["nonce"] = nonce },
        };
        alter?.Invoke(said);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(said);
    }

    private static object PublicOf(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = key.KeyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _key.ECDsa.Dispose();
    }
}
