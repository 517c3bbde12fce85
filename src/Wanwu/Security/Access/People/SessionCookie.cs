using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access.People;

/// <summary>Asks at every request whether the session of the cookie goes on, and notes that somebody is there.</summary>
internal sealed class SessionCookie(PersonSessions sessions, IOptions<PeopleOptions> options) : CookieAuthenticationEvents
{
    public static readonly PathString Circuit = "/_blazor";

    /// <summary>The cookie lives as long as a session may; when nothing is done, the session ends before.</summary>
    public TimeSpan Life => TimeSpan.FromHours(options.Value.SessionHours);

    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        if (context.Principal is not { } user || PersonSessions.IdOf(user) is null || !sessions.IsLive(user))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(context.Scheme.Name);
            return;
        }
        // A page that connects again by itself is nobody.
        if (!context.HttpContext.Request.Path.StartsWithSegments(Circuit)) await sessions.TouchAsync(user, context.HttpContext.RequestAborted);
    }

    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context) => AnswerOrRedirect(context, StatusCodes.Status401Unauthorized);

    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context) => AnswerOrRedirect(context, StatusCodes.Status403Forbidden);

    /// <summary>A person is led to the sign-in page; a program is told the status.</summary>
    private static Task AnswerOrRedirect(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        var request = context.Request;
        if (status == StatusCodes.Status401Unauthorized && HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/metrics"))
        {
            context.Response.Redirect(context.RedirectUri);
            return Task.CompletedTask;
        }
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer realm=\"wanwu\"";
        return Task.CompletedTask;
    }
}
