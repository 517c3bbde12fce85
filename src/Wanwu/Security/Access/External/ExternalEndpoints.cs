using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access.External;

/// <summary>To a provider and back: for signing in, for an invitation, and for linking one's account. The provider's own answer is taken by the framework's handler, which leads to <see cref="Done"/>.</summary>
internal static partial class ExternalEndpoints
{
    private const string DonePath = "/account/external-done", ReturnUrl = "returnUrl", Invitation = "invitation", Ticket = "ticket", AccountPage = "/account";

    public static void MapExternal(this IEndpointRouteBuilder account)
    {
        account.MapGet("/external/{id}", Start);
        account.MapGet("/external-done", Done).AuditedWithin("session.begin");
        account.MapPost("/external-invitation", UseInvitation).AuditedWithin("invitation.use");
        account.MapPost("/external/{id}/sign-out", SignOut).DisableAntiforgery().AuditedWithin("session.end");
    }

    /// <summary>Where a page leads that offers the provider.</summary>
    public static string StartPath(ExternalProvider provider, params (string Name, string? Value)[] query) => AccountEndpoints.With($"account/external/{provider.Id}", query);

    private static async Task<Results<EmptyHttpResult, RedirectHttpResult, NotFound>> Start(
        string id, string? returnUrl, string? invitation, string? ticket, HttpContext context, IOptions<ExternalOptions> options, ILogger<ExternalEvents> logger)
    {
        if (options.Value.Find(id) is not { } provider) return TypedResults.NotFound();
        var purpose = new AuthenticationProperties { RedirectUri = DonePath };
        if (AccountEndpoints.Local(returnUrl) is { } back) purpose.Items[ReturnUrl] = back;
        if (!string.IsNullOrEmpty(invitation)) purpose.Items[Invitation] = invitation;
        if (!string.IsNullOrEmpty(ticket)) purpose.Items[Ticket] = ticket;
        try
        {
            await context.ChallengeAsync(provider.Scheme, purpose);
            return TypedResults.Empty;
        }
        // What cannot be read of a provider comes as either of these.
        catch (Exception fault) when (fault is InvalidOperationException or IOException or HttpRequestException)
        {
            Unreachable(logger, provider.Id, fault);
            return TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("error", "external-down"), (ReturnUrl, AccountEndpoints.Local(returnUrl))));
        }
    }

    private static async Task<RedirectHttpResult> Done(HttpContext context, ExternalPeople people, LinkTickets tickets, IOptions<ExternalOptions> options, [FromServices] FormDoor door, CancellationToken stop)
    {
        if (await ExternalIdentity.FindAsync(context, options.Value) is not var (identity, purpose)) return TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("error", "late")));
        // Kept on for the form on which the invited person chooses a name.
        if (purpose.Items.TryGetValue(Invitation, out var code)) return TypedResults.Redirect(AccountEndpoints.With(SignInStepEndpoints.InvitationPage, ("code", code), ("external", identity.Provider.Id)));
        await context.SignOutAsync(ExternalIdentity.Scheme);
        if (purpose.Items.TryGetValue(Ticket, out var ticket)) return await LinkAsync(context, identity, ticket ?? "", people, tickets, stop);
        var (person, outcome) = await people.EnterAsync(identity, stop);
        if (outcome == ExternalOutcome.Done) return TypedResults.Redirect(await door.Steps.NextAsync(context, person!, identity.HasFactor, AccountEndpoints.Local(purpose.Items.TryGetValue(ReturnUrl, out var url) ? url : null), stop));
        door.Failed(context, $"{identity.Issuer} {identity.Subject}", person?.UserName ?? identity.Name, ReasonOf(outcome, identity.Provider));
        return TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("error", "external-unknown")));
    }

    private static string ReasonOf(ExternalOutcome outcome, ExternalProvider provider) => outcome switch
    {
        ExternalOutcome.KeptOut => "the account is disabled or locked",
        ExternalOutcome.NothingGranted => $"the claims of the provider {provider.Id} grant nothing",
        _ => $"no account is linked to this person of the provider {provider.Id}",
    };

    private static async Task<RedirectHttpResult> LinkAsync(HttpContext context, ExternalIdentity identity, string ticket, ExternalPeople people, LinkTickets tickets, CancellationToken stop)
    {
        // The ticket is of one session: whoever sits there now must be who asked for it.
        if (Caller.Find(context.User) is not { Kind: CallerKind.Person, Token: null, Id: { } text } || !Guid.TryParse(text, out var person)
            || PersonSessions.IdOf(context.User) is not { } session || !tickets.Holds(ticket, identity.Provider.Id, person, session))
            return TypedResults.Redirect(AccountEndpoints.With(AccountPage, ("external", "late")));
        var outcome = await people.LinkAsync(person, identity, stop);
        return TypedResults.Redirect(AccountEndpoints.With(AccountPage, ("external", outcome == ExternalOutcome.Done ? "linked" : "taken")));
    }

    private static async Task<RedirectHttpResult> UseInvitation([FromForm] string? code, [FromForm] string? name, HttpContext context, Redemption invitations, [FromServices] FormDoor door, IOptions<ExternalOptions> options, CancellationToken stop)
    {
        const string source = "invitation";
        if (await ExternalIdentity.FindAsync(context, options.Value) is not var (identity, _)) return TypedResults.Redirect(AccountEndpoints.With(SignInStepEndpoints.InvitationPage, ("code", code)));
        var outcome = door.MayTry(context, source) ? await invitations.RedeemAsync(code ?? "", name?.Trim() ?? "", identity, stop) : RedeemLink.WrongCode;
        if (outcome == RedeemLink.WrongCode) door.Failed(context, source, name ?? "", "wrong or used link of an invitation");
        if (outcome != RedeemLink.Done)
            return TypedResults.Redirect(AccountEndpoints.With(SignInStepEndpoints.InvitationPage, ("error", SignInStepEndpoints.ErrorOf(outcome)), ("code", code), ("name", name), ("external", identity.Provider.Id)));
        await context.SignOutAsync(ExternalIdentity.Scheme);
        return TypedResults.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("done", "external")));
    }

    /// <summary>The provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0): every session of the linked account ends.</summary>
    private static async Task<Results<Ok, NotFound, BadRequest>> SignOut(string id, [FromForm(Name = "logout_token")] string? token, HttpContext context, IOptions<ExternalOptions> options, LogoutTokens tokens, ExternalPeople people, PersonSessions sessions, CancellationToken stop)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (options.Value.Find(id) is not { } provider) return TypedResults.NotFound();
        if (await tokens.SubjectOfAsync(provider, token, stop) is not { } subject) return TypedResults.BadRequest();
        Origin.Current = Origin.Current with { Who = new Actor("program", null, provider.GrantedBy) };
        if (await people.OwnerAsync(provider, subject, stop) is { } person) await sessions.EndAllAsync(person, except: null, stop);
        return TypedResults.Ok();
    }

    [LoggerMessage(6404, LogLevel.Warning, "The provider {Provider} cannot be reached, or says nothing of use")]
    private static partial void Unreachable(ILogger logger, string provider, Exception fault);
}
