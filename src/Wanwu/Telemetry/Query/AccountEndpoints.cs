using System.Security.Claims;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>What was received, what became of it, and what was refused and why.</summary>
internal static class AccountEndpoints
{
    private const int DefaultRefused = 100, MostRefused = 1_000;

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Account");
        api.MapGet("/account", Account).WithName("account").RequireAuthorization(Permission.ReadObservations.Policy())
            .WithSummary("received = stored + repeated + refused, in all and by protocol; with thing= of one thing");
        api.MapGet("/things/{id}/account", ThingAccount).WithName("thingAccount").RequireAuthorization(Permission.ReadObservations.Policy())
            .WithSummary("received = stored + repeated + refused, of one thing");
        api.MapGet("/refused", Refused).WithName("refused").RequireAuthorization(Permission.ReadRefused.Policy())
            .WithSummary("What was refused, newest first, with its bytes and the reason")
            .WithDescription("Parameters: thing, protocol, reason, from, limit, cursor; format=json, ndjson, csv, arrow or parquet, or Accept.")
            .WithQuery("thing", "protocol", "reason", "from", "limit", "cursor", "format");
    }

    private static async Task<IResult> Account(
        string? thing, ClaimsPrincipal user, ThingDirectory things, AccessRules access, ObservationQueries queries, LogReplay replay, CancellationToken stop)
    {
        if (thing is not null)
        {
            return ThingId.TryParse(thing, null, out var id)
                ? await ThingAccount(id, user, things, access, queries, stop)
                : TypedResults.Problem($"thing is '{thing}', which is no thing id: 26 letters and digits.", statusCode: StatusCodes.Status400BadRequest);
        }
        // The sum over all things is for those who may read all of them.
        if (!access.MayEverywhere(Caller.From(user), Permission.ReadObservations))
            return TypedResults.Problem("The account of everything is for those who may read the observations of every thing: add ?thing= and the id of one.", statusCode: StatusCodes.Status403Forbidden);
        return await AnswerAsync(async () =>
        {
            var (all, protocols) = await queries.AccountAsync(stop);
            return TypedResults.Ok(new AccountsView(all.Received, all.Stored, all.Repeated, all.Refused, queries.Expired, protocols, DamageOf(replay)));
        });
    }

    /// <summary>What the last start found damaged in the log: nothing, or the account has a gap that must be told.</summary>
    private static List<LogDamageView>? DamageOf(LogReplay replay) => replay.Last is not { Damage.Count: > 0 } last
        ? null
        : [.. last.Damage.Select(found => new LogDamageView(QueryParameters.Name(found.Kind), Path.GetFileName(found.File), found.Position, found.Bytes))];

    private static async Task<IResult> ThingAccount(
        ThingId id, ClaimsPrincipal user, ThingDirectory things, AccessRules access, ObservationQueries queries, CancellationToken stop)
    {
        if (ObservationEndpoints.Refuse(id, user, Permission.ReadObservations, things, access, out _) is { } refused) return refused;
        return await AnswerAsync(async () => TypedResults.Ok(await queries.AccountAsync(id, stop)));
    }

    private static async Task<IResult> Refused(HttpContext context, ThingDirectory things, AccessRules access, ObservationQueries queries)
    {
        var parameters = new QueryParameters(context.Request.Query);
        var query = new RefusedQuery
        {
            Thing = parameters.Value<ThingId>("thing", text => ThingId.TryParse(text, null, out var id) ? id : null, "a thing id: 26 letters and digits"),
            Protocol = parameters.Text("protocol"),
            Reason = parameters.OneOf<RefusalReason>("reason"),
            From = parameters.Time("from"),
            Limit = parameters.Limit(DefaultRefused, MostRefused),
            Before = parameters.Number("cursor", "a cursor: pass on the next of the page before, as it is"),
        };
        if (parameters.IsWrong) return parameters.Problem();
        var caller = Caller.From(context.User);
        return await AnswerAsync(async () => Answer(RefusedSight.Seen(await queries.RefusedAsync(query, RefusedSight.Of(caller, things, access), context.RequestAborted), caller, things, access)));
    }

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static PageAnswer Answer(RefusedPage page) => new(
        [
            new("time", ColumnKind.Time), new("protocol", ColumnKind.Text), new("thing", ColumnKind.Text), new("reason", ColumnKind.Text), new("detail", ColumnKind.Text),
            new("property", ColumnKind.Text), new("source", ColumnKind.Text), new("count", ColumnKind.Number), new("bytes", ColumnKind.Text), new("text", ColumnKind.Text),
        ],
        page.Items.Count,
        page.Next?.ToString(System.Globalization.CultureInfo.InvariantCulture), (row, i) =>
        {
            var (_, time, protocol, refusal) = page.Items[i];
            row.Cell(time);
            row.Cell(protocol);
            row.Cell(refusal.Thing?.ToString());
            row.Cell(QueryParameters.Name(refusal.Reason));
            row.Cell(refusal.Detail);
            row.Cell(refusal.Property);
            row.Cell(refusal.Source);
            row.Cell((double?)refusal.Count);
            row.Cell(Convert.ToBase64String(refusal.Bytes.Span));
            row.Cell(Utf8.IsValid(refusal.Bytes.Span) ? Encoding.UTF8.GetString(refusal.Bytes.Span) : null);
        });
}

/// <summary>Received = stored + repeated + refused, here and in each protocol.</summary>
/// <param name="Expired">How many of those stored retention has let go since; they are counted under stored as well.</param>
/// <param name="LogDamage">What the last start found damaged in the log; absent when it was sound.</param>
internal sealed record AccountsView(
    long Received, long Stored, long Repeated, long Refused, long Expired, IReadOnlyDictionary<string, AccountView> Protocols,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LogDamageView>? LogDamage);

/// <param name="Kind">tornTail, unreadable, header, missing or unknownSeries.</param>
/// <param name="Position">Position in the log, counted over all segments.</param>
internal sealed record LogDamageView(string Kind, string File, long Position, long Bytes);
