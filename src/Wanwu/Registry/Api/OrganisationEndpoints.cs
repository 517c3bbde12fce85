using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Registry;

/// <summary><c>/api/v1/organisations</c>: whose things are, as a tree of any depth.</summary>
internal static class OrganisationEndpoints
{
    private const string MergePatch = "application/merge-patch+json", Json = "application/json";
    private const int DefaultLimit = 100, MaxLimit = 1_000, MaxText = 200;

    public static void MapOrganisations(this IEndpointRouteBuilder routes)
    {
        var organisations = routes.MapGroup("/api/v1/organisations").WithTags("Organisations");
        organisations.MapGet("/", List).RequireAuthorization(Permission.ReadThings.Policy()).ProducesProblem(400)
            .WithSummary("Lists organisations in the order of the tree: all, those below one (parent, empty for the top), or a branch (within).");
        organisations.MapPost("/", Create).RequireAuthorization(Permission.ShapeOrganisations.Policy()).Accepts<CreateOrganisation>(Json)
            .WithSummary("Creates an organisation.").Produces<OrganisationView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).AuditedWithin("organisation.create");
        organisations.MapGet("/{id}", Get).RequireAuthorization(Permission.ReadThings.Policy()).Produces<OrganisationDetailView>(200).ProducesProblem(404)
            .WithSummary("Reads an organisation, the path to it, and how many things it has.");
        organisations.MapPatch("/{id}", Change).RequireAuthorization(Permission.ShapeOrganisations.Policy()).Accepts<ChangeOrganisation>(MergePatch, Json)
            .WithSummary("Renames or moves an organisation; what hangs on it moves with it. If-Match guards against changing what another has changed.")
            .Produces<OrganisationView>(200).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).AuditedWithin("organisation.change");
        organisations.MapDelete("/{id}", Remove).RequireAuthorization(Permission.ShapeOrganisations.Policy())
            .WithSummary("Removes an organisation on which nothing hangs.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).AuditedWithin("organisation.remove");
    }

    private static async Task<IResult> List([FromQuery] string? q, [FromQuery] string? parent, [FromQuery] string? within, [FromQuery] string? limit, [FromQuery] string? cursor,
        HttpContext context, ThingDirectory things, AccessRules rules, RegistryFeed feed)
    {
        var faults = new FieldFaults();
        var most = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxLimit)) faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        if (q is { Length: > MaxText }) faults.Add("q", $"At most {MaxText} characters.");
        var after = cursor is null ? null : After(cursor);
        if (cursor is not null && after is null) faults.Add("cursor", "Expected next of a page of the same list.");
        if (!faults.IsEmpty) return faults.ToProblem();

        await feed.LookAsync(context.RequestAborted);
        var tree = things.Organisations;
        var page = OrganisationSearch.Page(tree, new OrganisationFilter { Text = q, Parent = parent, Within = within }, rules.VisibleOrganisations(Caller.From(context.User)), after, most + 1);
        if (page is null) return TypedResults.Problem("The organisation at which the page before ended is gone. Begin at the first page again.", statusCode: StatusCodes.Status400BadRequest);
        return TypedResults.Ok(new ListView<OrganisationView>(
            [.. page.Take(most).Select(entry => OrganisationView.Of(entry, tree))], page.Count > most ? System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[most - 1].Id)) : null));
    }

    private static string? After(string cursor) =>
        cursor.Length <= 1_000 && System.Buffers.Text.Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor)) : null;

    private static async Task<IResult> Get(string id, HttpContext context, ThingDirectory things, ThingSearch search, AccessRules rules, RegistryFeed feed, CancellationToken stop)
    {
        await feed.LookAsync(stop);
        var tree = things.Organisations;
        var mayKnow = rules.VisibleOrganisations(Caller.From(context.User));
        if (tree.Find(IdOf(id)) is not { } organisation || !mayKnow(organisation.Id)) return NoSuch(id);
        context.Response.Headers.ETag = TagOf(organisation);
        if (context.Request.Headers.IfNoneMatch.Contains(TagOf(organisation))) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        var visible = rules.Visible(Caller.From(context.User));
        var path = tree.Ancestors(organisation.Id).Where(above => mayKnow(above.Id)).Reverse().Select(above => new OrganisationStep(above.Id, above.Name.For(CultureInfo.CurrentUICulture)));
        return TypedResults.Ok(new OrganisationDetailView(OrganisationView.Of(organisation, tree), [.. path], tree.Children(organisation.Id).Count(),
            search.Count(ThingFilter.All, thing => thing.Organisation == organisation.Id && visible(thing)),
            search.Count(new ThingFilter { Organisation = organisation.Id }, visible)));
    }

    private static async Task<IResult> Create(HttpContext context, OrganisationChanges changes, ThingDirectory things, AccessRules rules, GrantRules grants, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var (id, draft) = OrganisationBody.ReadNew(document!.RootElement, faults);
            HideParent(draft, rules, context, faults);
            if (!faults.IsEmpty) return faults.ToProblem();
            var result = await changes.CreateAsync(id, draft, new OrganisationReach(grants, Caller.From(context.User)), stop);
            return result.Outcome == OrganisationOutcome.Done ? Answer(context, id, things, isNew: true) : Problem(id, result);
        }
    }

    private static async Task<IResult> Change(string id, HttpContext context, OrganisationChanges changes, ThingDirectory things, AccessRules rules, GrantRules grants, CancellationToken stop)
    {
        if (!rules.VisibleOrganisations(Caller.From(context.User))(IdOf(id))) return NoSuch(id);
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Stale();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var draft = OrganisationBody.Read(document!.RootElement, faults);
            HideParent(draft, rules, context, faults);
            if (!faults.IsEmpty) return faults.ToProblem();
            var result = await changes.ChangeAsync(IdOf(id), draft, revision, new OrganisationReach(grants, Caller.From(context.User)), stop);
            return result.Outcome == OrganisationOutcome.Done ? Answer(context, IdOf(id), things, isNew: false) : Problem(id, result);
        }
    }

    private static async Task<IResult> Remove(string id, HttpContext context, OrganisationChanges changes, AccessRules rules, GrantRules grants, CancellationToken stop)
    {
        if (!rules.VisibleOrganisations(Caller.From(context.User))(IdOf(id))) return NoSuch(id);
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Stale();
        var result = await changes.RemoveAsync(IdOf(id), revision, new OrganisationReach(grants, Caller.From(context.User)), stop);
        return result.Outcome == OrganisationOutcome.Done ? TypedResults.NoContent() : Problem(id, result);
    }

    /// <summary>What lies outside is not there to name.</summary>
    private static void HideParent(OrganisationDraft draft, AccessRules rules, HttpContext context, FieldFaults faults)
    {
        if (draft.Parent is { IsSet: true, Value: { } parent } && !rules.VisibleOrganisations(Caller.From(context.User))(parent)) faults.Add("parent", OrganisationRules.NoSuch(parent));
    }

    private static IResult Answer(HttpContext context, string id, ThingDirectory things, bool isNew)
    {
        // Another request may have removed it meanwhile; what was asked for is done all the same.
        var tree = things.Organisations;
        if (tree.Find(id) is not { } organisation) return TypedResults.NoContent();
        context.Response.Headers.ETag = TagOf(organisation);
        var view = OrganisationView.Of(organisation, tree);
        return isNew ? TypedResults.Created($"/api/v1/organisations/{Uri.EscapeDataString(id)}", view) : TypedResults.Ok(view);
    }

    /// <summary>The server leaves a stroke within a segment of the address as it was escaped.</summary>
    private static string IdOf(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static string TagOf(OrganisationEntry organisation) => string.Create(CultureInfo.InvariantCulture, $"\"{organisation.Revision}\"");

    private static ProblemHttpResult NoSuch(string id) => TypedResults.Problem($"There is no organisation '{ThingRules.Short(IdOf(id))}'.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult Stale() =>
        TypedResults.Problem("The organisation has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed);

    private static ProblemHttpResult Problem(string id, OrganisationResult result) => result.Outcome switch
    {
        OrganisationOutcome.NotFound => NoSuch(id),
        OrganisationOutcome.Stale => Stale(),
        OrganisationOutcome.NotAllowed => TypedResults.Problem("Only an administrator over the organisation, and over where it is taken from and brought to, may do this.", statusCode: StatusCodes.Status403Forbidden),
        OrganisationOutcome.Conflict => result.Faults!.ToProblem(StatusCodes.Status409Conflict, "The request contradicts the present state of organisations, as errors say."),
        _ => result.Faults!.ToProblem(),
    };
}
