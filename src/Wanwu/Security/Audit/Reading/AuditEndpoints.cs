using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit.Reading;
using Wanwu.Things;

namespace Wanwu.Security.Audit;

/// <summary>The query of <c>GET /api/v1/audit</c> and of its export.</summary>
internal sealed record AuditRequest(
    [property: FromQuery(Name = "from"), Description("Records from this time on (RFC 3339).")] string? From,
    [property: FromQuery(Name = "to"), Description("Records before this time (RFC 3339).")] string? To,
    [property: FromQuery(Name = "who"), Description("Name or id of person, program or thing, exactly.")] string? Who,
    [property: FromQuery(Name = "action"), Description("An action's code, or its first part: thing finds thing.change.")] string? Action,
    [property: FromQuery(Name = "object"), Description("An object's type, id or name, exactly.")] string? Object,
    [property: FromQuery(Name = "result"), Description("done, refused or failed.")] string? Outcome,
    [property: FromQuery(Name = "q"), Description("Found anywhere in the record; case does not count.")] string? Text,
    [property: FromQuery(Name = "limit"), Description("Records a page, 1 to 1000; 50 unless told.")] string? Limit,
    [property: FromQuery(Name = "cursor"), Description("Where the page begins: next of the page before.")] string? Cursor,
    [property: FromQuery(Name = "format"), Description("For the export: csv or ndjson.")] string? Format)
{
    private const int DefaultLimit = 50, MaxLimit = 1_000, MaxText = 200;
    private static readonly string[] Known = ["from", "to", "who", "action", "object", "result", "q", "limit", "cursor", "format"];

    public (AuditFilter Filter, int Limit, long? Before) Read(IQueryCollection query, FieldFaults faults)
    {
        foreach (var name in query.Keys)
            if (!Known.Contains(name, StringComparer.OrdinalIgnoreCase)) faults.Add(ThingRules.Short(name), $"This parameter is not known. Known are: {string.Join(", ", Known)}.");
        var limit = DefaultLimit;
        if (Limit is not null && (!int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        long before = 0;
        if (Cursor is not null && (!long.TryParse(Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before) || before < 1)) faults.Add("cursor", "Expected next of a page.");
        if (Format is not (null or "csv" or "ndjson")) faults.Add("format", "Expected csv or ndjson.");
        AuditResult? outcome = Outcome switch { null => null, "done" => AuditResult.Done, "refused" => AuditResult.Refused, "failed" => AuditResult.Failed, _ => Unknown(faults) };
        var filter = new AuditFilter(TimeOf("from", From, faults), TimeOf("to", To, faults), TextOf("who", Who, faults), TextOf("action", Action, faults),
            TextOf("object", Object, faults), outcome, TextOf("q", Text, faults));
        return (filter, limit, Cursor is null ? null : before);
    }

    private static AuditResult? Unknown(FieldFaults faults)
    {
        faults.Add("result", "Expected done, refused or failed.");
        return null;
    }

    private static Timestamp? TimeOf(string name, string? text, FieldFaults faults)
    {
        if (text is null) return null;
        if (Timestamp.TryParse(text, null, out var time)) return time;
        faults.Add(name, "Expected a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z.");
        return null;
    }

    private static string? TextOf(string name, string? text, FieldFaults faults)
    {
        if (text is { Length: > MaxText }) faults.Add(name, $"Expected at most {MaxText} characters.");
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}

/// <param name="Proof">What was last proved; null when nothing was since the start.</param>
/// <param name="Fault">Why nothing can be recorded at present.</param>
internal sealed record AuditStateView(long Records, AuditProof? Proof, string? Fault);

/// <summary><c>/api/v1/audit</c>: who did what. Read, proved and exported; never changed.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/api/v1/audit").WithTags("Audit").RequireAuthorization(Permission.ReadAudit.Policy());
        audit.MapGet("/", List).WithSummary("Lists records, newest first, a page at a time. A page may be short, or empty, and have a next: it reads a bounded number of records.").ProducesProblem(400);
        audit.MapGet("/export", Export).Audited("audit.export").WithSummary("All records that a filter finds, as a file: format=csv or ndjson. Recorded like every export.")
            .Produces<string>(200, "text/csv", "application/x-ndjson").ProducesProblem(400);
        audit.MapGet("/state", (AuditTrail trail, AuditState state) => TypedResults.Ok(new AuditStateView(trail.Sequence, state.Proof, trail.Fault)))
            .WithSummary("What was last proved of the trail, and whether it can be written.");
        audit.MapPost("/verify", (AuditState state, CancellationToken stop) => state.VerifyAsync(stop)).Audited(AuditState.Action)
            .WithSummary("Reads the whole chain and proves it, or names the first record that is not as it was written.");
    }

    private static async Task<Results<Ok<ListView<AuditRecord>>, ProblemHttpResult>> List([AsParameters] AuditRequest request, HttpContext context, AuditReader reader, CancellationToken stop)
    {
        var faults = new FieldFaults();
        var (filter, limit, before) = request.Read(context.Request.Query, faults);
        if (!faults.IsEmpty) return faults.ToProblem();
        var page = await reader.PageAsync(filter, before, limit, stop);
        return TypedResults.Ok(new ListView<AuditRecord>(page.Records, page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> Export([AsParameters] AuditRequest request, HttpContext context, AuditReader reader, CancellationToken stop)
    {
        var faults = new FieldFaults();
        var (filter, _, before) = request.Read(context.Request.Query, faults);
        if (!faults.IsEmpty) return faults.ToProblem();
        await AuditExport.WriteAsync(context.Response, reader, filter, before, request.Format == "ndjson", stop);
        return TypedResults.Empty;
    }
}
