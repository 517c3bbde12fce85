using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access.People;

/// <summary>Where the forms between password and session are sent, and that of an invitation: form and antiforgery token in, redirect out.</summary>
internal static class SignInStepEndpoints
{
    public const string InvitationPage = "/invitation";

    public static void MapSignInSteps(this IEndpointRouteBuilder account)
    {
        account.MapPost("/sign-in/code", Code).AuditedWithin("session.begin");
        account.MapPost("/sign-in/password", Password).AuditedWithin("person.change");
        account.MapPost("/sign-in/second-factor", SetUp).AuditedWithin("person.change");
        account.MapPost("/invitation", Invitation).AuditedWithin("invitation.use");
        account.MapPost("/presence", Presence).DisableAntiforgery().NotAudited("Says that somebody sits at the page; changes nothing.");
    }

    private static async Task<RedirectHttpResult> Code([FromForm] string? code, HttpContext context, UserManager<Person> people, SecondFactors factors, LockOut locks, FormDoor door, CancellationToken stop)
    {
        if (await door.Steps.WaitingAsync(context, people) is not var (person, waiting)) return TooLate();
        var source = $"second factor of {person.Id}";
        if (!door.MayTry(context, source)) return TypedResults.Redirect(AccountEndpoints.With(SignInSteps.FactorPage, ("error", "throttled")));
        if (!await factors.VerifyAsync(person.Id, code ?? "", stop))
        {
            await locks.FailedAsync(person.Id, stop);
            door.Failed(context, source, person.UserName!, "wrong code of the second factor");
            return TypedResults.Redirect(AccountEndpoints.With(SignInSteps.FactorPage, ("error", "wrong")));
        }
        await locks.SucceededAsync(person, stop);
        return TypedResults.Redirect(await door.Steps.NextAsync(context, await AnewAsync(context, person.Id), hasFactor: true, waiting.ReturnUrl, stop));
    }

    private static async Task<RedirectHttpResult> Password([FromForm] string? password, HttpContext context, UserManager<Person> people, OwnPassword own, FormDoor door, CancellationToken stop)
    {
        if (await door.Steps.WaitingAsync(context, people) is not var (person, waiting) || (person.HasSecondFactor && !waiting.HasFactor)) return TooLate();
        Origin.Current = Origin.Current with { Who = new Actor("person", person.Id.ToString(), person.UserName!) };
        var outcome = await own.ChangeAsync(person.Id, present: null, password ?? "", session: null, stop);
        if (outcome != NewPassword.Done) return TypedResults.Redirect(AccountEndpoints.With(SignInSteps.PasswordPage, ("error", outcome == NewPassword.Used ? "used-password" : "bad-password")));
        return TypedResults.Redirect(await door.Steps.NextAsync(context, await AnewAsync(context, person.Id), waiting.HasFactor, waiting.ReturnUrl, stop));
    }

    private static async Task<RedirectHttpResult> SetUp([FromForm] string? offer, [FromForm] string? code, HttpContext context, UserManager<Person> people, SecondFactors factors, FormDoor door, CancellationToken stop)
    {
        // Who has one already gives its code; here is the way of those who have none.
        if (await door.Steps.WaitingAsync(context, people) is not var (person, _) || person.HasSecondFactor) return TooLate();
        Origin.Current = Origin.Current with { Who = new Actor("person", person.Id.ToString(), person.UserName!) };
        if (await factors.SetUpAsync(person.Id, offer, code ?? "", stop) is null) return TypedResults.Redirect(AccountEndpoints.With(SignInSteps.SetUpPage, ("error", "wrong"), ("offer", offer)));
        // The recovery codes are made anew on the person's own page, where they can be shown.
        return TypedResults.Redirect(await door.Steps.NextAsync(context, await AnewAsync(context, person.Id), hasFactor: true, "/account", stop));
    }

    private static async Task<RedirectHttpResult> Invitation(
        [FromForm] string? code, [FromForm] string? name, [FromForm] string? password, HttpContext context, Redemption invitations, FormDoor door, CancellationToken stop)
    {
        const string source = "invitation";
        var outcome = door.MayTry(context, source) ? await invitations.RedeemAsync(code ?? "", name?.Trim() ?? "", password ?? "", stop) : RedeemLink.WrongCode;
        if (outcome == RedeemLink.Done) return TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("done", "invitation")));
        if (outcome == RedeemLink.WrongCode) door.Failed(context, source, name ?? "", "wrong or used link of an invitation");
        return TypedResults.Redirect(AccountEndpoints.With(InvitationPage, ("error", ErrorOf(outcome)), ("code", code), ("name", name)));
    }

    internal static string ErrorOf(RedeemLink outcome) => outcome switch
    {
        RedeemLink.BadName => "bad-name",
        RedeemLink.NameTaken => "name-taken",
        RedeemLink.BadPassword => "bad-password",
        RedeemLink.UsedPassword => "used-password",
        RedeemLink.LinkTaken => "link-taken",
        _ => "wrong-code",
    };

    private static NoContent Presence() => TypedResults.NoContent();

    /// <summary>The account as the step left it: the request's own context still holds it as it was.</summary>
    private static async Task<Person> AnewAsync(HttpContext context, Guid id)
    {
        await using var scope = context.RequestServices.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<UserManager<Person>>().FindByIdAsync(id.ToString()))!;
    }

    private static RedirectHttpResult TooLate() => TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("error", "late")));
}
