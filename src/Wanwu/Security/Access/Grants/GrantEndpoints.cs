using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Body of <c>POST /api/v1/grants</c>: one of person and program, and over what the role holds; what is left out does not narrow it.</summary>
/// <param name="Person">Name or id.</param>
/// <param name="Program">Id of a token or program, or its name where no other has it.</param>
/// <param name="Organisation">With all below it.</param>
/// <param name="Region">GB/T 2260, with all that lies in it.</param>
/// <param name="Expires">RFC 3339; null holds until it is ended.</param>
/// <param name="DataClass">The highest class of values it lets see in clear: public, internal (unless said), important, core.</param>
/// <param name="Purpose">For what personal values are handled; without it and a legal basis they are not seen in clear.</param>
/// <param name="LegalBasis">consent, contract, legal-duty, emergency, public-interest, disclosed or other-law.</param>
internal sealed record MakeGrant(string? Person, string? Program, [Required] string Role, string? Organisation, string? Region, string? Sector, Timestamp? Expires,
    string? DataClass, string? Purpose, string? LegalBasis);

/// <summary>A grant as the API shows it.</summary>
/// <param name="Kind">person or program.</param>
/// <param name="Name">What it is called; null where it is gone.</param>
/// <param name="Organisation">Null: whatever the organisation; region and sector likewise.</param>
/// <param name="DataClass">The highest class of values it lets see in clear.</param>
/// <param name="Purpose">For what personal values are handled; null: they are not seen in clear.</param>
/// <param name="LegalBasis">As in the body of POST, or unrecorded where the grant is older than purposes.</param>
internal sealed record GrantView(
    Guid Id, string Kind, string Subject, string? Name, string Role, string? Organisation, string? Region, string? Sector, Timestamp Created, string CreatedBy, Timestamp? Expires,
    string DataClass, string? Purpose, string? LegalBasis)
{
    public static GrantView Of(Grant grant, IReadOnlyDictionary<string, string> names) => new(
        grant.Id, grant.Kind == CallerKind.Person ? "person" : "program", grant.Subject, names.GetValueOrDefault(grant.Subject), grant.Role,
        grant.Scope.Organisation, grant.Scope.Region, grant.Scope.Sector, grant.Created, grant.CreatedBy, grant.Expires,
        DataClasses.NameOf(grant.Sight.Highest), grant.Sight.Purpose, grant.Sight.Basis);
}

/// <summary>Whether somebody may do something, and why.</summary>
/// <param name="Reason">granted, noGrant, roleLacks, outOfReach, thingRetired, thingQuarantined or auditorExists.</param>
/// <param name="Why">The same in a sentence.</param>
/// <param name="By">The grants that give it.</param>
/// <param name="Elsewhere">The grants whose role would give it, but which are over something else.</param>
/// <param name="Roles">The roles that give it.</param>
/// <param name="Sees">What of the values of the thing (without a thing: of any) they see in clear; null where they see no values.</param>
internal sealed record AccessAnswerView(bool May, string Reason, string Why, IReadOnlyList<GrantView> By, IReadOnlyList<GrantView> Elsewhere, IReadOnlyList<string> Roles, SeenValuesView? Sees);

/// <summary>What of the values somebody sees in clear.</summary>
/// <param name="DataClass">The highest class of values: public, internal, important or core.</param>
/// <param name="By">The grants that let see it.</param>
/// <param name="PersonalDataClass">The highest class of personal values; null: they see none.</param>
/// <param name="PersonalBy">The grants that let see personal values, each with its purpose and legal basis.</param>
/// <param name="Masked">Properties of the thing's model that they see masked or not at all.</param>
internal sealed record SeenValuesView(string DataClass, IReadOnlyList<GrantView> By, string? PersonalDataClass, IReadOnlyList<GrantView> PersonalBy, IReadOnlyList<string> Masked)
{
    public static SeenValuesView Of(SeenValues seen, IReadOnlyDictionary<string, string> names) => new(DataClasses.NameOf(seen.Highest), [.. seen.By.Select(grant => GrantView.Of(grant, names))],
        seen.PersonalHighest is { } personal ? DataClasses.NameOf(personal) : null, [.. seen.PersonalBy.Select(grant => GrantView.Of(grant, names))], seen.Masked);
}

/// <summary><c>/api/v1/grants</c> and <c>/api/v1/access</c>: who may do what, and why. What lies outside what one administers is answered as what is not there.</summary>
internal static class GrantEndpoints
{
    private const int DefaultLimit = 100, MaxLimit = 1_000;

    public static void MapGrants(this IEndpointRouteBuilder routes)
    {
        var grants = routes.MapGroup("/api/v1/grants").WithTags("Access");
        grants.MapGet("/", List).RequireAuthorization(Permission.ReadGrants.Policy()).Produces<ListView<GrantView>>().ProducesProblem(400)
            .WithSummary("Lists the grants that hold, newest first: those within what one administers; all for security officer and auditor.");
        grants.MapPost("/", Make).RequireAuthorization(Permission.MakeGrants.Policy()).Accepts<MakeGrant>("application/json").Produces<GrantView>(201).ProducesProblem(400).ProducesProblem(403)
            .WithSummary("Grants a role over organisation, region and sector; it holds at once, on open connections too.").AuditedWithin("grant.create");
        grants.MapDelete("/{id}", End).RequireAuthorization(Permission.MakeGrants.Policy()).Produces(204).ProducesProblem(403).ProducesProblem(404)
            .WithSummary("Ends a grant at once, on open connections too.").AuditedWithin("grant.end");
        routes.MapGet("/api/v1/access", Ask).WithTags("Access").RequireAuthorization(Permission.ReadThings.Policy()).Produces<AccessAnswerView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404)
            .WithSummary("Says whether a person or program may do something to a thing, and by which grant; without a thing, to anything at all. Without person and program: oneself.")
            .WithDescription("Whatever is asked, sees says up to which data class they see the values in clear, whether personal values, by which grants (with purpose and legal basis), and which properties of the thing they see masked or not at all.");
    }

    private static async Task<IResult> List(
        [FromQuery, Description("Grants of this person, by name or id.")] string? person, [FromQuery, Description("Grants of this program.")] string? program,
        [FromQuery, Description("Grants of this role.")] string? role, [FromQuery] string? limit, [FromQuery] string? cursor,
        HttpContext context, CurrentGrants current, GrantRules rules, GrantSubjects subjects)
    {
        var stop = context.RequestAborted;
        var faults = new FieldFaults();
        var most = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxLimit)) faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        if (role is not null && !Role.IsKnown(role)) faults.Add("role", $"Expected one of {string.Join(", ", Role.All)}.");
        Guid? after = Guid.TryParse(cursor, out var last) ? last : null;
        if (cursor is not null && after is null) faults.Add("cursor", "Expected next of a page.");
        var (subject, named) = await SubjectAsync(subjects, person, program, faults, stop);
        if (!faults.IsEmpty) return faults.ToProblem();

        var by = Caller.From(context.User);
        var found = named && subject is null ? [] : current.Book.All
            .Where(grant => (subject is not { } one || (grant.Kind == one.Kind && grant.Subject == one.Id.ToString())) && (role is null || grant.Role == role) && rules.MaySee(by, grant))
            .OrderByDescending(grant => grant.Id).SkipWhile(grant => after is { } id && grant.Id.CompareTo(id) >= 0).Take(most + 1).ToList();
        var names = await subjects.NamesAsync(found.Select(grant => grant.Subject), stop);
        return TypedResults.Ok(new ListView<GrantView>([.. found.Take(most).Select(grant => GrantView.Of(grant, names))], found.Count > most ? found[most - 1].Id.ToString() : null));
    }

    private static async Task<IResult> Make(HttpContext context, GrantDesk desk, GrantRules rules, CurrentGrants current, GrantSubjects subjects, TimeProvider clock)
    {
        var stop = context.RequestAborted;
        var by = Caller.From(context.User);
        if (!by.Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["person", "program", "role", "organisation", "region", "sector", "expires", "dataClass", "purpose", "legalBasis"], faults);
            var role = body.Text("role", faults) ?? "";
            var scope = desk.ReadScope(by, body.Text("organisation", faults), body.Text("region", faults), body.Text("sector", faults), faults);
            var sight = GrantDesk.ReadSight(body.Text("dataClass", faults), body.Text("purpose", faults), body.Text("legalBasis", faults), faults);
            var expires = TokenEndpoints.ReadExpires(body.Text("expires", faults), clock, faults);
            if (!Role.IsKnown(role)) faults.Add("role", $"Expected one of {string.Join(", ", Role.All)}.");
            // First of all: who may not grant there learns nothing of whom it named.
            if (faults.IsEmpty && rules.FaultOfMaking(by, null, role, scope, sight) is { } notThere) return TypedResults.Problem(notThere, statusCode: StatusCodes.Status403Forbidden);
            var (subject, _) = await SubjectAsync(subjects, body.Text("person", faults), body.Text("program", faults), faults, stop);
            if (subject is null && faults.IsEmpty) faults.Add("person", "There is nobody of that name or id: name one person, or one program.");
            if (!faults.IsEmpty) return faults.ToProblem();

            var (id, refusal) = await desk.MakeAsync(by, new GrantOrder(subject!.Value, role, scope, by.Name, expires) { Sight = sight }, stop);
            if (refusal is not null) return TypedResults.Problem(refusal, statusCode: StatusCodes.Status403Forbidden);
            var made = current.Book.All.FirstOrDefault(grant => grant.Id == id);
            var names = await subjects.NamesAsync([subject.Value.Id.ToString()], stop);
            return made is null ? TypedResults.NoContent() : TypedResults.Created($"/api/v1/grants/{id}", GrantView.Of(made, names));
        }
    }

    private static async Task<IResult> End(string id, HttpContext context, GrantDesk desk)
    {
        var by = Caller.From(context.User);
        if (!by.Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        var (found, refusal) = Guid.TryParse(id, out var grant) ? await desk.EndAsync(by, grant, context.RequestAborted) : (false, null);
        return !found ? TypedResults.Problem("There is no such grant.", statusCode: StatusCodes.Status404NotFound)
            : refusal is not null ? TypedResults.Problem(refusal, statusCode: StatusCodes.Status403Forbidden)
            : TypedResults.NoContent();
    }

    private static async Task<IResult> Ask(
        [FromQuery, Description("Name of the permission, as GET /api/v1/me lists them.")] string? permission, [FromQuery] string? person, [FromQuery] string? program, [FromQuery] string? thing,
        HttpContext context, AccessQuestion question, GrantRules rules, GrantSubjects subjects, VisibleThings visible)
    {
        var stop = context.RequestAborted;
        var by = Caller.From(context.User);
        var faults = new FieldFaults();
        if (PermissionSet.Find(permission ?? "") is not { } asked) return Fault(faults, "permission", $"Expected one of {string.Join(", ", Enum.GetValues<Permission>().Select(each => each.Policy()))}.");
        var (subject, named) = await SubjectAsync(subjects, person, program, faults, stop);
        if (!faults.IsEmpty) return faults.ToProblem();
        if (!named && by.Kind is CallerKind.Person or CallerKind.Program && Guid.TryParse(by.Id, out var own)) subject = new GrantSubject(by.Kind, own);
        if ((subject?.Id.ToString() != by.Id || subject?.Kind != by.Kind) && !question.MayAskOfOthers(by)) return TypedResults.Problem("One may ask about oneself; about others with the permission read-grants.", statusCode: StatusCodes.Status403Forbidden);
        if (subject is not { } whom) return TypedResults.Problem("There is no such person or program.", statusCode: StatusCodes.Status404NotFound);
        ThingEntry? about = null;
        if (thing is not null && (about = await visible.FindAsync(thing, context.User, Permission.ReadThings, stop)) is null) return ThingEndpoints.NoSuchThing(thing);
        return TypedResults.Ok(await ViewAsync(question.Ask(whom, asked, about).AsSeenBy(by, rules), asked, about, subjects, stop));
    }

    private static async Task<AccessAnswerView> ViewAsync(AccessAnswer answer, Permission permission, ThingEntry? thing, GrantSubjects subjects, CancellationToken stop)
    {
        var names = await subjects.NamesAsync(answer.By.Concat(answer.Elsewhere).Concat(answer.Sees?.By ?? []).Concat(answer.Sees?.PersonalBy ?? []).Select(grant => grant.Subject), stop);
        return new AccessAnswerView(answer.May, JsonNamingPolicy.CamelCase.ConvertName(answer.Reason.ToString()), answer.Sentence(permission, thing),
            [.. answer.By.Select(grant => GrantView.Of(grant, names))], [.. answer.Elsewhere.Select(grant => GrantView.Of(grant, names))], answer.Roles, answer.Sees is null ? null : SeenValuesView.Of(answer.Sees, names));
    }

    private static ProblemHttpResult Fault(FieldFaults faults, string member, string fault)
    {
        faults.Add(member, fault);
        return faults.ToProblem();
    }

    /// <summary>Who is named, if somebody is, and whether somebody is.</summary>
    private static async Task<(GrantSubject? Subject, bool IsNamed)> SubjectAsync(GrantSubjects subjects, string? person, string? program, FieldFaults faults, CancellationToken stop)
    {
        if (person is not null && program is not null) faults.Add("program", "Name a person or a program, not both.");
        return person is not null ? (await subjects.FindPersonAsync(person, stop), true)
            : program is not null ? (await subjects.FindProgramAsync(program, stop), true)
            : (null, false);
    }
}
