using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Connect.Intake;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Http;

/// <param name="Property">The property refused, where the fault is in one.</param>
/// <param name="Reason">The reason's name, as <c>wrongType</c>.</param>
/// <param name="Detail">What was wrong, where, and what to do about it.</param>
/// <param name="Count">How many observations were refused with it.</param>
internal sealed record RefusedView(string? Property, RefusalReason Reason, string Detail, int Count)
{
    internal static RefusedView Of(in Refusal refusal) => new(refusal.Property, refusal.Reason, refusal.Detail, refusal.Count);
}

/// <summary>What became of a report: how many observations are on disk, and what was refused of it.</summary>
internal sealed record ReportView(int Accepted, IReadOnlyList<RefusedView> Refused);

/// <summary>Reports and events over HTTP: the same payloads as over MQTT, answered when they are on disk.</summary>
internal static class ReportEndpoints
{
    private const string Bulk = "application/x-ndjson";

    public static void MapReports(this WebApplication app)
    {
        var things = app.MapGroup("/api/v1/things/{id}").WithTags("Reports").RequireAuthorization(Permission.Report.Policy());
        things.MapPost("/report", ReportAsync).WithName("Report").Accepts<object>("application/json", "application/senml+json", Bulk)
            .WithSummary("Hand in observations").Produces<ReportView>(StatusCodes.Status202Accepted).Produces<BulkView>(StatusCodes.Status200OK)
            .ProducesProblem(404).ProducesProblem(413).ProducesProblem(422).ProducesProblem(507).CountedOnly();
        things.MapPost("/events/{name}", EventAsync).WithName("ReportEvent").Accepts<object>("application/json")
            .WithSummary("Hand in an event").Produces<ReportView>(StatusCodes.Status202Accepted)
            .ProducesProblem(404).ProducesProblem(413).ProducesProblem(422).ProducesProblem(507).CountedOnly();
    }

    private static async Task<IResult> ReportAsync(string id, HttpContext http, MessageIntake intake, ConnectMetrics metrics)
    {
        if (Open(id, http.User, intake, out var thing) is { } refused) return refused;
        var inbox = new HttpInbox(intake, metrics, thing, http.Request.Path);
        if (http.Request.ContentType?.StartsWith(Bulk, StringComparison.OrdinalIgnoreCase) == true) return await new BulkReports(inbox).TakeAsync(http);
        var body = await RequestBody.ReadAsync(http, inbox.MaxBytes);
        return body is null ? RequestBody.TooLarge(inbox.MaxBytes) : await inbox.TakeAsync(body.Value, default, http.RequestAborted);
    }

    private static async Task<IResult> EventAsync(string id, string name, HttpContext http, MessageIntake intake, ConnectMetrics metrics)
    {
        if (Open(id, http.User, intake, out var thing) is { } refused) return refused;
        var inbox = new HttpInbox(intake, metrics, thing, http.Request.Path);
        var body = await RequestBody.ReadAsync(http, inbox.MaxBytes);
        return body is null ? RequestBody.TooLarge(inbox.MaxBytes) : await inbox.TakeAsync(body.Value, System.Text.Encoding.UTF8.GetBytes(name), http.RequestAborted);
    }

    private static ProblemHttpResult? Open(string id, ClaimsPrincipal user, MessageIntake intake, out ReportingThing thing)
    {
        thing = null!;
        if (!ThingId.TryParse(id, null, out var thingId)) return TypedResults.Problem($"'{id}' is not a thing id.", statusCode: 404);
        if (intake.Open(Caller.From(user), thingId, out var reason, out var detail) is not { } open)
        {
            return TypedResults.Problem(detail, statusCode: reason switch
            {
                RefusalReason.NotAllowed or RefusalReason.Quarantined => StatusCodes.Status403Forbidden,
                RefusalReason.ThingRetired => StatusCodes.Status409Conflict,
                _ => StatusCodes.Status404NotFound,
            });
        }
        thing = open;
        return null;
    }
}
