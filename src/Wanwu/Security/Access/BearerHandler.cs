using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Wanwu.Security.Access.OAuth;

namespace Wanwu.Security.Access;

/// <summary>Programs: <c>Authorization: Bearer wanwu_…</c> (RFC 6750).</summary>
internal sealed class BearerHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, Bearers bearers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith($"{Name} ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var token = header[(Name.Length + 1)..].Trim();
        if (OAuthTokens.IsWellFormed(token) && !SafeTransport.IsSafe(Context)) return AuthenticateResult.Fail("Tokens of OAuth are taken over HTTPS only; plain HTTP only on the machine itself.");
        return await bearers.VerifyAsync(token, BasicHandler.AddressOf(Context), Context.RequestAborted) is { } caller
            ? AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(Name), Name))
            : AuthenticateResult.Fail("The token is wrong, revoked or out of date.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer realm=\"wanwu\", error=\"invalid_token\"";
        return base.HandleChallengeAsync(properties);
    }
}
