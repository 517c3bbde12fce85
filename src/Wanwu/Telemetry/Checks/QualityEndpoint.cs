using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Checks;

/// <summary>How far a thing's values can be trusted: counts by quality, and what the checks at ingest have marked.</summary>
internal static class QualityEndpoint
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);

    public static void MapQuality(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/things/{id}/quality", Read)
        .WithTags("Observations").RequireAuthorization(Permission.ReadObservations.Policy()).WithName("quality").Produces<ThingQualityView>()
        .WithSummary("Counts by quality of a thing's properties, and what the checks of its model have marked")
        .WithDescription("Parameters: from (inclusive; seven days ago), to (exclusive; now), property (otherwise all). What the checks marked is told since the server started.").WithQuery("from", "to", "property");

    private static Timestamp Before(Timestamp to) => to.Microseconds - Timestamp.Min.Microseconds < Usual.Ticks / TimeSpan.TicksPerMicrosecond ? Timestamp.Min : Timestamp.From(to.ToDateTimeOffset() - Usual);

    private static async Task<IResult> Read(ThingId id, HttpContext context, ThingDirectory things, AccessRules access, QualityReading reading, TimeProvider clock)
    {
        if (ObservationEndpoints.Refuse(id, context.User, Permission.ReadObservations, things, access, out var thing) is { } refused) return refused;
        var parameters = new QueryParameters(context.Request.Query);
        var to = parameters.Time("to") ?? Timestamp.Now(clock);
        var from = parameters.Time("from") ?? Before(to);
        if (to < from) parameters.Fault("to", "at or after from");
        var only = parameters.Value<PropertyName>("property", static text => PropertyName.TryParse(text, null, out var name) ? name : null, "the name of a property");
        if (parameters.IsWrong) return parameters.Problem();
        try
        {
            return TypedResults.Ok(new ThingQualityView(from, to, await reading.ReadAsync(thing!, access.SightOf(Caller.From(context.User), thing!), only, from, to, context.RequestAborted)));
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}

/// <summary>Reads what <see cref="QualityEndpoint"/> and the console show.</summary>
internal sealed class QualityReading(SeriesTable series, ObservationQueries queries, ObservationLog log)
{
    /// <summary>Of the properties whose values are seen in clear: what was marked shows them.</summary>
    public async Task<List<PropertyQualityView>> ReadAsync(ThingEntry thing, ThingSight sight, PropertyName? only, Timestamp from, Timestamp to, CancellationToken stop)
    {
        var views = new List<PropertyQualityView>();
        if (series.FindThing(thing.Id) is not { } known) return views;
        foreach (var one in known.All.ToArray().Where(one => (only is null || one.Property == only) && sight.Of(one.Property).IsClear).OrderBy(one => one.Property))
        {
            var counts = await queries.QualitiesAsync(new SeriesQuery(thing.Id, one.Property, from, to), stop);
            views.Add(new PropertyQualityView(one.Property, counts.Values.Sum(), counts, log.ChecksOf(one)));
        }
        return views;
    }
}

internal sealed record ThingQualityView(Timestamp From, Timestamp To, IReadOnlyList<PropertyQualityView> Properties);

/// <param name="Counts">How many observations there are of each quality that occurs.</param>
/// <param name="Checks">Null for a property whose model has none, or that has not reported since the server started.</param>
internal sealed record PropertyQualityView(PropertyName Property, long Total, IReadOnlyDictionary<string, long> Counts, ChecksView? Checks);

/// <param name="Checked">Values held against the checks since the server started.</param>
/// <param name="Marked">How many each check has marked.</param>
/// <param name="Last">What was marked last, newest first.</param>
internal sealed record ChecksView(long Checked, IReadOnlyDictionary<string, long> Marked, IReadOnlyList<MarkView> Last)
{
    public static ChecksView Of(SeriesChecks checks) => new(checks.Checked,
        PlausibilityChecks.All.ToDictionary(PlausibilityChecks.NameOf, checks.CountOf),
        [.. checks.Marks.Select(mark => new MarkView(mark.Time, mark.Value, [.. PlausibilityChecks.NamesOf(mark.Checks)]))]);
}

internal sealed record MarkView(Timestamp T, double Value, IReadOnlyList<string> Checks);
