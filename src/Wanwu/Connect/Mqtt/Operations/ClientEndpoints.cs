using System.ComponentModel;
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>The query of <c>GET /api/v1/mqtt/clients</c>.</summary>
internal sealed record ClientListRequest(
    [property: FromQuery(Name = "limit"), Description("Clients a page, 1 to 1000; 50 unless told.")] string? Limit,
    [property: FromQuery(Name = "cursor"), Description("Where the page begins: next of the page before.")] string? Cursor,
    [property: FromQuery(Name = "q"), Description("Found in client identifier, caller, the thing's name or address; case does not count.")] string? Text,
    [property: FromQuery(Name = "thing"), Description("Clients that signed in as this thing.")] string? Thing,
    [property: FromQuery(Name = "state"), Description("connected, away or slow.")] string? State)
{
    private const int DefaultLimit = 50, MaxLimit = 1_000;
    private static readonly string[] Known = ["limit", "cursor", "q", "thing", "state"];

    public (ClientFilter Filter, int Limit, string? After) Read(IQueryCollection query, FieldFaults faults)
    {
        foreach (var name in query.Keys)
            if (!Known.Contains(name, StringComparer.OrdinalIgnoreCase)) faults.Add(ThingRules.Short(name), $"This parameter is not known. Known are: {string.Join(", ", Known)}.");
        var limit = DefaultLimit;
        if (Limit is not null && (!int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        ThingId? thing = null;
        if (Thing is not null)
        {
            if (ThingId.TryParse(Thing, null, out var id)) thing = id;
            else faults.Add("thing", "Expected the id of a thing.");
        }
        if (State is not null && !ClientFilter.States.Contains(State)) faults.Add("state", $"Expected one of {string.Join(", ", ClientFilter.States)}.");
        var after = Cursor is null ? null : ClientView.ReadKey(Cursor);
        if (Cursor is not null && after is null) faults.Add("cursor", "Expected next of a page.");
        return (new ClientFilter(Text, thing, State), limit, after);
    }
}

/// <summary><c>/api/v1/mqtt</c>: who is connected, and what may be done about it.</summary>
internal static class ClientEndpoints
{
    public static void MapMqttClients(this IEndpointRouteBuilder routes)
    {
        var mqtt = routes.MapGroup("/api/v1/mqtt").WithTags("MQTT");
        mqtt.MapGet("/summary", (Clients clients) => TypedResults.Ok(clients.Summary())).RequireAuthorization(Permission.ReadConnections.PolicyEverywhere())
            .WithSummary("Connections, sessions, rates and what was refused, in all.");
        mqtt.MapGet("/clients", List).RequireAuthorization(Permission.ReadConnections.Policy()).WithSummary("Lists clients, connected and away, a page at a time.").ProducesProblem(400);
        mqtt.MapGet("/clients/{key}", Get).RequireAuthorization(Permission.ReadConnections.Policy()).WithSummary("Reads a client and what it has subscribed.");
        mqtt.MapPost("/clients/{key}/kick", Kick).RequireAuthorization(Permission.ManageConnections.Policy())
            .WithSummary("Disconnects a client (reason code 0x98). It may come back, and its session stays.").ProducesProblem(409).Audited("mqtt.kick");
        mqtt.MapDelete("/clients/{key}", End).RequireAuthorization(Permission.ManageConnections.Policy())
            .WithSummary("Ends a session: its connection, its subscriptions and all that waits for it.").Audited("mqtt.end");
    }

    private static Results<Ok<ListView<ClientView>>, ProblemHttpResult> List([AsParameters] ClientListRequest request, HttpContext context, Clients clients)
    {
        var faults = new FieldFaults();
        var (filter, limit, after) = request.Read(context.Request.Query, faults);
        if (!faults.IsEmpty) return faults.ToProblem();
        var all = clients.Select(filter, Caller.From(context.User));
        var from = after is null ? 0 : FirstAfter(all, after);
        ClientView[] page = [.. all.Skip(from).Take(limit).Select(clients.View)];
        return TypedResults.Ok(new ListView<ClientView>(page, from + page.Length < all.Count ? page[^1].Key : null));
    }

    /// <summary>The place behind a client that may have gone since.</summary>
    private static int FirstAfter(List<ClientSession> all, string key)
    {
        var clientId = key.Split('\n', 3) is [_, _, var id] ? id : key;
        var at = all.FindIndex(session => string.CompareOrdinal(session.ClientId, clientId) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(session.Key, key) > 0)));
        return at < 0 ? all.Count : at;
    }

    private static Results<Ok<ClientDetailView>, ProblemHttpResult> Get(string key, ClaimsPrincipal user, Clients clients) =>
        clients.Find(key, Caller.From(user), Permission.ReadConnections) is { } session
        ? TypedResults.Ok(new ClientDetailView(clients.View(session), clients.SubscriptionsOf(session)))
        : NoSuchClient();

    private static Results<NoContent, ProblemHttpResult> Kick(string key, ClaimsPrincipal user, Clients clients)
    {
        if (clients.Find(key, Caller.From(user), Permission.ManageConnections) is not { } session) return NoSuchClient();
        return Clients.Kick(session) ? TypedResults.NoContent() : TypedResults.Problem("The client is not connected.", statusCode: StatusCodes.Status409Conflict);
    }

    private static Results<NoContent, ProblemHttpResult> End(string key, ClaimsPrincipal user, Clients clients)
    {
        if (clients.Find(key, Caller.From(user), Permission.ManageConnections) is not { } session) return NoSuchClient();
        clients.End(session);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NoSuchClient() => TypedResults.Problem("There is no such client.", statusCode: StatusCodes.Status404NotFound);
}
