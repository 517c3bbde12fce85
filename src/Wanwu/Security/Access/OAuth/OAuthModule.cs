using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Wanwu.Hosting.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Access.OAuth;

/// <summary>OAuth 2.1 for programs: the parts of OpenIddict that are used, and how strictly.</summary>
internal static class OAuthModule
{
    public const string AuthorizePath = "/connect/authorize", TokenPath = "/connect/token", RevokePath = "/connect/revoke", IntrospectPath = "/connect/introspect", ConsentPage = "/consent";

    public static void AddOAuth(this WebApplicationBuilder builder)
    {
        builder.AddSettings<OAuthOptions>("Security:OAuth");
        var services = builder.Services;
        services.AddSingleton<OAuthKeys>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<OAuthKeys>());
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<OAuthKeys>());
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, OAuthTerms>();
        services.AddSingleton<OAuthTokens>();
        services.AddSingleton<OAuthPrincipals>();
        services.AddSingleton<Programs>();
        services.AddSingleton<OwnPrograms>();
        services.AddHostedService<OAuthUpkeep>();
        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<RegistryDb>().ReplaceDefaultEntities<ProgramRow, ProgramGrantRow, ScopeRow, IssuedTokenRow, Guid>();
                core.ReplaceApplicationManager<ProgramRow, ProgramApplications>();
            })
            .AddServer(Configure);
    }

    private static void Configure(OpenIddictServerBuilder server)
    {
        server.SetAuthorizationEndpointUris(AuthorizePath[1..]).SetTokenEndpointUris(TokenPath[1..]).SetRevocationEndpointUris(RevokePath[1..])
            .SetIntrospectionEndpointUris(IntrospectPath[1..]).SetConfigurationEndpointUris(".well-known/openid-configuration", ".well-known/oauth-authorization-server")
            .SetJsonWebKeySetEndpointUris(".well-known/jwks");
        server.AllowAuthorizationCodeFlow().AllowClientCredentialsFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
        server.UseReferenceAccessTokens().UseReferenceRefreshTokens();
        // A refresh token that comes twice was copied: no grace.
        server.SetRefreshTokenReuseLeeway(null).SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(2)).DisableSlidingRefreshTokenExpiration();
        server.RegisterScopes([.. Enum.GetValues<Permission>().Select(permission => permission.Policy()), OpenIddictConstants.Scopes.OpenId, OpenIddictConstants.Scopes.Profile, OpenIddictConstants.Scopes.OfflineAccess]);
        // What may come over plain HTTP is decided by SafeTransport.
        server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement().SuppressJsonResponseIndentation();
        OAuthEvents.Add(server);
    }

    public static void UseOAuthGuards(this WebApplication app) => app.UseMiddleware<SafeTransport>();

    public static void MapOAuth(this WebApplication app)
    {
        app.MapAuthorize();
        app.MapTokenExchange();
        app.MapPrograms();
    }

    /// <summary>What the settings say, and what OAuth 2.1 has left behind.</summary>
    private sealed class OAuthTerms(IOptions<OAuthOptions> terms) : IConfigureOptions<OpenIddictServerOptions>
    {
        public void Configure(OpenIddictServerOptions options)
        {
            if (terms.Value.Issuer is { Length: > 0 } issuer) options.Issuer = new Uri(issuer);
            options.AccessTokenLifetime = TimeSpan.FromMinutes(terms.Value.AccessTokenMinutes);
            options.RefreshTokenLifetime = TimeSpan.FromDays(terms.Value.RefreshTokenDays);
            options.CodeChallengeMethods.RemoveWhere(method => method != OpenIddictConstants.CodeChallengeMethods.Sha256);
            options.ResponseModes.RemoveWhere(mode => mode != OpenIddictConstants.ResponseModes.Query);
        }
    }
}
