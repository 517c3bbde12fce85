using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary><c>/api/v1/retention/policies</c>: how long what is kept, and what has expired.</summary>
internal static class PolicyEndpoints
{
    private const int DefaultEntries = 100, MostEntries = 1_000;

    public static void MapPolicies(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/retention").WithTags("Retention");
        api.MapGet("/policies", List).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Produces<PoliciesView>()
            .WithSummary("Lists the policies in the order in which they are asked, with the changes that wait.");
        api.MapGet("/policies/{id}", Get).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Produces<PolicyView>().ProducesProblem(404).WithSummary("Reads a policy.");
        api.MapPut("/policies/{id}", Put).RequireAuthorization(Permission.Administer.Policy()).Accepts<PutPolicy>("application/json")
            .WithSummary("Creates or changes a policy; it waits for the time to think again before data expire by it.")
            .Produces<PolicyView>(200).Produces<PolicyView>(201).ProducesProblem(400).ProducesProblem(409).ProducesProblem(412).AuditedWithin("retentionPolicy.change");
        api.MapDelete("/policies/{id}", Delete).RequireAuthorization(Permission.Administer.Policy()).Produces<PolicyView>(200).Produces(204).ProducesProblem(404).ProducesProblem(412)
            .WithSummary("Ends a policy, after the same wait: what it took falls to the next one.").AuditedWithin("retentionPolicy.remove");
        api.MapDelete("/policies/{id}/pending", Cancel).RequireAuthorization(Permission.Administer.Policy()).Produces<PolicyView>(200).Produces(204).ProducesProblem(404).ProducesProblem(412)
            .WithSummary("Takes back a change that waits.").AuditedWithin("retentionPolicy.change");
        api.MapGet("/expiries", Expiries).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Produces<ListView<ExpiryView>>()
            .WithSummary("What has expired, newest first.").WithDescription("Parameters: limit, cursor.");
    }

    private static Ok<PoliciesView> List(RetentionBook book, IOptions<ColdOptions> cold, IOptions<RetentionOptions> options, TimeProvider clock)
    {
        var now = Timestamp.Now(clock);
        return TypedResults.Ok(new PoliciesView(cold.Value.CloseAfterHours, options.Value.GraceHours, [.. Ordered(book.Current, now).Select(entry => PolicyView.Of(entry, now))]));
    }

    /// <summary>In the order in which they are asked.</summary>
    internal static List<PolicyEntry> Ordered(RetentionRules rules, Timestamp now)
    {
        List<PolicyEntry> entries = [.. rules.Policies.Select(entry => entry.AsOf(now)).Where(entry => entry.Policy is not null || entry.Pending is not null)];
        entries.Sort(static (a, b) => RetentionPolicy.CompareOrder(a.Policy ?? a.Pending!.Policy!, b.Policy ?? b.Pending!.Policy!));
        return entries;
    }

    private static IResult Get(string id, HttpContext context, RetentionBook book, TimeProvider clock) => Answer(context, book, id, clock, StatusCodes.Status404NotFound);

    private static IResult Answer(HttpContext context, RetentionBook book, string id, TimeProvider clock, int whenGone, bool isNew = false)
    {
        var now = Timestamp.Now(clock);
        if (book.Current.Find(id)?.AsOf(now) is not { } entry || entry is { Policy: null, Pending: null }) return whenGone == StatusCodes.Status204NoContent ? TypedResults.NoContent() : NoSuchPolicy(id);
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{entry.Revision}\"");
        return isNew ? TypedResults.Created($"/api/v1/retention/policies/{id}", PolicyView.Of(entry, now)) : TypedResults.Ok(PolicyView.Of(entry, now));
    }

    private static async Task<IResult> Put(
        string id, HttpContext context, RetentionChanges changes, RetentionBook book, ThingDirectory things, IOptions<ColdOptions> cold, TimeProvider clock)
    {
        var stop = context.RequestAborted;
        if (ModelRules.FaultOfId(id)?.Replace("a model's id", "a policy's id", StringComparison.Ordinal) is { } fault) return TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Stale();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            if (RetentionDocument.ReadPolicy(id, document!.RootElement, cold.Value.CloseAfterHours, faults) is not { } policy) return faults.ToProblem();
            if (policy.Organisation is { } organisation && things.Organisations.Find(organisation) is null) faults.Add("organisation", OrganisationRules.NoSuch(organisation));
            if (!faults.IsEmpty) return faults.ToProblem();
            var outcome = await changes.PutAsync(id, policy, revision, Caller.From(context.User).Name, stop);
            return Refusal(outcome, id) ?? Answer(context, book, id, clock, StatusCodes.Status204NoContent, outcome == RetentionOutcome.Created);
        }
    }

    private static async Task<IResult> Delete(string id, HttpContext context, RetentionChanges changes, RetentionBook book, TimeProvider clock)
    {
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Stale();
        var outcome = await changes.PutAsync(id, null, revision, Caller.From(context.User).Name, context.RequestAborted);
        return Refusal(outcome, id) ?? Answer(context, book, id, clock, StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> Cancel(string id, HttpContext context, RetentionChanges changes, RetentionBook book, TimeProvider clock)
    {
        if (!WriteCondition.TryReadVersion(context.Request, out var revision)) return Stale();
        var outcome = await changes.CancelAsync(id, revision, Caller.From(context.User).Name, context.RequestAborted);
        if (outcome == RetentionOutcome.NotFound) return TypedResults.Problem($"No change of the policy '{ThingRules.Short(id)}' waits.", statusCode: StatusCodes.Status404NotFound);
        return Refusal(outcome, id) ?? Answer(context, book, id, clock, StatusCodes.Status204NoContent);
    }

    private static ProblemHttpResult? Refusal(RetentionOutcome outcome, string id) => outcome switch
    {
        RetentionOutcome.NotFound => NoSuchPolicy(id),
        RetentionOutcome.Stale => Stale(),
        RetentionOutcome.Taken => TypedResults.Problem("Another policy names the same property, model and organisation. Change that one.", statusCode: StatusCodes.Status409Conflict),
        RetentionOutcome.Full => TypedResults.Problem($"There are {RetentionChanges.MostPolicies} policies already. End one, or join some.", statusCode: StatusCodes.Status409Conflict),
        _ => null,
    };

    private static ProblemHttpResult NoSuchPolicy(string id) => TypedResults.Problem($"There is no retention policy '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult Stale() =>
        TypedResults.Problem("The policy has changed since you read it. Read it again, then change it.", statusCode: StatusCodes.Status412PreconditionFailed);

    private static async Task<IResult> Expiries(int? limit, string? cursor, StoreDatabase database, CancellationToken stop)
    {
        var before = long.MaxValue;
        if (cursor is not null && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return TypedResults.Problem("The cursor is not one of ours: pass on the next of the page before, as it is.", statusCode: StatusCodes.Status400BadRequest);
        if (limit is < 1 or > MostEntries) return TypedResults.Problem($"limit is a number from 1 to {MostEntries}.", statusCode: StatusCodes.Status400BadRequest);
        var wanted = limit ?? DefaultEntries;
        var entries = await database.QueryAsync((connection, _) => ExpiryJournal.Read(connection, before, wanted + 1), stop);
        var next = entries.Count > wanted ? entries[wanted - 1].Id.ToString(CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new ListView<ExpiryView>([.. entries.Take(wanted)], next));
    }
}
