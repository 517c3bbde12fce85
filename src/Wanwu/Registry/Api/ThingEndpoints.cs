using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Registry;

/// <summary><c>/api/v1/things</c>. A thing the caller may not see is answered as one that does not exist.</summary>
internal static class ThingEndpoints
{
    private const string MergePatch = "application/merge-patch+json", Json = "application/json";
    private const int MaxBatch = 1_000;

    public static void MapThings(this IEndpointRouteBuilder routes)
    {
        var things = routes.MapGroup("/api/v1/things").WithTags("Things");
        things.MapGet("/", List).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Lists things, a page at a time.");
        things.MapPost("/", Create).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<CreateThing>(Json)
            .WithSummary("Creates a thing and its credentials.").ProducesProblem(400).ProducesProblem(409).AuditedWithin("thing.create");
        things.MapPost("/batch", CreateMany).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<IReadOnlyList<CreateThing>>(Json)
            .WithSummary("Creates up to 1,000 things, each answered by itself.").ProducesProblem(400).AuditedWithin("thing.create");
        things.MapGet("/{id}", Get).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Reads a thing.");
        things.MapPatch("/{id}", Change).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<ChangeThing>(MergePatch, Json)
            .WithSummary("Changes a thing; If-Match guards against changing what another has changed.")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(412).AuditedWithin("thing.change");
        things.MapDelete("/{id}", Retire).RequireAuthorization(Permission.ChangeThings.Policy())
            .WithSummary("Retires a thing: it may no longer sign in; what it reported stays.").ProducesProblem(412).AuditedWithin("thing.retire");
        things.MapStanding();
    }

    private static async Task<Results<Ok<ThingListView>, ProblemHttpResult>> List(
        [AsParameters] ThingListRequest request, HttpContext context, ThingSearch search, AccessRules rules, RegistryFeed feed, CancellationToken stop)
    {
        var faults = new FieldFaults();
        ThingListRequest.RefuseUnknown(context.Request.Query, faults);
        var limit = request.ReadLimit(faults);
        var (sort, descending) = request.ReadSort(faults);
        var filter = request.ReadFilter(faults);
        var after = request.ReadCursor(sort, faults);
        var counts = request.ReadCount(faults);
        if (!faults.IsEmpty) return faults.ToProblem();

        await feed.LookAsync(stop);
        var visible = rules.Visible(Caller.From(context.User));
        var page = search.Page(filter, sort, descending, visible, after, limit);
        return TypedResults.Ok(new ThingListView(
            [.. page.Things.Select(thing => ThingView.Of(thing))],
            page.HasMore ? ThingCursor.Format(sort, page.Things[^1]) : null,
            counts ? search.Count(filter, visible) : null));
    }

    private static async Task<IResult> Create(HttpContext context, ThingChanges changes, ThingDirectory things, AccessRules rules, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var draft = ThingBody.ReadNew(document!.RootElement, faults);
            if (!faults.IsEmpty) return faults.ToProblem();

            draft.Reach = new ThingReach(rules, things, Caller.From(context.User));
            var result = await changes.CreateAsync(draft, stop);
            if (result.Outcome != ThingOutcome.Done) return Problem(result);
            var thing = things.Find(result.Id)!;
            context.Response.Headers.ETag = TagOf(thing);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/things/{result.Id}", ThingView.Of(thing, result.Password).After(draft));
        }
    }

    private static async Task<Results<Ok<CreatedThingsView>, ProblemHttpResult>> CreateMany(
        HttpContext context, ThingChanges changes, ThingDirectory things, AccessRules rules, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var body = document!.RootElement;
            if (body.ValueKind != System.Text.Json.JsonValueKind.Array || body.GetArrayLength() is 0 or > MaxBatch)
                return TypedResults.Problem($"Expected an array of 1 to {MaxBatch} things.", statusCode: StatusCodes.Status400BadRequest);

            FieldFaults[] faults = [.. body.EnumerateArray().Select(_ => new FieldFaults())];
            ThingDraft[] drafts = [.. body.EnumerateArray().Select((thing, i) => ThingBody.ReadNew(thing, faults[i]))];
            var reach = new ThingReach(rules, things, Caller.From(context.User));
            foreach (var draft in drafts) draft.Reach = reach;
            var results = new Queue<ThingResult>(await changes.CreateAsync([.. drafts.Where((_, i) => faults[i].IsEmpty)], stop));
            CreatedThingView[] views = [.. faults.Select(fault => fault.IsEmpty ? ViewOf(results.Dequeue()) : new CreatedThingView(400, null, null, fault.All))];
            context.Response.Headers.CacheControl = "no-store";
            var created = views.Count(view => view.Id is not null);
            return TypedResults.Ok(new CreatedThingsView(views, created, views.Length - created));
        }
    }

    private static CreatedThingView ViewOf(ThingResult result) => result.Outcome == ThingOutcome.Done
        ? new CreatedThingView(201, result.Id, new CredentialsView(result.Id.ToString(), result.Password!), null)
        : new CreatedThingView(result.Outcome == ThingOutcome.Conflict ? 409 : 400, null, null, result.Faults!.All);

    private static async Task<Results<Ok<ThingView>, StatusCodeHttpResult, ProblemHttpResult>> Get(
        string id, HttpContext context, VisibleThings visible, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ReadThings, stop) is not { } thing) return NoSuchThing(id);
        context.Response.Headers.ETag = TagOf(thing);
        if (context.Request.Headers.IfNoneMatch.Contains(TagOf(thing))) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Ok(ThingView.Of(thing));
    }

    private static async Task<IResult> Change(
        string id, HttpContext context, VisibleThings visible, ThingChanges changes, ThingDirectory things, AccessRules rules, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return NoSuchThing(id);
        if (!TryReadIfMatch(context.Request, out var revision)) return BadTag();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var draft = ThingBody.Read(document!.RootElement, faults);
            if (!faults.IsEmpty) return faults.ToProblem();

            draft.Reach = new ThingReach(rules, things, Caller.From(context.User));
            var result = await changes.ChangeAsync(thing.Id, draft, revision, stop);
            if (result.Outcome != ThingOutcome.Done) return Problem(result);
            var changed = things.Find(thing.Id)!;
            context.Response.Headers.ETag = TagOf(changed);
            return TypedResults.Ok(ThingView.Of(changed).After(draft));
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Retire(
        string id, HttpContext context, VisibleThings visible, ThingChanges changes, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return NoSuchThing(id);
        if (!TryReadIfMatch(context.Request, out var revision)) return BadTag();
        var result = await changes.RetireAsync(thing.Id, revision, stop);
        return result.Outcome == ThingOutcome.Done ? TypedResults.NoContent() : Problem(result);
    }

    private static string TagOf(ThingEntry thing) => string.Create(CultureInfo.InvariantCulture, $"\"{thing.Revision}\"");

    private static bool TryReadIfMatch(HttpRequest request, out int? revision)
    {
        revision = null;
        var tag = request.Headers.IfMatch.ToString();
        if (tag is "" or "*") return true;
        if (!EntityTagHeaderValue.TryParse(tag, out var parsed) || parsed.IsWeak
            || !int.TryParse(parsed.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        revision = number;
        return true;
    }

    private static ProblemHttpResult BadTag() =>
        TypedResults.Problem("If-Match holds none of the tags this API gives out; send the ETag of the thing as you read it.", statusCode: StatusCodes.Status412PreconditionFailed);

    internal static ProblemHttpResult NoSuchThing(string id) =>
        TypedResults.Problem($"There is no thing '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    internal static ProblemHttpResult Problem(ThingResult result) => result.Outcome switch
    {
        ThingOutcome.NotFound => NoSuchThing(result.Id.ToString()),
        ThingOutcome.Stale => TypedResults.Problem("The thing has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed),
        ThingOutcome.Conflict => result.Faults!.ToProblem(StatusCodes.Status409Conflict, "The request contradicts the present state of things, as errors say."),
        _ => result.Faults!.ToProblem(),
    };
}
