using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Sql.Forms;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Sql;

/// <summary><c>/api/v1/sql</c>: questions in SQL over what the caller may see.</summary>
internal static class SqlEndpoints
{
    private const int MostBytes = 128 * 1024;

    public static void MapSql(this IEndpointRouteBuilder routes)
    {
        var sql = routes.MapGroup("/api/v1/sql").WithTags("SQL").RequireAuthorization(Permission.QuerySql.Policy());
        sql.MapPost("/", Run).WithName("sql").WithSummary("Answers one SELECT over views of observations, rollups, series and things").Accepts<JsonElement>("application/json")
            .WithDescription("Body: sql, parameters (an array for $1 …, an object for $name), limit, zone. format=json, ndjson, csv, arrow or parquet, or their media types in Accept.")
            .Produces<JsonElement>(200, "application/json").ProducesProblem(400).ProducesProblem(422).ProducesProblem(429).ProducesProblem(503).WithQuery("format").WithMembers(SqlBody.Known).NotAudited("A question; it changes nothing.");
        sql.MapGet("/schema", Schema).WithName("sqlSchema").WithSummary("The views and columns there are, and what they mean");
    }

    private static Ok<ListView<SqlViewView>> Schema() => TypedResults.Ok(new ListView<SqlViewView>(SqlSchema.For(CultureInfo.CurrentUICulture), null));

    private static async Task<IResult> Run(HttpContext context, SqlQueries queries, IOptions<SqlOptions> options)
    {
        var stop = context.RequestAborted;
        if (context.Request.ContentLength > MostBytes) return TypedResults.Problem($"A query has at most {MostBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge);
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            if (SqlBody.Read(document!.RootElement, options.Value, CultureInfo.CurrentUICulture, faults) is not { } request) return faults.ToProblem();
            var parameters = new QueryParameters(context.Request.Query);
            var format = AnswerFormats.Of(context.Request, parameters);
            return parameters.IsWrong ? parameters.Problem() : await AnswerAsync(queries, request, Caller.From(context.User), format, stop);
        }
    }

    /// <summary>Runs the query and answers in the form that is asked for.</summary>
    internal static async Task<IResult> AnswerAsync(SqlQueries queries, SqlRequest request, Caller caller, AnswerFormat format, CancellationToken stop, string? fileName = null)
    {
        try
        {
            var (answer, refusal) = await queries.RunAsync(request, caller, () => SqlForms.Open(format, request.Zone), stop);
            return refusal is null ? new SqlFormAnswer(answer!, fileName) : Problem(refusal);
        }
        catch (StoreException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult Problem(SqlRefusal refusal)
    {
        var place = new List<KeyValuePair<string, object?>>();
        if (refusal.Line is { } line) place.Add(new("line", line));
        if (refusal.Column is { } column) place.Add(new("column", column));
        return TypedResults.Problem(refusal.Message, statusCode: StatusOf(refusal.Kind), title: "The query has no answer.", extensions: place);
    }

    private static int StatusOf(SqlRefusalKind kind) => kind switch
    {
        SqlRefusalKind.Wrong => StatusCodes.Status400BadRequest,
        SqlRefusalKind.TooMany => StatusCodes.Status429TooManyRequests,
        SqlRefusalKind.GaveWay => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}

/// <summary>A whole answer on its way out.</summary>
internal sealed class SqlFormAnswer(SqlAnswer answer, string? fileName) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var output = (SqlForm)answer.Output;
        var response = httpContext.Response;
        response.ContentType = output.ContentType;
        if (answer.Cut is { } cut) response.Headers["Wanwu-Cut"] = cut;
        if (fileName is not null) response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        await output.SendAsync(answer, response, httpContext.RequestAborted);
    }
}
