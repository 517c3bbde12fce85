using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Where a program sends a person's browser: sign-in, consent, and back with a code. OpenIddict has checked program, redirect address and PKCE before anything here runs.</summary>
internal static class AuthorizeEndpoint
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;
    public const string Decision = "decision", Allow = "allow";

    public static void MapAuthorize(this IEndpointRouteBuilder routes)
    {
        var authorize = routes.MapGroup(OAuthModule.AuthorizePath).ExcludeFromDescription().AllowAnonymous();
        authorize.MapGet("/", Ask);
        authorize.MapPost("/", DecideAsync).AuditedWithin("program.consent");
    }

    /// <summary>Consent is asked each time: it is the one moment at which a person sees who wants what.</summary>
    private static Results<RedirectHttpResult, ForbidHttpResult> Ask(HttpContext context)
    {
        var request = RequestOf(context);
        if (PersonOf(context) is null)
            return request.HasPromptValue(PromptValues.None) ? Refuse(Errors.LoginRequired, "Nobody is signed in.") : ToSignIn(context);
        if (request.HasPromptValue(PromptValues.None)) return Refuse(Errors.ConsentRequired, "The person has to be asked.");
        return request.HasPromptValue(PromptValues.Login) ? ToSignIn(context) : TypedResults.LocalRedirect(OAuthModule.ConsentPage + context.Request.QueryString);
    }

    /// <summary>What the consent page sends. A form of another site carries no antiforgery token that fits.</summary>
    private static async Task<Results<RedirectHttpResult, ForbidHttpResult, SignInHttpResult, ProblemHttpResult>> DecideAsync(
        HttpContext context, IAntiforgery forms, IDbContextFactory<RegistryDb> contexts, CurrentGrants grants, AuditTrail trail, CancellationToken stop)
    {
        if (!await forms.IsRequestValidAsync(context)) return TypedResults.Problem("The form is not from this server, or has been open for too long. Begin again in the program.", statusCode: 400);
        if (PersonOf(context) is not { } id) return TypedResults.Problem("Nobody is signed in any more. Begin again in the program.", statusCode: 400);
        var request = RequestOf(context);
        await using var db = await contexts.CreateDbContextAsync(stop);
        var program = await db.Programs.AsNoTracking().SingleAsync(row => row.ClientId == request.ClientId, stop);
        var scopes = AskedScopes.Of(program, request.GetScopes());
        var happened = new AuditEvent("program.consent")
        {
            Object = new AuditObject("program", program.Id.ToString(), program.DisplayName), Detail = new Dictionary<string, string> { ["scope"] = string.Join(' ', scopes) },
        };
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, stop) is not { } person || context.Request.Form[Decision] != Allow)
        {
            trail.Note(happened with { Outcome = AuditResult.Refused, Reason = "the person said no" });
            return Refuse(Errors.AccessDenied, "The person said no.");
        }
        if (!ProgramReach.MayActFor(grants.Book, program.Organisation, id))
        {
            trail.Note(happened with { Outcome = AuditResult.Refused, Reason = "the person holds more than the program's organisation" });
            return Refuse(Errors.AccessDenied, "The program acts for people of its organisation only.");
        }
        await trail.AppendAsync(happened);
        return TypedResults.SignIn(OAuthPrincipals.OfPerson(person, program, scopes), authenticationScheme: Scheme);
    }

    private static OpenIddictRequest RequestOf(HttpContext context) =>
        context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The request did not pass OpenIddict.");

    /// <summary>Who is signed in at this browser. A token is no person who can be asked.</summary>
    private static Guid? PersonOf(HttpContext context) =>
        Caller.Find(context.User) is { Kind: CallerKind.Person, Token: null, Id: { } text } && Guid.TryParse(text, out var id) ? id : null;

    /// <summary>To the sign-in page and back here, where signing in is not asked for a second time.</summary>
    private static RedirectHttpResult ToSignIn(HttpContext context)
    {
        var query = QueryString.Create(context.Request.Query.Where(part => part.Key != Parameters.Prompt));
        return TypedResults.LocalRedirect(AccountEndpoints.SignInPage + QueryString.Create("returnUrl", OAuthModule.AuthorizePath + query));
    }

    private static ForbidHttpResult Refuse(string error, string description) => TypedResults.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }), [Scheme]);
}
