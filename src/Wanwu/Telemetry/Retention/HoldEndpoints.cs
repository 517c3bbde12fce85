using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary><c>/api/v1/retention/holds</c>: what must not expire.</summary>
internal static class HoldEndpoints
{
    private const int MostReason = 500;

    public static void MapHolds(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/retention/holds").WithTags("Retention");
        api.MapGet("/", List).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).Produces<ListView<HoldView>>().WithSummary("Lists legal holds, lifted ones too, newest first.");
        api.MapPost("/", Place).RequireAuthorization(Permission.Administer.Policy()).Accepts<PlaceHold>("application/json").Produces<HoldView>(201).ProducesProblem(400)
            .WithSummary("Places a legal hold: from the answer on, nothing it names expires.").AuditedWithin("legalHold.create");
        api.MapPost("/{id}/lift", Lift).RequireAuthorization(Permission.Administer.Policy()).Accepts<LiftHold>("application/json").Produces<HoldView>().ProducesProblem(400).ProducesProblem(404)
            .WithSummary("Lifts a hold; who did, when and why stays with it.").AuditedWithin("legalHold.change");
    }

    private static Ok<ListView<HoldView>> List(RetentionBook book) =>
        TypedResults.Ok(new ListView<HoldView>([.. book.Current.Holds.OrderByDescending(hold => hold.Placed).Select(HoldView.Of)], null));

    private static async Task<IResult> Place(HttpContext context, RetentionChanges changes, ThingDirectory things, TimeProvider clock)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var hold = RetentionDocument.ReadHold(NewId(Timestamp.Now(clock)), document!.RootElement, Timestamp.Now(clock), Caller.From(context.User).Name, faults);
            foreach (var organisation in (hold?.Organisations ?? []).Where(named => things.Organisations.Find(named) is null)) faults.Add("organisations", OrganisationRules.NoSuch(organisation));
            if (hold is null || !faults.IsEmpty) return faults.ToProblem();
            return await changes.PlaceAsync(hold, context.RequestAborted) == RetentionOutcome.Full
                ? TypedResults.Problem($"There are {RetentionChanges.MostHolds} holds already. Lift one, or join some.", statusCode: StatusCodes.Status409Conflict)
                : TypedResults.Created($"/api/v1/retention/holds/{hold.Id}", HoldView.Of(hold));
        }
    }

    internal static string NewId(Timestamp now) => Guid.CreateVersion7(now.ToDateTimeOffset()).ToString("N");

    private static async Task<IResult> Lift(string id, HttpContext context, RetentionChanges changes, RetentionBook book)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var reason = RetentionDocument.Text(JsonBody.Members(document!.RootElement, ["reason"], faults), "reason", MostReason, faults);
            if (reason is null && faults.IsEmpty) faults.Add("reason", "Say why the hold is lifted.");
            if (!faults.IsEmpty) return faults.ToProblem();
            await changes.LiftAsync(id, Caller.From(context.User).Name, reason!, context.RequestAborted);
            return book.Current.Holds.FirstOrDefault(hold => hold.Id == id) is { } lifted
                ? TypedResults.Ok(HoldView.Of(lifted))
                : TypedResults.Problem($"There is no hold '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);
        }
    }
}
