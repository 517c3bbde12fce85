using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Wanwu.Security.Access.External;

/// <summary>How the framework's handler is to speak with each provider: code flow with PKCE, state and nonce, signed tokens only, and nothing kept but who it is.</summary>
internal sealed class ExternalTerms(IOptions<ExternalOptions> external, ExternalEvents events, TimeProvider clock)
    : IConfigureNamedOptions<OpenIdConnectOptions>, IConfigureOptions<AuthenticationOptions>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    public static readonly IReadOnlyList<string> Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public void Configure(AuthenticationOptions options)
    {
        foreach (var provider in external.Value.Providers) options.AddScheme<OpenIdConnectHandler>(provider.Scheme, provider.Name);
    }

    public void Configure(OpenIdConnectOptions options)
    {
        // Only providers have a name.
    }

    public void Configure(string? name, OpenIdConnectOptions options)
    {
        if (external.Value.Providers.FirstOrDefault(known => known.Scheme == name) is not { } provider) return;
        (options.Authority, options.ClientId, options.ClientSecret) = (provider.Authority, provider.ClientId, provider.Secret());
        (options.ResponseType, options.ResponseMode, options.UsePkce) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query, true);
        options.Scope.Clear();
        foreach (var scope in ExternalProvider.Texts(provider.Scopes).Prepend(OpenIdConnectScope.OpenId).Distinct()) options.Scope.Add(scope);
        options.CallbackPath = $"/account/external/{provider.Id}/callback";
        // Signing out by a mere address would let any site sign people out.
        (options.RemoteSignOutPath, options.SignedOutCallbackPath) = (default, default);
        options.RequireHttpsMetadata = !(Uri.TryCreate(provider.Authority, UriKind.Absolute, out var authority) && authority.IsLoopback);
        (options.SignInScheme, options.TimeProvider, options.BackchannelTimeout) = (ExternalIdentity.Scheme, clock, TimeSpan.FromSeconds(15));
        (options.SaveTokens, options.UseTokenLifetime, options.MapInboundClaims, options.DisableTelemetry) = (false, false, false, true);
        TakeClaims(options, provider);
        Check(options);
        ShortenCookies(options);
        options.Events = events;
    }

    private static void TakeClaims(OpenIdConnectOptions options, ExternalProvider provider)
    {
        options.GetClaimsFromUserInfoEndpoint = provider.UserInfo;
        foreach (var kept in (string[])["iss", "acr"]) options.ClaimActions.Remove(kept);
        foreach (var claim in provider.Grants.Select(grant => grant.Claim).Distinct()) options.ClaimActions.MapJsonKey(claim, claim);
    }

    private static void Check(OpenIdConnectOptions options)
    {
        var token = options.TokenValidationParameters;
        (token.ValidateIssuer, token.ValidateAudience, token.ValidateLifetime, token.ValidateIssuerSigningKey) = (true, true, true, true);
        (token.RequireSignedTokens, token.RequireExpirationTime, token.ValidAlgorithms, token.ClockSkew) = (true, true, Algorithms, TimeSpan.FromMinutes(1));
        (options.ProtocolValidator.RequireNonce, options.ProtocolValidator.NonceLifetime, options.RemoteAuthenticationTimeout) = (true, Patience, Patience);
    }

    /// <summary>The answer comes as an address that the browser follows, to which Lax cookies go along; None would need TLS even on this machine.</summary>
    private static void ShortenCookies(OpenIdConnectOptions options)
    {
        options.CorrelationCookie.SameSite = options.NonceCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        (options.CorrelationCookie.Name, options.NonceCookie.Name) = ("wanwu-external-state.", "wanwu-external-nonce.");
    }
}
