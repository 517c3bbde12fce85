using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
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
        account.MapPost("/sign-out", SignOut).Audited("session.end");
        account.MapPost("/setup", Setup).AuditedWithin("setup.use");
    }

    private static async Task<RedirectHttpResult> SignIn(
        [FromForm] string? name, [FromForm] string? password, [FromForm] string? returnUrl,
        HttpContext context, PersonSignIn people, SignInManager<Person> sessions, CancellationToken stop)
    {
        var (outcome, person) = await people.CheckAsync(name?.Trim() ?? "", password ?? "", BasicHandler.AddressOf(context), stop);
        if (outcome != PersonOutcome.Done) return TypedResults.Redirect(With(SignInPage, ("error", ErrorOf(outcome)), ("returnUrl", Local(returnUrl))));
        await sessions.SignInAsync(person!, isPersistent: false);
        return TypedResults.Redirect(Local(returnUrl) ?? "/");
    }

    private static async Task<RedirectHttpResult> SignOut(HttpContext context, [FromForm] string? returnUrl)
    {
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.Redirect(Local(returnUrl) ?? SignInPage);
    }

    private static async Task<RedirectHttpResult> Setup(
        [FromForm] string? code, [FromForm] string? name, [FromForm] string? password,
        HttpContext context, FirstAdministrator first, SignInManager<Person> sessions, SignInThrottle throttle, SignInRecords records, CancellationToken stop)
    {
        const string source = "set-up code";
        var address = BasicHandler.AddressOf(context);
        var outcome = throttle.MayTry(address, source) ? await first.RedeemAsync(code ?? "", name?.Trim() ?? "", password ?? "", stop) : RedeemOutcome.WrongCode;
        if (outcome == RedeemOutcome.WrongCode)
        {
            throttle.Failed(address, source);
            records.Refused(name ?? "", address, "wrong set-up code");
        }
        if (outcome != RedeemOutcome.Done) return TypedResults.Redirect(With(SetupPage, ("error", ErrorOf(outcome)), ("code", code), ("name", name)));
        var person = await sessions.UserManager.FindByNameAsync(name!.Trim());
        await records.DoneAsync(person!, address);
        await sessions.SignInAsync(person!, isPersistent: false);
        return TypedResults.Redirect("/");
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
    private static string? Local(string? url) => RedirectHttpResult.IsLocalUrl(url) ? url : null;

    private static string With(string page, params (string Name, string? Value)[] query) =>
        page + QueryString.Create(query.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => KeyValuePair.Create(part.Name, part.Value)));
}
