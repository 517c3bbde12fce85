using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Retention;

/// <summary>Body of <c>POST /api/v1/retention/preview</c>.</summary>
/// <param name="Id">The policy that is to change.</param>
/// <param name="Policy">What it is to say; null to end it.</param>
internal sealed record PreviewPolicy(string Id, PutPolicy? Policy);

/// <summary>What lies where, and what a change of policy would do to it.</summary>
internal static class StorageEndpoints
{
    public static void MapStorage(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Retention");
        api.MapGet("/storage", Storage).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Produces<StorageView>()
            .ProducesProblem(400)
            .WithSummary("Rows and bytes by tier, organisation, model and property; with branches=true an organisation counts what is of those below it too.");
        api.MapPost("/retention/preview", Preview).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Accepts<PreviewPolicy>("application/json").Produces<PreviewView>().ProducesProblem(400)
            .WithSummary("What a change of a policy would do: what expires, what is held, and where it comes to rest. Changes nothing.").NotAudited("A trial; it changes nothing.");
    }

    private static async Task<IResult> Storage([FromQuery] string? branches, StorageFigures figures, ThingDirectory things, Accounts accounts, CancellationToken stop)
    {
        if (branches is not (null or "true" or "false")) return TypedResults.Problem("branches: expected true or false.", statusCode: StatusCodes.Status400BadRequest);
        try
        {
            var storage = await ReadAsync(figures, things, accounts, stop);
            return TypedResults.Ok(branches == "true" ? storage with { Organisations = StorageFigures.Branches(storage.Organisations, things.Organisations) } : storage);
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    internal static async Task<StorageView> ReadAsync(StorageFigures figures, ThingDirectory things, Accounts accounts, CancellationToken stop)
    {
        var use = await figures.ReadAsync(stop);
        return new StorageView(new TierUse(use.HotRows, use.HotBytes), new TierUse(use.ColdRows, use.ColdBytes), use.ColdFiles, use.Rollups, use.Kept, accounts.Expired,
            figures.By(use, things, of => of.Organisation), figures.By(use, things, of => of.Model), figures.By(use, things, of => of.Property));
    }

    private static async Task<IResult> Preview(HttpContext context, RetentionPreview preview, IOptions<ColdOptions> cold, IOptions<RetentionOptions> options)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var members = JsonBody.Members(document!.RootElement, ["id", "policy"], faults);
            var id = members.Text("id", faults);
            if (id is null || ModelRules.FaultOfId(id) is not null) faults.Add("id", "Expected a policy's id: small letters, digits and dashes.");
            if (!faults.IsEmpty) return faults.ToProblem();
            RetentionPolicy? policy = null;
            if (members.TryGetValue("policy", out var json) && json.ValueKind != JsonValueKind.Null)
            {
                policy = RetentionDocument.ReadPolicy(id!, json, cold.Value.CloseAfterHours, faults);
                if (policy is null) return faults.ToProblem();
            }
            try
            {
                return TypedResults.Ok(await preview.RunAsync(id!, policy, options.Value.GraceHours, context.RequestAborted));
            }
            catch (StoreException fault)
            {
                return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        }
    }
}
