using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Wanwu.Security.Audit;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What OpenIddict answers by itself: refusals and revocations reach the audit trail, and whoever guesses is slowed down.</summary>
internal sealed class OAuthRecords(AuditTrail trail, RefusalGate refusals, SignInThrottle throttle, OAuthTokens tokens) :
    IOpenIddictServerHandler<ExtractTokenRequestContext>, IOpenIddictServerHandler<ApplyTokenResponseContext>, IOpenIddictServerHandler<ApplyAuthorizationResponseContext>,
    IOpenIddictServerHandler<ApplyRevocationResponseContext>, IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    private const int MostText = 100;

    public ValueTask HandleAsync(ExtractTokenRequestContext context)
    {
        if (!throttle.MayTry(AddressOf(context.Transaction), NameOf(context.Request)))
            context.Reject(Errors.TemporarilyUnavailable, "Too many wrong attempts from this address. Try again in a minute.");
        return default;
    }

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        // A code or refresh token that came twice has revoked what it once gave.
        tokens.Forget();
        if (context.Response.Error == Errors.InvalidClient) throttle.Failed(AddressOf(context.Transaction), NameOf(context.Request));
        Refused("program.token", context.Transaction, context.Request, context.Response);
        return default;
    }

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        Refused("program.consent", context.Transaction, context.Request, context.Response);
        return default;
    }

    public async ValueTask HandleAsync(ApplyRevocationResponseContext context)
    {
        tokens.Forget();
        Refused("program.revoke", context.Transaction, context.Request, context.Response);
        if (context.Response.Error is null) await trail.AppendAsync(EventOf("program.revoke", context.Transaction, context.Request));
    }

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        Refused("program.introspect", context.Transaction, context.Request, context.Response);
        return default;
    }

    private void Refused(string action, OpenIddictServerTransaction transaction, OpenIddictRequest? request, OpenIddictResponse response)
    {
        if (response.Error is not { } error) return;
        refusals.Refused(EventOf(action, transaction, request) with { Reason = Cut($"{error}: {response.ErrorDescription}", 3 * MostText) });
    }

    /// <summary>The client by the name it gave, which may be anybody's: whether it proved to be it, the result says.</summary>
    private static AuditEvent EventOf(string action, OpenIddictServerTransaction transaction, OpenIddictRequest? request) => new(action)
    {
        Who = new Actor("program", null, NameOf(request)), Address = AddressOf(transaction), Door = "api", Object = new AuditObject("program", NameOf(request)),
    };

    private static string NameOf(OpenIddictRequest? request) => Cut(request?.ClientId ?? "unknown", MostText);

    private static string AddressOf(OpenIddictServerTransaction transaction) => transaction.GetHttpRequest() is { } request ? BasicHandler.AddressOf(request.HttpContext) : "";

    private static string Cut(string text, int most) => text.Length > most ? text[..most] + "…" : text;
}
