using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Connect.Corrections;

/// <param name="Number">The correction's number, by which it can be taken back; null where nothing was to be done.</param>
/// <param name="Corrected">How many observations were put right.</param>
internal sealed record CorrectedView(long? Number, int Corrected);

/// <summary>A value with its quality, and where it is the original the time it was received.</summary>
internal sealed record CorrectedValueView(Value Value, Quality Quality, Timestamp? Received);

internal sealed record CorrectorView(string Kind, string Name);

/// <summary>One observation that was put right.</summary>
internal sealed record CorrectionView(
    long Number, PropertyName Property, Timestamp T, Timestamp At, CorrectorView By, string Reason, CorrectedValueView Original, CorrectedValueView Now)
{
    public static CorrectionView Of(Correction correction) => new(correction.Note.Number, correction.Series.Property, correction.Time, correction.At,
        new CorrectorView(QueryParameters.Name(correction.Note.ByKind), correction.Note.By), correction.Note.Reason,
        new CorrectedValueView(correction.Original.Value, correction.Original.Quality, correction.Original.Received),
        new CorrectedValueView(correction.Value, correction.Quality, null));
}

/// <summary>Puts observations right, and tells what was put right, by whom and why.</summary>
internal static class CorrectionEndpoints
{
    private const int MaxBytes = 256 * 1024;

    public static void MapCorrections(this IEndpointRouteBuilder routes)
    {
        var thing = routes.MapGroup("/api/v1/things/{id}").WithTags("Corrections");
        thing.MapPost("/properties/{property}/corrections", CorrectAsync).WithName("correct").RequireAuthorization(Permission.Correct.Policy())
            .Accepts<JsonElement>("application/json").Produces<CorrectedView>(201).Produces<CorrectedView>(200).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ProducesProblem(507)
            .WithSummary("Put observations right: value, quality or both; what was there is kept, with who and why").WithMembers(CorrectionBody.Known).Audited("observation.correct");
        thing.MapGet("/properties/{property}/corrections", ListOfPropertyAsync).WithName("propertyCorrections").RequireAuthorization(Permission.ReadObservations.Policy())
            .Produces<ListView<CorrectionView>>().WithSummary("What was put right in one property, newest first").WithQuery("limit", "number", "cursor");
        thing.MapGet("/corrections", ListAsync).WithName("corrections").RequireAuthorization(Permission.ReadObservations.Policy())
            .Produces<ListView<CorrectionView>>().WithSummary("What was put right of a thing, newest first").WithQuery("limit", "number", "cursor");
    }

    private static async Task<IResult> CorrectAsync(ThingId id, string property, HttpContext context, ThingDirectory things, AccessRules access, CorrectionDesk desk, CorrectionQueries queries)
    {
        if (ObservationEndpoints.Refuse(id, context.User, Permission.Correct, things, access, out var thing) is { } refused) return refused;
        if (!PropertyName.TryParse(property, null, out var name)) return NoProperty(id, property);
        // Whoever puts right what it does not see could ask by it what is there.
        if (!access.SightOf(Caller.From(context.User), thing!).Of(name).IsClear) return ObservationEndpoints.Hidden(thing!, name);
        if (context.Request.ContentLength > MaxBytes) return TypedResults.Problem($"A correction has at most {MaxBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge);
        ModelProperty? model = null;
        thing!.Model?.TryGetProperty(Encoding.UTF8.GetBytes(name.ToString()), out model);
        var (document, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            if (CorrectionBody.Read(document!.RootElement, model, faults) is not { } draft) return faults.ToProblem();
            try
            {
                return Answer(await new DraftedCorrection(desk, queries).RunAsync(id, name, draft, Caller.From(context.User), context.RequestAborted));
            }
            catch (StoreException fault)
            {
                return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        }
    }

    private static IResult Answer(CorrectionResult result) => result.Outcome switch
    {
        CorrectionOutcome.Corrected => TypedResults.Created((string?)null, new CorrectedView(result.Number, result.Rows)),
        CorrectionOutcome.Nothing => TypedResults.Ok(new CorrectedView(null, 0)),
        CorrectionOutcome.NoRoom => TypedResults.Problem("The disk takes nothing at present.", statusCode: StatusCodes.Status507InsufficientStorage),
        _ => TypedResults.Problem(result.Detail, statusCode: StatusCodes.Status422UnprocessableEntity),
    };

    private static Task<IResult> ListOfPropertyAsync(ThingId id, string property, HttpContext context, ThingDirectory things, AccessRules access, SightedValues values, CorrectionQueries queries) =>
        PropertyName.TryParse(property, null, out var name) ? PageAsync(id, name, context, things, access, values, queries) : Task.FromResult<IResult>(NoProperty(id, property));

    private static Task<IResult> ListAsync(ThingId id, HttpContext context, ThingDirectory things, AccessRules access, SightedValues values, CorrectionQueries queries) =>
        PageAsync(id, null, context, things, access, values, queries);

    private static async Task<IResult> PageAsync(ThingId id, PropertyName? property, HttpContext context, ThingDirectory things, AccessRules access, SightedValues values, CorrectionQueries queries)
    {
        if (ObservationEndpoints.Refuse(id, context.User, Permission.ReadObservations, things, access, out var thing) is { } refused) return refused;
        var parameters = new QueryParameters(context.Request.Query);
        var query = new CorrectionQuery(id)
        {
            Property = property, Limit = parameters.Limit(100, 1_000), Number = parameters.Number("number", "the number of a correction"),
            After = parameters.Value<(long, long)>("cursor", ParseCursor, "a cursor: pass on the next of the page before, as it is"),
        };
        if (parameters.IsWrong) return parameters.Problem();
        try
        {
            var page = await queries.ReadAsync(query, context.RequestAborted);
            var next = page.Next is { } after ? string.Create(CultureInfo.InvariantCulture, $"{after.Number}_{after.Time}") : null;
            return TypedResults.Ok(new ListView<CorrectionView>([.. values.Of(Caller.From(context.User), thing!, page.Items).Select(CorrectionView.Of)], next));
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static (long, long)? ParseCursor(string text) =>
        text.Split('_') is [var number, var time] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var second) ? (first, second) : null;

    private static ProblemHttpResult NoProperty(ThingId id, string property) =>
        TypedResults.Problem($"Thing {id} has no property '{ThingRules.Short(property)}'.", statusCode: StatusCodes.Status404NotFound);
}
