using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Wanwu.Security.Audit;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Where a program gets its tokens. OpenIddict has checked secret, code, code verifier and refresh token before anything here runs.</summary>
internal static class TokenExchangeEndpoint
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void MapTokenExchange(this IEndpointRouteBuilder routes) =>
        routes.MapPost(OAuthModule.TokenPath, ExchangeAsync).ExcludeFromDescription().AllowAnonymous().AuditedWithin("program.token");

    private static async Task<Results<SignInHttpResult, ForbidHttpResult>> ExchangeAsync(HttpContext context, OAuthPrincipals principals, AuditTrail trail, CancellationToken stop)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The request did not pass OpenIddict.");
        var principal = request.IsClientCredentialsGrantType()
            ? await principals.OfClientAsync(request.ClientId!, request.GetScopes(), stop)
            : await RenewAsync(context, request, principals, stop);
        if (principal is null) return Refuse("Whoever the token speaks for is no longer there.");

        await trail.AppendAsync(new AuditEvent("program.token")
        {
            Who = new Actor("program", request.ClientId, principal.GetClaim(Claims.Name) ?? request.ClientId!), Object = new AuditObject("program", request.ClientId),
            Detail = new Dictionary<string, string> { ["grant"] = request.GrantType!, ["subject"] = principal.GetClaim(Claims.Subject)!, ["scope"] = string.Join(' ', principal.GetScopes()) },
        });
        return TypedResults.SignIn(principal, authenticationScheme: Scheme);
    }

    private static async Task<ClaimsPrincipal?> RenewAsync(HttpContext context, OpenIddictRequest request, OAuthPrincipals principals, CancellationToken stop)
    {
        var shown = await context.AuthenticateAsync(Scheme);
        return shown.Principal is { } before ? await principals.RenewAsync(before, request.GetScopes(), stop) : null;
    }

    private static ForbidHttpResult Refuse(string description) => TypedResults.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.InvalidGrant,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }), [Scheme]);
}
