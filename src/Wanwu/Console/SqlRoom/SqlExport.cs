using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Sql;

namespace Wanwu.Console.SqlRoom;

/// <summary>The answer of a query as a file, asked anew and whole: what the page shows is cut sooner.</summary>
internal static class SqlExport
{
    public static async Task<IResult> WriteAsync(HttpContext http, SqlQueries queries, IOptions<SqlOptions> options)
    {
        if (!http.Request.HasFormContentType) return TypedResults.Problem("The body must be a form.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var wanted = form["format"].ToString();
        if (!Enum.TryParse<AnswerFormat>(wanted, ignoreCase: true, out var format) || !TimeZones.TryFind(form["zone"].ToString(), out var zone)) return Wrong("format or zone is not known.");
        Dictionary<string, JsonElement>? parameters;
        try
        {
            parameters = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(form["parameters"].ToString());
        }
        catch (JsonException)
        {
            return Wrong("parameters is no JSON object.");
        }
        var request = new SqlRequest(form["sql"].ToString().ReplaceLineEndings("\n"), parameters ?? [], options.Value.MaxRows, zone, CultureInfo.CurrentUICulture);
        return await SqlEndpoints.AnswerAsync(queries, request, Caller.From(http.User), format, http.RequestAborted, $"query.{ExtensionOf(format)}");
    }

    /// <summary>What is no file format of its own but a stream has an extension of its own.</summary>
    private static string ExtensionOf(AnswerFormat format) => format == AnswerFormat.Arrow ? "arrows" : format.ToString().ToLowerInvariant();

    private static ProblemHttpResult Wrong(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);
}
