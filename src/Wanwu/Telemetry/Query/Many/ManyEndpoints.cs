using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Questions about many series.</summary>
internal static class ManyEndpoints
{
    private const long RowsOfJson = 10_000;

    public static void MapManySeries(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/observations").WithTags("Observations of many things").RequireAuthorization(Permission.ReadObservations.Policy());
        Map(api, "", "observations", Asking.Raw, Asking.RawNames, "Observations of many series, in order of thing, property and time");
        Map(api, "/buckets", "observationBuckets", Asking.Buckets, Asking.BucketNames, "Aggregates and percentiles per series or per group, for each bucket of a zone's calendar or for all of the time; with top= or bottom= the first of them");
        Map(api, "/latest", "observationsLatest", Asking.Latest, Asking.LatestNames, "The latest of each series, now or at a time");
        Map(api, "/completeness", "observationCompleteness", Asking.Completeness, Asking.CompletenessNames, "How many observations of each series were due and how many there are; with below= those that have a smaller share");
        Map(api, "/gaps", "observationGaps", Asking.Gaps, Asking.GapNames, "Stretches of time without an observation, longer than longer=");
        Map(api, "/personal", "observationsPersonal", Asking.Personal, Asking.PersonalNames, "Where there are personal values that one sees in clear: of each series how many, and from when to when; with value= those of a text or whole number");
        Map(api, "/chart", "observationChart", Asking.Chart, Asking.ChartNames, "Each series' numbers as so many points as a chart has room for, extremes kept");
    }

    /// <summary>Each question may be put in the address, or as the same parameters in a JSON object where the address would be too long.</summary>
    private static void Map(RouteGroupBuilder api, string path, string name, Func<Asking, Question?> read, string[] names, string summary)
    {
        var description = $"Which series: {ManyParameters.Series}; several values of one parameter mean any of them, several labels all of them. {Asking.Time} "
            + "format=json, ndjson, csv, arrow or parquet, or Accept. Bodies of POST hold the parameters as a JSON object.";
        api.MapGet(path, (HttpContext context, Asking.Rooms rooms) => Answer(context, rooms, new QueryParameters(context.Request.Query), read))
            .WithName(name).WithSummary(summary).WithDescription(description).WithQuery(names);
        api.MapPost(path, (HttpContext context, Asking.Rooms rooms) => AnswerBodyAsync(context, rooms, read))
            .WithName(name + "ByBody").WithSummary(summary).WithDescription(description).WithMembers(names).NotAudited("A question that is too long for an address; it changes nothing.");
    }

    private static async Task<IResult> AnswerBodyAsync(HttpContext context, Asking.Rooms rooms, Func<Asking, Question?> read)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        if (body is null) return problem!;
        using (body)
        {
            var faults = new FieldFaults();
            return ManyParameters.OfJson(body.RootElement, faults) is { } parameters && faults.IsEmpty ? Answer(context, rooms, parameters, read) : faults.ToProblem();
        }
    }

    private static IResult Answer(HttpContext context, Asking.Rooms rooms, QueryParameters parameters, Func<Asking, Question?> read) =>
        Answer(context, rooms, parameters, read, AnswerFormats.Of(context.Request, parameters), null);

    /// <param name="file">The name under which the answer leaves as a file.</param>
    public static IResult Answer(HttpContext context, Asking.Rooms rooms, QueryParameters parameters, Func<Asking, Question?> read, AnswerFormat format, string? file)
    {
        var asking = new Asking(rooms, Caller.From(context.User), parameters);
        var limit = asking.Parameters.Limit(format == AnswerFormat.Json ? RowsOfJson : null, rooms.Queries.Options.MaxRows);
        var question = read(asking);
        if (asking.Missing is { } missing) return TypedResults.Problem($"There is no thing {missing}.", statusCode: StatusCodes.Status404NotFound);
        if (question is null || parameters.IsWrong) return parameters.Problem();
        return new StreamedAnswer(question, format, question.HasCursor ? limit : null, file);
    }
}
