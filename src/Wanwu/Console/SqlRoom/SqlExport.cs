using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Sql;

namespace Wanwu.Console.SqlRoom;

/// <summary>The answer of a query as a file, asked anew and whole: what the page shows is cut sooner.</summary>
internal static class SqlExport
{
    public static async Task<IResult> WriteAsync(HttpContext http, SqlQueries queries, IOptions<SqlOptions> options)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var format = form["format"].ToString();
        if (SqlEndpoints.OutputOf(format) is not { } makeOutput || !TimeZones.TryFind(form["zone"].ToString(), out var zone)) return TypedResults.BadRequest();
        Dictionary<string, JsonElement>? parameters;
        try
        {
            parameters = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(form["parameters"].ToString());
        }
        catch (JsonException)
        {
            return TypedResults.BadRequest();
        }
        var request = new SqlRequest(form["sql"].ToString().ReplaceLineEndings("\n"), parameters ?? [], options.Value.MaxRows, zone, CultureInfo.CurrentUICulture);
        return await SqlEndpoints.AnswerAsync(queries, request, Caller.From(http.User), () => makeOutput(zone), http.RequestAborted, $"query.{format}");
    }
}
