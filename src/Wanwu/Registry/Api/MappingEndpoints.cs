using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <param name="Name">In the language the request asked for, else the nearest there is.</param>
/// <param name="Values">How many values the mapping takes from a message.</param>
internal sealed record MappingView(string Id, int Version, string Name, bool Enabled, string Topic, int Values, Timestamp Changed)
{
    public static MappingView Of(MappingEntry entry) => new(
        entry.Id, entry.Version, entry.Mapping.Name.For(CultureInfo.CurrentUICulture), entry.Mapping.IsEnabled, entry.Mapping.Topic.Text,
        entry.Mapping.Values.Count, entry.Changed);
}

/// <summary><c>/api/v1/mappings</c>: how messages of other topics become observations. The document is the resource.</summary>
internal static class MappingEndpoints
{
    public static void MapMappings(this IEndpointRouteBuilder routes)
    {
        var mappings = routes.MapGroup("/api/v1/mappings").WithTags("Mappings");
        mappings.MapGet("/", List).RequireAuthorization(Permission.ReadRefused.PolicyEverywhere()).WithSummary("Lists mappings in the order in which they are asked.");
        mappings.MapGet("/examples", Examples).RequireAuthorization(Permission.ReadRefused.PolicyEverywhere()).WithSummary("Lists ready-made mappings to start from, with messages to try them on.");
        mappings.MapPost("/", Create).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).Accepts<JsonElement>("application/json")
            .WithSummary("Creates a mapping; its id is made of its name.").Produces<MappingView>(201).ProducesProblem(400).ProducesProblem(409).AuditedWithin("mapping.create");
        mappings.MapGet("/{id}", Get).RequireAuthorization(Permission.ReadRefused.PolicyEverywhere()).Produces<JsonElement>(200, "application/json")
            .WithSummary("Reads a mapping's document.").ProducesProblem(404);
        mappings.MapPut("/{id}", Put).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).Accepts<JsonElement>("application/json")
            .WithSummary("Creates a mapping, or makes a new version of it.").Produces<MappingView>(200).Produces<MappingView>(201)
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(412).AuditedWithin("mapping.change");
        mappings.MapDelete("/{id}", Delete).RequireAuthorization(Permission.ChangeThings.PolicyEverywhere())
            .WithSummary("Removes a mapping: messages of its topics are no observations from the next one on.").AuditedWithin("mapping.remove");
    }

    /// <summary>There are at most <see cref="TopicMappings.Most"/>, so the list is one page.</summary>
    private static Ok<ListView<MappingView>> List(ThingDirectory things)
    {
        MappingEntry[] all = [.. things.Mappings.All.Values];
        Array.Sort(all, MappingEntry.CompareOrder);
        return TypedResults.Ok(new ListView<MappingView>([.. all.Select(MappingView.Of)], null));
    }

    private static Ok<ListView<MappingExample>> Examples() => TypedResults.Ok(new ListView<MappingExample>(MappingExample.All, null));

    private static IResult Get(string id, HttpContext context, ThingDirectory things)
    {
        if (!things.Mappings.All.TryGetValue(id, out var entry)) return NoSuchMapping(id);
        context.Response.Headers.ETag = TagOf(entry);
        return TypedResults.Text(entry.Mapping.Json, "application/json", Encoding.UTF8);
    }

    private static async Task<IResult> Create(HttpContext context, MappingChanges changes, ThingDirectory things, CancellationToken stop)
    {
        var (mapping, problem) = await ReadAsync(context.Request, stop);
        if (problem is not null) return problem;
        var id = MappingRules.IdOf(mapping!.Name);
        return Answer(context, things, id, await changes.PutAsync(id, mapping, version: 0, stop));
    }

    private static async Task<IResult> Put(string id, HttpContext context, MappingChanges changes, ThingDirectory things, CancellationToken stop)
    {
        if (MappingRules.FaultOfId(id) is { } fault) return TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
        if (!WriteCondition.TryReadVersion(context.Request, out var version)) return Stale();
        var (mapping, problem) = await ReadAsync(context.Request, stop);
        return problem ?? Answer(context, things, id, await changes.PutAsync(id, mapping!, version, stop));
    }

    private static IResult Answer(HttpContext context, ThingDirectory things, string id, MappingOutcome outcome)
    {
        switch (outcome)
        {
            case MappingOutcome.Stale: return Stale();
            case MappingOutcome.Full:
                return TypedResults.Problem($"There are {TopicMappings.Most} mappings already. Remove one, or join some.", statusCode: StatusCodes.Status409Conflict);
            case MappingOutcome.Taken:
                return TypedResults.Problem($"There is a mapping '{id}' already. A new version of it is made with PUT /api/v1/mappings/{id}.",
                    statusCode: context.Request.Headers.IfNoneMatch == "*" ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status409Conflict);
        }
        // Another request may have removed it meanwhile; what was asked for is done all the same.
        if (!things.Mappings.All.TryGetValue(id, out var entry)) return TypedResults.NoContent();
        context.Response.Headers.ETag = TagOf(entry);
        return outcome == MappingOutcome.Created ? TypedResults.Created($"/api/v1/mappings/{id}", MappingView.Of(entry)) : TypedResults.Ok(MappingView.Of(entry));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, MappingChanges changes, CancellationToken stop) =>
        await changes.RemoveAsync(id, stop) == MappingOutcome.Removed ? TypedResults.NoContent() : NoSuchMapping(id);

    private static async Task<(Mapping? Mapping, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        if (request.ContentLength > Mapping.MaxBytes) return (null, TooLarge());
        var (document, problem) = await JsonBody.ReadAsync(request, stop);
        using (document)
        {
            if (problem is not null) return (null, problem);
            var faults = new FieldFaults();
            var mapping = MappingReader.Read(document!.RootElement, faults);
            if (mapping is null) return (null, faults.ToProblem());
            return mapping.Json.Length > Mapping.MaxBytes ? (null, TooLarge()) : (mapping, null);
        }
    }

    private static ProblemHttpResult TooLarge() =>
        TypedResults.Problem($"A mapping has at most {Mapping.MaxBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge);

    private static string TagOf(MappingEntry entry) => string.Create(CultureInfo.InvariantCulture, $"\"{entry.Version}\"");

    internal static ProblemHttpResult NoSuchMapping(string id) =>
        TypedResults.Problem($"There is no mapping '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult Stale() =>
        TypedResults.Problem("The mapping has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed);
}
