using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>What a thing measured: latest, series, buckets.</summary>
internal static class ObservationEndpoints
{
    public static void MapObservations(this IEndpointRouteBuilder routes)
    {
        var things = routes.MapGroup("/api/v1/things/{id}").WithTags("Observations").RequireAuthorization(Permission.ReadObservations.Policy());
        things.MapGet("/latest", Latest).WithName("latest").WithSummary("The latest value of every property, by phenomenon time").WithQuery("format");
        things.MapGet("/series/{property}", Series).WithName("series")
            .WithSummary("One property through time, as it was reported or, with every= and aggregate=, per bucket of a zone's calendar")
            .WithDescription("Parameters: from (inclusive), to (exclusive), limit, cursor, quality, order, corrected=true (tells which rows were put right); every, aggregate, zone; format=json, ndjson, csv, arrow or parquet, or Accept. "
                + "Without quality=, aggregates take good, suspect, overRange, underRange and substituted.")
            .WithQuery("from", "to", "limit", "cursor", "quality", "order", "corrected", "every", "aggregate", "zone", "format");
        things.MapGet("/watch", WatchEndpoint.Watch).WithName("watch").WithSummary("Observations as they are committed (server-sent events)");
    }

    /// <summary>The thing if it is there and the caller may see its observations; otherwise the answer to give.</summary>
    internal static IResult? Refuse(ThingId id, ClaimsPrincipal user, Permission permission, ThingDirectory things, AccessRules access, out ThingEntry? thing)
    {
        thing = things.Find(id);
        var caller = Caller.From(user);
        if (thing is null || !access.May(caller, Permission.ReadThings, thing))
            return TypedResults.Problem($"There is no thing {id}.", statusCode: StatusCodes.Status404NotFound);
        return access.May(caller, permission, thing)
            ? null
            : TypedResults.Problem($"You may not do this with thing {id}.", statusCode: StatusCodes.Status403Forbidden);
    }

    private static IResult Latest(ThingId id, ClaimsPrincipal user, ThingDirectory things, AccessRules access, SightedValues values) =>
        Refuse(id, user, Permission.ReadObservations, things, access, out var thing) is { } refused ? refused : new LatestAnswer(values.Latest(Caller.From(user), thing!));

    /// <summary>The answer to whoever asks for values that it may see neither in clear nor masked.</summary>
    internal static ProblemHttpResult Hidden(ThingEntry thing, PropertyName property) => TypedResults.Problem(
        $"The values of '{property}' are {Classified(thing, property)}; nothing that is granted to you lets you see them.", statusCode: StatusCodes.Status403Forbidden);

    /// <summary>As people call it: <c>important</c>, or <c>internal and personal</c>.</summary>
    private static string Classified(ThingEntry thing, PropertyName property)
    {
        var affordance = thing.Model?.Model.FindProperty(property);
        var name = DataClasses.NameOf(thing.Model?.Model.ClassOf(affordance) ?? DataClass.Internal);
        return affordance is { Personal: true } ? $"{name} and personal" : name;
    }

    private static async Task<IResult> Series(
        ThingId id, string property, HttpContext context, ThingDirectory things, AccessRules access, SightedValues values, CorrectionQueries corrections)
    {
        if (Refuse(id, context.User, Permission.ReadObservations, things, access, out var thing) is { } refused) return refused;
        var parameters = new QueryParameters(context.Request.Query);
        if (!PropertyName.TryParse(property, null, out var name)) return NoProperty(id, property);
        var query = SeriesOf(id, name, parameters);
        var buckets = BucketsOf(query, thing!, parameters);
        var tellsCorrected = parameters.Text("corrected");
        if (tellsCorrected is not (null or "true" or "false")) parameters.Fault("corrected", "true or false");
        else if (tellsCorrected == "true" && buckets is not null) parameters.Fault("corrected", "of use with every=: it tells of rows");
        AnswerFormats.Of(context.Request, parameters);
        if (parameters.IsWrong) return parameters.Problem();
        var queries = values.Queries;
        if (!IsKnown(thing!, name, queries)) return NoProperty(id, property);
        var sight = access.SightOf(Caller.From(context.User), thing!).Of(name);
        // What was summed up of masked values could be asked until it tells them.
        if (sight.IsNone || (!sight.IsClear && buckets is not null)) return Hidden(thing!, name);
        try
        {
            if (!sight.IsClear) return Answer(await values.ReadAsync(query, sight, context.RequestAborted));
            if (buckets is not null) return Answer(buckets, await queries.AggregateAsync(buckets, context.RequestAborted));
            var page = await queries.ReadAsync(query, context.RequestAborted);
            return tellsCorrected == "true" ? Answer(page, await CorrectedAsync(query, page, corrections, context.RequestAborted)) : Answer(page);
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>A thing without a model may report anything, so any name may have a series; with a model, a name it lacks is a mistake worth telling.</summary>
    private static bool IsKnown(ThingEntry thing, PropertyName name, ObservationQueries queries) =>
        thing.Model is not { } model || model.TryGetProperty(System.Text.Encoding.UTF8.GetBytes(name.ToString()), out _) || queries.Properties(thing.Id).Contains(name);

    private static ProblemHttpResult NoProperty(ThingId id, string property) =>
        TypedResults.Problem($"Thing {id} has no property '{property}'.", statusCode: StatusCodes.Status404NotFound);

    private static SeriesQuery SeriesOf(ThingId id, PropertyName property, QueryParameters parameters)
    {
        var (from, to) = (parameters.Time("from") ?? Timestamp.Min, parameters.Time("to") ?? Timestamp.Max);
        if (to < from) parameters.Fault("to", "at or after from");
        var order = parameters.Text("order");
        if (order is not (null or "asc" or "desc")) parameters.Fault("order", "asc or desc");
        return new SeriesQuery(id, property, from, to)
        {
            Limit = parameters.Limit(SeriesQuery.DefaultLimit, SeriesQuery.MaxLimit),
            After = parameters.Cursor(),
            Descending = order == "desc",
            Qualities = parameters.ManyOf<Quality>("quality"),
        };
    }

    private static BucketQuery? BucketsOf(SeriesQuery series, ThingEntry thing, QueryParameters parameters)
    {
        var width = parameters.Value<BucketWidth>("every", text => BucketWidth.TryParse(text, out var parsed) ? parsed : null, BucketWidth.Rule);
        var aggregates = parameters.ManyOf<Aggregate>("aggregate");
        var zone = parameters.Zone("zone") ?? thing.Zone;
        if (width is null)
        {
            if (aggregates is not null && parameters.Text("every") is null) parameters.Fault("aggregate", "of use without every=, as every=1h");
            return null;
        }
        if (series.Descending) parameters.Fault("order", "possible with every=: buckets come in order of time");
        return new BucketQuery(series, width.Value, zone, aggregates ?? [Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.Count]);
    }

    private static IReadOnlyList<Column> Raw => [new("t", ColumnKind.Time), new("value", ColumnKind.Value), new("quality", ColumnKind.Text)];

    private static PageAnswer Answer(SeriesPage page) => new(Raw, page.Items.Count, Next(page.Next), (row, i) =>
    {
        var item = page.Items[i];
        row.Cell(item.Time);
        row.Cell(item.Value);
        row.Cell(QueryParameters.Name(item.Quality));
    });

    private static async Task<IReadOnlySet<Timestamp>> CorrectedAsync(SeriesQuery query, SeriesPage page, CorrectionQueries corrections, CancellationToken stop)
    {
        if (page.Items.Count == 0) return new HashSet<Timestamp>();
        var (first, last) = query.Descending ? (page.Items[^1].Time, page.Items[0].Time) : (page.Items[0].Time, page.Items[^1].Time);
        return await corrections.TimesAsync(query.Thing, query.Property, first, last, stop);
    }

    private static PageAnswer Answer(SeriesPage page, IReadOnlySet<Timestamp> corrected) => new([.. Raw, new("corrected", ColumnKind.Flag)], page.Items.Count, Next(page.Next), (row, i) =>
    {
        var item = page.Items[i];
        row.Cell(item.Time);
        row.Cell(item.Value);
        row.Cell(QueryParameters.Name(item.Quality));
        row.Cell(corrected.Contains(item.Time));
    });

    private static PageAnswer Answer(BucketQuery query, BucketPage page) =>
        new([new("t", ColumnKind.Time), .. query.Aggregates.Select(aggregate => new Column(QueryParameters.Name(aggregate), ColumnKind.Number))], page.Items.Count, Next(page.Next), (row, i) =>
        {
            row.Cell(page.Items[i].Start);
            foreach (var value in page.Items[i].Values) row.Cell(value);
        });

    private static string? Next(Timestamp? next) => next is { } time ? QueryParameters.Cursor(time) : null;

    /// <summary><c>{"temperature":{"value":21.5,"t":"…","quality":"good"},…}</c></summary>
    private sealed class LatestAnswer(IReadOnlyList<LatestValue> values) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await using var writer = new Utf8JsonWriter(httpContext.Response.BodyWriter);
            writer.WriteStartObject();
            foreach (var (observation, _) in values)
            {
                writer.WriteStartObject(observation.Series.NameUtf8);
                writer.WritePropertyName("value"u8);
                observation.Value.WriteTo(writer);
                writer.WritePropertyName("t"u8);
                Times.Write(writer, observation.Time);
                writer.WriteString("quality"u8, QueryParameters.Name(observation.Quality));
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
            await writer.FlushAsync(httpContext.RequestAborted);
        }
    }
}
