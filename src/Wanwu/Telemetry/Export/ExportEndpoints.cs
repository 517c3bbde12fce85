using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Telemetry.Export;

/// <summary><c>/api/v1/observations/export</c>: observations as a file that an import takes back as they were.</summary>
internal static class ExportEndpoints
{
    private const string Summary = "Observations of many series as a file, each with the kind of its value: what an import takes back as it was";

    public static void MapExport(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/observations").WithTags("Observations of many things").RequireAuthorization(Permission.ReadObservations.Policy());
        var description = $"Which series: {ManyParameters.Series}; several values of one parameter mean any of them, several labels all of them. {Asking.Time} format=csv or parquet. Bodies of POST hold the parameters as a JSON object.";
        api.MapGet("/export", (HttpContext context, Asking.Rooms rooms) => Answer(context, rooms, new QueryParameters(context.Request.Query)))
            .WithName("observationExport").WithSummary(Summary).WithDescription(description).WithQuery(ManyParameters.Known).Audited("data.export");
        api.MapPost("/export", AnswerBodyAsync).WithName("observationExportByBody").WithSummary(Summary).WithDescription(description).WithMembers(ManyParameters.Known).Audited("data.export");
    }

    private static async Task<IResult> AnswerBodyAsync(HttpContext context, Asking.Rooms rooms)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        if (body is null) return problem!;
        using (body)
        {
            var faults = new FieldFaults();
            return ManyParameters.OfJson(body.RootElement, faults) is { } parameters && faults.IsEmpty ? Answer(context, rooms, parameters) : faults.ToProblem();
        }
    }

    private static IResult Answer(HttpContext context, Asking.Rooms rooms, QueryParameters parameters)
    {
        var format = parameters.Text("format") is null ? AnswerFormat.Csv : parameters.Value<AnswerFormat>("format", text => text switch { "csv" => AnswerFormat.Csv, "parquet" => AnswerFormat.Parquet, _ => null }, "csv or parquet");
        return ManyEndpoints.Answer(context, rooms, parameters, Asking.Export, format ?? AnswerFormat.Csv, $"observations.{(format == AnswerFormat.Parquet ? "parquet" : "csv")}");
    }
}
