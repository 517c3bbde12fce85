using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>Body of <c>POST /api/v1/people/invitations</c>.</summary>
/// <param name="Name">Whom the link is for; the person chooses the account's name.</param>
/// <param name="Role">viewer, operator, integrator, steward, planner, security-officer, auditor or administrator.</param>
/// <param name="Email">By which an external provider may tell who was invited.</param>
/// <param name="Organisation">Within which the role will hold; null: whatever the organisation.</param>
/// <param name="Region">Code of GB/T 2260 within which it will hold.</param>
/// <param name="Sector">For whose things it will hold.</param>
/// <param name="GrantExpires">When the role ends (RFC 3339); null holds until it is ended. The link ends then at the latest.</param>
internal sealed record CreateInvitation([Required] string Name, [Required] string Role, string? Email, string? Organisation, string? Region, string? Sector, Timestamp? GrantExpires);

/// <param name="Link">To be handed to the person: shown once, works once.</param>
internal sealed record LinkView(Guid Id, string Name, string? Role, Timestamp Expires, string Link);

internal static class PeopleEndpoints
{
    private delegate Task<PersonChange> Change(PersonChanges people, Caller caller, Guid id, CancellationToken stop);

    public static void MapPeople(this IEndpointRouteBuilder routes)
    {
        var people = routes.MapGroup("/api/v1/people").WithTags("People").RequireAuthorization(Permission.ManagePeople.Policy());
        // A link to an account is a credential, too.
        people.AddEndpointFilter(static async (call, next) =>
            HttpMethods.IsGet(call.HttpContext.Request.Method) || Caller.From(call.HttpContext.User).Scope.IsAll ? await next(call) : TokenEndpoints.NarrowedMakesNone());
        people.MapGet("/", List).WithSummary("Lists people, without anything secret.");
        people.MapGet("/{id}", Get).WithSummary("One person.").ProducesProblem(404);
        Map(people, "disable", "Keeps a person out from now on; every session ends.", (changes, caller, id, stop) => changes.DisableAsync(caller, id, stop));
        Map(people, "enable", "Lets a person in again.", (changes, caller, id, stop) => changes.EnableAsync(caller, id, stop));
        Map(people, "unlock", "Ends the lock that too many wrong passwords set.", (changes, caller, id, stop) => changes.UnlockAsync(caller, id, stop));
        Map(people, "end-sessions", "Signs a person out everywhere, within seconds.", (changes, caller, id, stop) => changes.EndSessionsAsync(caller, id, stop));
        Map(people, "require-password", "Asks for a new password at the next sign-in.", (changes, caller, id, stop) => changes.RequirePasswordAsync(caller, id, stop));
        Map(people, "reset-second-factor", "Takes off the second factor of who has lost the device; every session ends.", (changes, caller, id, stop) => changes.ResetSecondFactorAsync(caller, id, stop));
        people.MapPost("/{id}/password-link", PasswordLink).AuditedWithin("invitation.create").WithSummary("Makes the link by which a person sets a new password, and shows it once.").ProducesProblem(403).ProducesProblem(404);
        people.MapGet("/invitations", Invitations).WithSummary("Lists invitations; never their links.");
        people.MapPost("/invitations", Invite).Accepts<CreateInvitation>("application/json").AuditedWithin("invitation.create")
            .WithSummary("Invites a person: makes a link that works once, and shows it once.").ProducesProblem(400).ProducesProblem(403);
        people.MapDelete("/invitations/{id}", Revoke).AuditedWithin("invitation.revoke").WithSummary("Takes an invitation back.").ProducesProblem(403).ProducesProblem(404);
    }

    private static void Map(RouteGroupBuilder people, string act, string summary, Change change) =>
        people.MapPost($"/{{id}}/{act}", (string id, HttpContext context, PersonChanges changes, CancellationToken stop) => ActAsync(change, id, context, changes, stop))
            .AuditedWithin("person.change").WithSummary(summary).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private static async Task<Results<NoContent, ProblemHttpResult>> ActAsync(Change change, string id, HttpContext context, PersonChanges people, CancellationToken stop) =>
        !Guid.TryParse(id, out var person) ? NotFound() : await change(people, Caller.From(context.User), person, stop) switch
        {
            PersonChange.Done => TypedResults.NoContent(),
            PersonChange.NotFound => NotFound(),
            PersonChange.LastAdministrator => TypedResults.Problem("This is the last administrator.", statusCode: StatusCodes.Status409Conflict),
            _ => NotAllowed(),
        };

    private static async Task<Ok<ListView<PersonView>>> List(HttpContext context, PersonChanges people, CancellationToken stop) =>
        TypedResults.Ok(new ListView<PersonView>(await people.ListAsync(Caller.From(context.User), stop), null));

    private static async Task<Results<Ok<PersonView>, ProblemHttpResult>> Get(string id, HttpContext context, PersonChanges people, CancellationToken stop) =>
        Guid.TryParse(id, out var person) && await people.FindAsync(Caller.From(context.User), person, stop) is { } found ? TypedResults.Ok(found) : NotFound();

    private static async Task<Results<Created<LinkView>, ProblemHttpResult>> PasswordLink(string id, HttpContext context, Invitations invitations, CancellationToken stop)
    {
        if (!Guid.TryParse(id, out var person)) return NotFound();
        return Answer(context, await invitations.ForPasswordAsync(Caller.From(context.User), person, stop));
    }

    private static async Task<Ok<ListView<InvitationView>>> Invitations(HttpContext context, Invitations invitations, CancellationToken stop) =>
        TypedResults.Ok(new ListView<InvitationView>(await invitations.ListAsync(Caller.From(context.User), stop), null));

    private static async Task<Results<Created<LinkView>, ProblemHttpResult>> Invite(HttpContext context, Invitations invitations, GrantDesk desk, TimeProvider clock, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["name", "role", "email", "organisation", "region", "sector", "grantExpires"], faults);
            var (name, role, email) = (body.Text("name", faults)?.Trim(), body.Text("role", faults), body.Text("email", faults)?.Trim());
            if (FaultOfName(name) is { } nameFault) faults.Add("name", nameFault);
            if (role is null || !Role.IsKnown(role)) faults.Add("role", $"Expected one of {string.Join(", ", Role.All)}.");
            if (FaultOfEmail(email) is { } emailFault) faults.Add("email", emailFault);
            var scope = desk.ReadScope(Caller.From(context.User), body.Text("organisation", faults), body.Text("region", faults), body.Text("sector", faults), faults);
            var expires = TokenEndpoints.ReadExpires(body.Text("grantExpires", faults), clock, faults, "grantExpires");
            if (!faults.IsEmpty) return faults.ToProblem();
            return Answer(context, await invitations.InviteAsync(Caller.From(context.User), new InviteOrder(name!, string.IsNullOrEmpty(email) ? null : email, role!, scope, expires), stop));
        }
    }

    internal static string? FaultOfName(string? name) => name is null or "" or { Length: > People.Invitations.MaxName } || name.Any(char.IsControl)
        ? $"Expected 1 to {People.Invitations.MaxName} characters that say whom the link is for." : null;

    internal static string? FaultOfEmail(string? email) => string.IsNullOrEmpty(email)
        || (email.Length <= People.Invitations.MaxEmail && new EmailAddressAttribute().IsValid(email) && !email.Any(char.IsControl)) ? null : "Expected an e-mail address.";

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, HttpContext context, Invitations invitations, CancellationToken stop) =>
        Guid.TryParse(id, out var invitation) && await invitations.RevokeAsync(Caller.From(context.User), invitation, stop) ? TypedResults.NoContent() : NotFound();

    private static Results<Created<LinkView>, ProblemHttpResult> Answer(HttpContext context, InviteResult result)
    {
        if (result.Fault is { } fault) return TypedResults.Problem(fault, statusCode: StatusCodes.Status403Forbidden);
        if (result.Made is not { } made) return NotFound();
        context.Response.Headers.CacheControl = "no-store";
        var link = $"{context.Request.Scheme}://{context.Request.Host}{made.Path}";
        return TypedResults.Created($"/api/v1/people/invitations/{made.Id}", new LinkView(made.Id, made.Name, made.Role, made.Expires, link));
    }

    private static ProblemHttpResult NotFound() => TypedResults.Problem("There is no such person or invitation.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult NotAllowed() => TypedResults.Problem($"{People.Invitations.NotYours} Nobody keeps out oneself.", statusCode: StatusCodes.Status403Forbidden);
}
