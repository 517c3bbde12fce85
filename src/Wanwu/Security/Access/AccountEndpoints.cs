using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Security.Access.External;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access;

/// <summary>Where the console's sign-in, sign-out and set-up forms are sent: form and antiforgery token in, redirect out, with <c>error</c> in the query when it failed.</summary>
internal static class AccountEndpoints
{
    public const string SignInPage = "/sign-in", SetupPage = "/setup";

    public static void MapAccount(this IEndpointRouteBuilder routes)
    {
        var account = routes.MapGroup("/account").ExcludeFromDescription().AllowAnonymous();
        account.MapPost("/sign-in", SignIn).AuditedWithin("session.begin");
        account.MapPost("/sign-out", SignOut).AuditedWithin("session.end");
        account.MapPost("/setup", Setup).AuditedWithin("setup.use");
        account.MapSignInSteps();
        account.MapExternal();
    }

    private static async Task<RedirectHttpResult> SignIn(
        [FromForm] string? name, [FromForm] string? password, [FromForm] string? returnUrl,
        HttpContext context, PersonSignIn people, SignInSteps steps, CancellationToken stop)
    {
        var (outcome, person) = await people.CheckAsync(name?.Trim() ?? "", password ?? "", BasicHandler.AddressOf(context), stop);
        if (outcome != PersonOutcome.Done) return TypedResults.Redirect(With(SignInPage, ("error", ErrorOf(outcome)), ("returnUrl", Local(returnUrl))));
        return TypedResults.Redirect(await steps.NextAsync(context, person!, hasFactor: false, Local(returnUrl), stop));
    }

    private static async Task<RedirectHttpResult> SignOut(HttpContext context, PersonSessions sessions, [FromForm] string? returnUrl, CancellationToken stop)
    {
        if (Caller.Find(context.User) is { Kind: CallerKind.Person, Id: { } person } && PersonSessions.IdOf(context.User) is { } session) await sessions.EndAsync(Guid.Parse(person), session, stop);
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.Redirect(Local(returnUrl) ?? SignInPage);
    }

    private static async Task<RedirectHttpResult> Setup(
        [FromForm] string? code, [FromForm] string? name, [FromForm] string? password,
        HttpContext context, FirstAdministrator first, [FromServices] FormDoor door, UserManager<Person> people, CancellationToken stop)
    {
        const string source = "set-up code";
        var outcome = door.MayTry(context, source) ? await first.RedeemAsync(code ?? "", name?.Trim() ?? "", password ?? "", stop) : RedeemOutcome.WrongCode;
        if (outcome == RedeemOutcome.WrongCode) door.Failed(context, source, name ?? "", "wrong set-up code");
        if (outcome != RedeemOutcome.Done) return TypedResults.Redirect(With(SetupPage, ("error", ErrorOf(outcome)), ("code", code), ("name", name)));
        var person = await people.FindByNameAsync(name!.Trim());
        return TypedResults.Redirect(await door.Steps.NextAsync(context, person!, hasFactor: false, returnUrl: null, stop));
    }

    private static string ErrorOf(PersonOutcome outcome) => outcome switch
    {
        PersonOutcome.Locked => "locked",
        PersonOutcome.Throttled => "throttled",
        _ => "wrong",
    };

    private static string ErrorOf(RedeemOutcome outcome) => outcome switch
    {
        RedeemOutcome.AlreadyDone => "already-done",
        RedeemOutcome.BadName => "bad-name",
        RedeemOutcome.BadPassword => "bad-password",
        _ => "wrong-code",
    };

    /// <summary>Only pages of this server: a link from elsewhere must not send people away with their session fresh.</summary>
    internal static string? Local(string? url) => RedirectHttpResult.IsLocalUrl(url) ? url : null;

    internal static string With(string page, params (string Name, string? Value)[] query) =>
        page + QueryString.Create(query.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => KeyValuePair.Create(part.Name, part.Value)));
}
