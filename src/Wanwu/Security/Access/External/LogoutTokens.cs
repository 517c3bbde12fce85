using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Wanwu.Security.Access.External;

/// <summary>Reads what a provider sends when somebody has signed out there. Anybody may send to that address, so all of it is checked as an identity token is.</summary>
internal sealed class LogoutTokens(IOptionsMonitor<OpenIdConnectOptions> terms, TimeProvider clock)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private const int MaxToken = 8_192;
    private static readonly TimeSpan MostAge = TimeSpan.FromMinutes(5);

    /// <returns>Who has signed out; null when the token is not the provider's, not of now, or names nobody.</returns>
    public async Task<string?> SubjectOfAsync(ExternalProvider provider, string? token, CancellationToken stop)
    {
        var options = terms.Get(provider.Scheme);
        if (token is not { Length: > 0 and <= MaxToken } || options.ConfigurationManager is not { } source) return null;
        try
        {
            var published = await source.GetConfigurationAsync(stop);
            var asked = options.TokenValidationParameters.Clone();
            (asked.ValidIssuer, asked.IssuerSigningKeys) = (published.Issuer, published.SigningKeys);
            // The specification leaves the end out; the age stands for it.
            asked.RequireExpirationTime = false;
            var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, asked);
            return result is { IsValid: true, SecurityToken: JsonWebToken read } && provider.IsIssuer(read.Issuer) && IsLogout(read) ? read.Subject : null;
        }
        catch (Exception fault) when (fault is InvalidOperationException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    private bool IsLogout(JsonWebToken token) =>
        !token.TryGetPayloadValue<string>("nonce", out _) && !string.IsNullOrEmpty(token.Subject)
        && token.IssuedAt != default && (clock.GetUtcNow() - token.IssuedAt).Duration() <= MostAge
        && token.TryGetPayloadValue<JsonElement>("events", out var events) && events.ValueKind == JsonValueKind.Object && events.TryGetProperty(Event, out _);
}
