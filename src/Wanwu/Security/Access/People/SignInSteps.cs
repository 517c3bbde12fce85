using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>What follows a right password: the second factor, a new password where the old one is over, the set-up of a second factor that is due; then the session.</summary>
internal sealed class SignInSteps(PersonSessions sessions, SecondFactors factors, PasswordRules passwords, PendingSignIn pending, SignInRecords records, TimeProvider clock)
{
    public const string FactorPage = "/sign-in/code", PasswordPage = "/sign-in/password", SetUpPage = "/sign-in/second-factor";

    /// <summary>Takes the person one step on.</summary>
    /// <param name="hasFactor">Whether a second factor has been given, here or to a provider that is trusted in it.</param>
    /// <returns>The page to go to.</returns>
    public async Task<string> NextAsync(HttpContext context, Person person, bool hasFactor, string? returnUrl, CancellationToken stop)
    {
        var now = Timestamp.Now(clock);
        var page = person.HasSecondFactor && !hasFactor ? FactorPage
            : passwords.IsOver(person, now) ? PasswordPage
            : !hasFactor && await factors.DueAsync(person, stop) is { } due && due <= now ? SetUpPage
            : null;
        if (page is not null)
        {
            pending.Keep(context, new Pending(person.Id, person.SecurityStamp ?? "", hasFactor, returnUrl));
            return page;
        }
        await BeginAsync(context, person, stop);
        return returnUrl ?? "/";
    }

    /// <summary>The person that waits between two steps; null when it took too long, or the account has changed meanwhile.</summary>
    public async Task<(Person Person, Pending Pending)?> WaitingAsync(HttpContext context, UserManager<Person> people)
    {
        if (pending.Find(context) is not { } kept || await people.FindByIdAsync(kept.Person.ToString()) is not { } person) return null;
        return person.SecurityStamp == kept.Stamp && !person.IsDisabled && !(person.LockoutEnd > clock.GetUtcNow()) ? (person, kept) : null;
    }

    private async Task BeginAsync(HttpContext context, Person person, CancellationToken stop)
    {
        var address = BasicHandler.AddressOf(context);
        // An older session of this browser ends here: none is carried over into the new one.
        if (PersonSessions.IdOf(context.User) is { } old && Guid.TryParse(context.User.FindFirstValue(ClaimTypes.NameIdentifier), out var before)) await sessions.EndAsync(before, old, stop);
        await records.DoneAsync(person, address);
        var session = await sessions.BeginAsync(person.Id, address, context.Request.Headers.UserAgent, stop);
        PendingSignIn.Forget(context);
        var identities = context.RequestServices.GetRequiredService<SignInManager<Person>>();
        await identities.SignInWithClaimsAsync(person, new AuthenticationProperties { IsPersistent = false }, [new Claim(PersonSessions.Claim, session.ToString())]);
    }
}
