using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql.Saved;

internal sealed record SavedQueryView(string Id, string Name, string Sql, JsonElement Parameters, string? Zone, bool Shared, string Owner, bool Mine, int Revision, Timestamp Changed)
{
    public static SavedQueryView Of(SavedQuery query) => new(query.Id, query.Name, query.Text, JsonElement.Parse(query.Parameters), query.Zone, query.IsShared, query.Owner, query.Mine, query.Revision, query.Changed);
}

/// <summary><c>/api/v1/sql/queries</c>: queries that are kept, personal and shared.</summary>
internal static class SavedQueryEndpoints
{
    private static readonly string[] Known = ["name", "sql", "parameters", "zone", "shared"];

    public static void MapSavedQueries(this IEndpointRouteBuilder routes)
    {
        var queries = routes.MapGroup("/api/v1/sql/queries").WithTags("SQL").RequireAuthorization(Permission.QuerySql.Policy());
        queries.MapGet("/", List).WithSummary("Lists the caller's queries and those that are shared");
        queries.MapPost("/", Create).WithSummary("Keeps a query").Accepts<JsonElement>("application/json").Produces<SavedQueryView>(201).ProducesProblem(400).ProducesProblem(409).WithMembers(Known).AuditedWithin("savedQuery.create");
        queries.MapGet("/{id}", Get).WithSummary("Reads a query").Produces<SavedQueryView>().ProducesProblem(404);
        queries.MapPut("/{id}", Put).WithSummary("Changes a query of the caller's").Accepts<JsonElement>("application/json").Produces<SavedQueryView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(412).WithMembers(Known).AuditedWithin("savedQuery.change");
        queries.MapDelete("/{id}", Delete).WithSummary("Removes a query of the caller's").Produces(204).ProducesProblem(403).ProducesProblem(404).ProducesProblem(412).AuditedWithin("savedQuery.remove");
    }

    private static async Task<Ok<ListView<SavedQueryView>>> List(ClaimsPrincipal user, SavedQueries queries, CancellationToken stop) =>
        TypedResults.Ok(new ListView<SavedQueryView>([.. (await queries.ListAsync(Caller.From(user), stop)).Select(SavedQueryView.Of)], null));

    private static async Task<IResult> Get(string id, HttpContext context, SavedQueries queries, CancellationToken stop)
    {
        if (await queries.FindAsync(id, Caller.From(context.User), stop) is not { } query) return NoSuchQuery(id);
        context.Response.Headers.ETag = TagOf(query);
        return TypedResults.Ok(SavedQueryView.Of(query));
    }

    private static async Task<IResult> Create(HttpContext context, SavedQueries queries, SqlParser parser, CancellationToken stop)
    {
        var (draft, problem) = await ReadAsync(context.Request, parser, stop);
        if (draft is null) return problem!;
        var caller = Caller.From(context.User);
        var (_, id) = await queries.CreateAsync(draft, caller, stop);
        if (id is null) return TypedResults.Problem($"You keep {SavedQueries.Most} queries already. Remove one first.", statusCode: StatusCodes.Status409Conflict);
        var query = await queries.FindAsync(id, caller, stop);
        context.Response.Headers.ETag = TagOf(query!);
        return TypedResults.Created($"/api/v1/sql/queries/{id}", SavedQueryView.Of(query!));
    }

    private static async Task<IResult> Put(string id, HttpContext context, SavedQueries queries, SqlParser parser, CancellationToken stop)
    {
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Answer(SaveOutcome.Stale, id)!;
        var (draft, problem) = await ReadAsync(context.Request, parser, stop);
        if (draft is null) return problem!;
        var caller = Caller.From(context.User);
        if (Answer(await queries.ChangeAsync(id, draft, revision, caller, stop), id) is { } refused) return refused;
        return await Get(id, context, queries, stop);
    }

    private static async Task<IResult> Delete(string id, HttpContext context, SavedQueries queries, CancellationToken stop)
    {
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Answer(SaveOutcome.Stale, id)!;
        var refused = Answer(await queries.RemoveAsync(id, revision, Caller.From(context.User), stop), id);
        return refused is null ? TypedResults.NoContent() : refused;
    }

    private static ProblemHttpResult? Answer(SaveOutcome outcome, string id) => outcome switch
    {
        SaveOutcome.NotFound => NoSuchQuery(id),
        SaveOutcome.NotYours => TypedResults.Problem("The query is somebody else's: keep a copy of your own.", statusCode: StatusCodes.Status403Forbidden),
        SaveOutcome.Stale => TypedResults.Problem("The query has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed),
        _ => null,
    };

    private static ProblemHttpResult NoSuchQuery(string id) => TypedResults.Problem($"There is no query '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    private static string TagOf(SavedQuery query) => string.Create(CultureInfo.InvariantCulture, $"\"{query.Revision}\"");

    private static async Task<(QueryDraft? Draft, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, SqlParser parser, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(request, stop);
        using (document)
        {
            if (problem is not null) return (null, problem);
            var faults = new FieldFaults();
            var draft = DraftOf(document!.RootElement, parser, faults);
            return draft is null ? (null, faults.ToProblem()) : (draft, null);
        }
    }

    /// <summary>What is kept can be read: a query that is not allowed is refused here already.</summary>
    private static QueryDraft? DraftOf(JsonElement body, SqlParser parser, FieldFaults faults)
    {
        var members = JsonBody.Members(body, Known, faults);
        var (name, text, zone) = (members.Text("name", faults)?.Trim(), members.Text("sql", faults), members.Text("zone", faults));
        if (name is not { Length: > 0 and <= QueryDraft.MaxName }) faults.Add("name", $"Expected a name of up to {QueryDraft.MaxName} characters.");
        if (parser.Read(text ?? "").Refusal is { } refusal) faults.Add("sql", refusal.Message);
        if (zone is not null && !TimeZones.TryFind(zone, out _)) faults.Add("zone", $"'{ThingRules.Short(zone)}' is not a zone of the IANA database, as Asia/Shanghai.");
        var shared = members.TryGetValue("shared", out var given) && given.ValueKind == JsonValueKind.True;
        if (given.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False)) faults.Add("shared", "Expected true or false.");
        var parameters = "{}";
        if (members.TryGetValue("parameters", out var values) && values.ValueKind != JsonValueKind.Null)
        {
            parameters = values.GetRawText();
            if (values.ValueKind != JsonValueKind.Object || parameters.Length > SqlRequest.MaxText) faults.Add("parameters", "Expected an object: names and the values they have at first.");
        }
        return faults.IsEmpty ? new QueryDraft(name!, text!, parameters, zone, shared) : null;
    }
}
