using Microsoft.AspNetCore.Identity;
using Wanwu.Security.Access.People;

namespace Wanwu.Security.Access;

/// <summary>Refuses changes that another site asks for with a person's session (cross-site request forgery). Forms carry a token of their own; this covers the API, and the circuits of pages.</summary>
internal static class CrossSiteGuard
{
    public static void UseCrossSiteGuard(this WebApplication app) => app.Use(static (context, next) =>
    {
        if (!IsForged(context)) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>Whether a connection that a page opens comes from a page of this host; a program names no page. Behind a proxy that ends TLS the scheme is another, so the host alone is compared.</summary>
    public static bool IsOwnPage(HttpRequest request) =>
        request.Headers.Origin is not [var origin] || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private static bool IsForged(HttpContext context)
    {
        var request = context.Request;
        if (request.Path.StartsWithSegments(SessionCookie.Circuit) && !IsOwnPage(request)) return true;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return false;
        // Only a cookie is sent without the sender's doing.
        if (context.User.Identity?.AuthenticationType != IdentityConstants.ApplicationScheme) return false;
        // Every browser of today says where a request comes from (W3C Fetch Metadata); what says nothing is checked by its origin.
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0) return site is not ("same-origin" or "none");
        return request.Headers.Origin is { Count: > 0 } origin && (origin.Count > 1 || origin[0] != $"{request.Scheme}://{request.Host}");
    }
}
