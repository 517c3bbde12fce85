using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Sql.Reach;

/// <summary>Makes SQL again of an expression in a query's tree, if it has no columns in it.</summary>
/// <param name="deserialize">Makes SQL of the tree of a whole query.</param>
internal sealed class SqlExpressions(Func<string, string> deserialize)
{
    private const string Before = """
        {"error":false,"statements":[{"node":{"type":"SELECT_NODE","modifiers":[],"cte_map":{"map":[]},"select_list":[
        """;

    private const string Behind = """
        ],"from_table":{"type":"EMPTY","alias":"","sample":null,"query_location":0},"where_clause":null,"group_expressions":[],"group_sets":[],"aggregate_handling":"STANDARD_HANDLING","having":null,"sample":null,"qualify":null},"named_param_map":[]}]}
        """;

    private const string Select = "SELECT ";

    /// <summary>Null where it has columns, or is of a form that is not looked at.</summary>
    public SqlValue? Read(JsonElement expression)
    {
        var parameters = new List<string>();
        if (!IsPlain(expression, parameters)) return null;
        if (ClassOf(expression) == "PARAMETER") return new SqlValue($"${parameters[0]}", parameters, Parameter: parameters[0]);
        if (TextOf(expression) is { } text) return new SqlValue(ColdSql.Quote(text), [], Literal: text);
        try
        {
            var sql = deserialize(Before + expression.GetRawText() + Behind);
            return sql.StartsWith(Select, StringComparison.Ordinal) ? new SqlValue(sql[Select.Length..], [.. parameters.Distinct()]) : null;
        }
        catch (DuckDBException)
        {
            return null;
        }
    }

    private static string? ClassOf(JsonElement element) => element.TryGetProperty("class", out var known) && known.ValueKind == JsonValueKind.String ? known.GetString() : null;

    private static string? TextOf(JsonElement element) => ClassOf(element) == "CONSTANT" && element.GetProperty("value") is var value
        && value.GetProperty("type").GetProperty("id").GetString() == "VARCHAR" && value.TryGetProperty("value", out var content) && content.ValueKind == JsonValueKind.String ? content.GetString() : null;

    private static bool IsPlain(JsonElement element, List<string> parameters)
    {
        if (element.ValueKind == JsonValueKind.Array) return element.EnumerateArray().All(item => IsPlain(item, parameters));
        if (element.ValueKind != JsonValueKind.Object) return true;
        if (ClassOf(element) is { } known)
        {
            if (known is not ("CONSTANT" or "PARAMETER" or "CAST" or "FUNCTION")) return false;
            if (known == "PARAMETER") parameters.Add(element.GetProperty("identifier").GetString()!);
        }
        return element.EnumerateObject().All(member => IsPlain(member.Value, parameters));
    }
}
