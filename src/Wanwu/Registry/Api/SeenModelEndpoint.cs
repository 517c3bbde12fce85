using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Body of <c>POST /api/v1/things/{id}/model/from-observations</c>; may be left out.</summary>
/// <param name="Id">What the model is to be called; made of the thing's name unless given.</param>
/// <param name="Title">The model's title; the thing's name unless given.</param>
internal sealed record MakeModel(string? Id, LocalizedText? Title);

/// <summary>Makes a model of what a thing without one has reported, and gives it to the thing.</summary>
internal static class SeenModelEndpoint
{
    public static void MapSeenModel(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/things/{id}/model/from-observations", Make).WithTags("Models").RequireAuthorization(Permission.ChangeThings.PolicyEverywhere())
            .Accepts<MakeModel>(isOptional: true, "application/json").WithSummary("Makes a thing model of what a thing has reported.").ProducesProblem(409).AuditedWithin("model.create");

    private static async Task<Results<Created<ModelView>, ProblemHttpResult>> Make(
        string id, HttpContext context, VisibleThings visible, ISeenProperties seen, SeenModels models, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        var faults = new FieldFaults();
        var (modelId, title) = await ReadAsync(context.Request, thing, faults, stop);
        if (!faults.IsEmpty) return faults.ToProblem();
        if (thing.Model is not null) return Conflict($"The thing has the model '{thing.Model.Id}' already.");
        var properties = seen.Of(thing.Id);
        if (properties.Count == 0) return Conflict("The thing has reported nothing yet.");
        return await models.MakeAsync(thing, modelId, ThingModel.Infer(title, properties.Select(property => (property.Name, property.Kind))), stop) is { } model
            ? TypedResults.Created($"/api/v1/models/{model.Id}", ModelView.Of(model))
            : Conflict($"There is a model '{modelId}' already, or the thing was changed meanwhile. Name another id.");
    }

    private static async Task<(string Id, LocalizedText Title)> ReadAsync(HttpRequest request, ThingEntry thing, FieldFaults faults, CancellationToken stop)
    {
        var (id, title) = (ModelRules.IdOf(thing.Name.For("en")), thing.Name);
        if (request.ContentLength is null or 0) return (id, title);
        var (document, problem) = await JsonBody.ReadAsync(request, stop);
        using (document)
        {
            if (problem is not null)
            {
                faults.Add("", problem.ProblemDetails.Detail ?? "");
                return (id, title);
            }
            var members = JsonBody.Members(document!.RootElement, ["id", "title"], faults);
            if (members.Text("id", faults) is { } given)
            {
                if (ModelRules.FaultOfId(given) is { } fault) faults.Add("id", fault);
                id = given;
            }
            if (members.TryGetValue("title", out var text))
            {
                if (LocalizedText.TryRead(text, out var read, out var fault, ThingRules.MaxName)) title = read;
                else faults.Add("title", fault);
            }
        }
        return (id, title);
    }

    private static ProblemHttpResult Conflict(string reason) => TypedResults.Problem(reason, statusCode: StatusCodes.Status409Conflict);
}

/// <summary>Writes a model made of observations and hands it to its thing.</summary>
internal sealed class SeenModels(ModelChanges models, ThingChanges things, ThingDirectory directory)
{
    /// <returns>The model, or null when the id is taken or the thing has changed.</returns>
    public async Task<ModelEntry?> MakeAsync(ThingEntry thing, string id, ThingModel model, CancellationToken stop)
    {
        if (await models.PutAsync(id, model, version: 0, stop) != ModelOutcome.Created) return null;
        var result = await things.ChangeAsync(thing.Id, new ThingDraft { Model = id }, thing.Revision, stop);
        return result.Outcome == ThingOutcome.Done ? directory.Models.GetValueOrDefault(id) : null;
    }
}
