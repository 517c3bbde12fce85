using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <param name="Title">In the language the request asked for, else the nearest there is.</param>
/// <param name="Properties">How many properties the model has.</param>
internal sealed record ModelView(string Id, int Version, string? Title, string? Description, string? Sector, int Properties, Timestamp Changed)
{
    public static ModelView Of(ModelEntry entry) => new(
        entry.Id, entry.Version, entry.Model.Title?.For(CultureInfo.CurrentUICulture), entry.Model.Description?.For(CultureInfo.CurrentUICulture),
        entry.Model.Sector, entry.Properties.Count, entry.Changed);
}

/// <summary><c>/api/v1/models</c>: thing models as W3C WoT Thing Model documents. The document is the resource; there is no second form of it.</summary>
internal static class ModelEndpoints
{
    public const string MediaType = "application/tm+json";
    private const int DefaultLimit = 100, MaxLimit = 1_000;

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/api/v1/models").WithTags("Models");
        models.MapGet("/", List).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Lists thing models.");
        models.MapPost("/", Create).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).Accepts<JsonElement>(MediaType, "application/json")
            .WithSummary("Creates a thing model; its id is made of its title.").ProducesProblem(400).ProducesProblem(409).AuditedWithin("model.create");
        models.MapGet("/{id}", Get).RequireAuthorization(Permission.ReadThings.Policy()).Produces<JsonElement>(200, MediaType)
            .WithSummary("Reads a thing model, in its newest version or another.").ProducesProblem(404);
        models.MapGet("/{id}/versions", Versions).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Lists the versions of a thing model.");
        models.MapPut("/{id}", Put).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).Accepts<JsonElement>(MediaType, "application/json")
            .WithSummary("Creates a thing model, or makes a new version of it.").ProducesProblem(400).ProducesProblem(412).AuditedWithin("model.change");
        models.MapDelete("/{id}", Delete).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).WithSummary("Removes a thing model that no thing in use has.").ProducesProblem(409).AuditedWithin("model.remove");
    }

    private static Results<Ok<ListView<ModelView>>, ProblemHttpResult> List(
        [FromQuery] string? limit, [FromQuery] string? cursor, ThingDirectory things)
    {
        var most = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxLimit))
            return TypedResults.Problem($"limit: expected a number from 1 to {MaxLimit}.", statusCode: StatusCodes.Status400BadRequest);
        ModelEntry[] page =
        [
            .. things.Models.Values.Where(model => string.CompareOrdinal(model.Id, cursor) > 0).OrderBy(model => model.Id, StringComparer.Ordinal).Take(most + 1),
        ];
        return TypedResults.Ok(new ListView<ModelView>([.. page.Take(most).Select(ModelView.Of)], page.Length > most ? page[most - 1].Id : null));
    }

    private static async Task<IResult> Get(string id, [FromQuery] string? version, HttpContext context, ThingDirectory things, ModelVersions versions, CancellationToken stop)
    {
        if (!things.Models.TryGetValue(id, out var model)) return NoSuchModel(id);
        if (version is not null && version != TextOf(model.Version))
            return int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await versions.ReadAsync(id, number, stop) is { } json
                ? TypedResults.Text(json, MediaType, Encoding.UTF8)
                : TypedResults.Problem($"The model '{id}' has no version '{ThingRules.Short(version)}'.", statusCode: StatusCodes.Status404NotFound);
        context.Response.Headers.ETag = $"\"{TextOf(model.Version)}\"";
        return TypedResults.Bytes(model.Model.ToJson(), MediaType);
    }

    private static async Task<Results<Ok<ListView<ModelVersionView>>, ProblemHttpResult>> Versions(
        string id, ThingDirectory things, ModelVersions versions, CancellationToken stop) =>
        things.Models.TryGetValue(id, out var model)
            ? TypedResults.Ok(new ListView<ModelVersionView>(await versions.ListAsync(model, stop), null))
            : NoSuchModel(id);

    private static async Task<IResult> Create(HttpContext context, ModelChanges changes, ThingDirectory things, CancellationToken stop)
    {
        var (model, problem) = await ReadAsync(context.Request, stop);
        if (problem is not null) return problem;
        var id = ModelRules.IdOf(model!.Title?.For("en") ?? "");
        return Answer(context, things, id, await changes.PutAsync(id, model, version: 0, stop));
    }

    private static async Task<IResult> Put(string id, HttpContext context, ModelChanges changes, ThingDirectory things, AccessRules rules, CancellationToken stop)
    {
        if (ModelRules.FaultOfId(id) is { } fault) return TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
        if (!WriteCondition.TryReadVersion(context.Request, out var version)) return Stale();
        var (model, problem) = await ReadAsync(context.Request, stop);
        if (problem is not null) return problem;
        if (rules.FaultOfLessening(Caller.From(context.User), things.Models.GetValueOrDefault(id), model) is { } less) return LessProtected(less);
        return Answer(context, things, id, await changes.PutAsync(id, model!, version, stop));
    }

    private static IResult Answer(HttpContext context, ThingDirectory things, string id, ModelOutcome outcome)
    {
        if (outcome == ModelOutcome.Stale) return Stale();
        if (outcome == ModelOutcome.Taken)
            return TypedResults.Problem($"There is a model '{id}' already. A new version of it is made with PUT /api/v1/models/{id}.",
                statusCode: context.Request.Headers.IfNoneMatch == "*" ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status409Conflict);
        // Another request may have removed it meanwhile; what was asked for is done all the same.
        if (!things.Models.TryGetValue(id, out var model)) return TypedResults.NoContent();
        context.Response.Headers.ETag = $"\"{TextOf(model.Version)}\"";
        return outcome == ModelOutcome.Created ? TypedResults.Created($"/api/v1/models/{id}", ModelView.Of(model)) : TypedResults.Ok(ModelView.Of(model));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, HttpContext context, ModelChanges changes, ThingDirectory things, AccessRules rules, CancellationToken stop)
    {
        // Retired things of the model stay, with what they reported.
        if (rules.FaultOfLessening(Caller.From(context.User), things.Models.GetValueOrDefault(id), null) is { } less) return LessProtected(less);
        return await changes.RemoveAsync(id, stop) switch
        {
            ModelOutcome.Removed => TypedResults.NoContent(),
            ModelOutcome.InUse => TypedResults.Problem($"Things in use are of the model '{id}'. Give them another model, or retire them, first.", statusCode: StatusCodes.Status409Conflict),
            _ => NoSuchModel(id),
        };
    }

    private static ProblemHttpResult LessProtected(string fault) => TypedResults.Problem(fault, statusCode: StatusCodes.Status403Forbidden);

    /// <summary>Reads the document; each of its faults becomes an entry of <c>errors</c> under its JSON pointer.</summary>
    private static async Task<(ThingModel? Model, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        if (!request.HasJsonContentType())
            return (null, TypedResults.Problem($"The body must be a thing model: send Content-Type: {MediaType}.", statusCode: StatusCodes.Status415UnsupportedMediaType));
        var body = await JsonBody.ReadBytesAsync(request, ThingModel.MaxBytes, stop);
        if (body is null)
            return (null, TypedResults.Problem($"A thing model has at most {ThingModel.MaxBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge));
        var fields = new FieldFaults();
        if (ThingModel.TryRead(body, out var model, out var faults))
        {
            // Asked of new documents alone: what was stored before stays readable.
            if (model.Sector is not { } sector || Sectors.FaultOf(sector) is not { } unknown) return (model, null);
            fields.Add("/wanwu:sector", unknown);
        }
        foreach (var fault in faults) fields.Add(fault.Pointer.Length == 0 ? "/" : fault.Pointer, fault.Value is null ? fault.Rule : $"{fault.Rule} Found {fault.Value}.");
        return (null, fields.ToProblem(title: "The document breaks the rules of a thing model, as errors say by JSON pointer."));
    }

    private static string TextOf(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult NoSuchModel(string id) =>
        TypedResults.Problem($"There is no model '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult Stale() =>
        TypedResults.Problem("The model has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed);
}
