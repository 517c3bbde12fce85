using System.Net;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What carries tokens comes over TLS, or does not leave the machine; and no token comes in an address, where logs and histories keep it.</summary>
internal sealed class SafeTransport(RequestDelegate next)
{
    private static readonly PathString Connect = "/connect", WellKnown = "/.well-known";
    private static readonly string[] NeverInAddress = ["access_token", "refresh_token", "client_secret", "code_verifier"];

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if ((request.Path.StartsWithSegments(Connect) || request.Path.StartsWithSegments(WellKnown)) && !IsSafe(context))
            return RefuseAsync(context, "This is offered over HTTPS only; plain HTTP only on the machine itself.");
        return HasSecret(request) ? RefuseAsync(context, "Tokens and secrets are not taken from an address: send them in a header or in the body. Revoke this one, it may have been written down on the way.") : next(context);
    }

    /// <summary>Whether the request came over TLS or from this machine.</summary>
    public static bool IsSafe(HttpContext context) =>
        context.Request.IsHttps || (context.Connection is { RemoteIpAddress: { } from, LocalIpAddress: { } to } && IPAddress.IsLoopback(from) && IPAddress.IsLoopback(to));

    /// <summary>A parameter by whose name OAuth passes secrets, or a token of ours under whatever name.</summary>
    private static bool HasSecret(HttpRequest request) =>
        AccessTokenText.IsIn(request.Path.Value ?? "")
        || (request.QueryString.HasValue && request.Query.Any(part => NeverInAddress.Contains(part.Key) || AccessTokenText.IsIn(part.Key) || AccessTokenText.IsIn(part.Value.ToString())));

    private static Task RefuseAsync(HttpContext context, string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
}
