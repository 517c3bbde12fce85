using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql;

/// <summary>
/// Walks the tree DuckDB made of a query and refuses whatever is not known to be harmless: tables other than the views and the query's own, functions that are
/// not on the list, forms that are not. What is new in a later DuckDB is refused until somebody has looked at it.
/// </summary>
/// <remarks>
/// It also works out how many times longer than what it is made of a value may become: DuckDB's memory limit does not see texts, lists and structures while an
/// expression is computed, and <c>x || x</c> nested forty times is more than there is. Belongs to one query.
/// </remarks>
internal sealed class SqlCheck(string text)
{
    private const long MostGrowth = 10_000;

    private static readonly FrozenSet<string> Transparent = Of("""
        CASE COMPARISON CONJUNCTION BETWEEN COLLATE
        ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING ORDER_ASCENDING ORDER_DESCENDING
        """);

    private static readonly FrozenSet<string> KnownOperators = Of("""
        COMPARE_IN COMPARE_NOT_IN OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE OPERATOR_TRY
        ARRAY_EXTRACT ARRAY_SLICE STRUCT_EXTRACT GROUPING_FUNCTION ARRAY_CONSTRUCTOR
        """);

    private static readonly FrozenSet<string> Types = Of("""
        BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT DOUBLE DECIMAL VARCHAR DATE TIME TIMESTAMP INTERVAL UUID JSON
        """);

    private readonly HashSet<string> _views = new(StringComparer.OrdinalIgnoreCase), _parameters = new(StringComparer.Ordinal);

    /// <summary>The views that were found.</summary>
    public IReadOnlySet<string> Views => _views;

    public IReadOnlySet<string> Parameters => _parameters;

    private static FrozenSet<string> Of(string names) => names.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    public SqlRefusal? Run(JsonElement statement)
    {
        try
        {
            Walk(statement.GetProperty("node"), new Scope(null, null, 0, 1, []));
            return null;
        }
        catch (SqlRefusedException refused)
        {
            return refused.Refusal;
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // The tree is not as this version of DuckDB writes it: nothing is known to be harmless then.
            return new SqlRefusal(SqlRefusalKind.Wrong, "The query has a form that is not known here.");
        }
    }

    /// <summary>What names mean at some place of the query.</summary>
    /// <param name="Outer">Growth of the columns around.</param>
    /// <param name="Aliases">Growth of what has been named in the same SELECT.</param>
    private sealed record Scope(Scope? Parent, string? Table, long Growth, long Outer, Dictionary<string, long> Aliases)
    {
        public long? Find(string table)
        {
            for (var scope = this; scope is not null; scope = scope.Parent)
                if (string.Equals(scope.Table, table, StringComparison.OrdinalIgnoreCase)) return scope.Growth;
            return null;
        }

        public Scope With(string table, long growth) => new(this, table, growth, Outer, Aliases);

        public Scope Around(long growth) => this with { Outer = Math.Max(Outer, growth) };
    }

    /// <returns>How many times as long as the longest value of a view what is found here may be.</returns>
    private long Walk(JsonElement element, Scope scope)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw Refused(element, "The query is nested too deep.");
        if (element.ValueKind == JsonValueKind.Array)
        {
            long most = 1;
            foreach (var item in element.EnumerateArray()) most = Math.Max(most, Walk(item, scope));
            return most;
        }
        if (element.ValueKind != JsonValueKind.Object) return 1;
        if (KindOf(element) is not { } kind) return Members(element, scope);
        var growth = kind switch
        {
            "SELECT_NODE" => Select(element, scope),
            "SET_OPERATION_NODE" => Members(element, WithTables(element, scope), "cte_map"),
            "RECURSIVE_CTE_NODE" => throw Refused(element, "WITH RECURSIVE is not allowed; range(…) and generate_series(…) make rows."),
            "BASE_TABLE" => Table(element, scope),
            "SUBQUERY" => Members(element, scope),
            "JOIN" => Join(element, scope),
            "EXPRESSION_LIST" => Members(element, scope, "expected_types"),
            "EMPTY" => 1,
            "TABLE_FUNCTION" => TableFunction(element, scope),
            "FUNCTION" or "WINDOW" => Function(element, scope),
            "OPERATOR" => Operator(element, scope),
            "CAST" => Cast(element, scope),
            "CONSTANT" => 1,
            "PARAMETER" => Parameter(element),
            "COLUMN_REF" => Column(element, scope),
            "STAR" => Math.Max(scope.Outer, Members(element, scope)),
            _ when Transparent.Contains(kind) => Members(element, scope),
            "LAMBDA" => throw Refused(element, "Lambda expressions are not allowed; unnest(…) and a subquery do the same."),
            "SHOW_REF" => throw Refused(element, "DESCRIBE, SHOW and SUMMARIZE are not allowed; GET /api/v1/sql/schema lists views and columns."),
            _ => throw Refused(element, $"{kind} is not allowed."),
        };
        return growth <= MostGrowth ? growth : throw Refused(element, "The query puts texts, lists or structures together so many times over that they could become very large.");
    }

    /// <summary>The class of an expression, or the type of a node or table; null for what only holds others.</summary>
    private static string? KindOf(JsonElement element) =>
        element.TryGetProperty("class", out var known) && known.ValueKind == JsonValueKind.String ? known.GetString()
        : element.TryGetProperty("type", out known) && known.ValueKind == JsonValueKind.String ? known.GetString()
        : null;

    private long Members(JsonElement element, Scope scope, params ReadOnlySpan<string> except)
    {
        long most = 1;
        foreach (var member in element.EnumerateObject())
            if (!except.Contains(member.Name)) most = Math.Max(most, Walk(member.Value, scope));
        return most;
    }

    private Scope WithTables(JsonElement node, Scope scope)
    {
        foreach (var table in node.GetProperty("cte_map").GetProperty("map").EnumerateArray())
            scope = scope.With(table.GetProperty("key").GetString()!, Members(table.GetProperty("value"), scope));
        return scope;
    }

    private long Select(JsonElement node, Scope outer)
    {
        var scope = WithTables(node, outer);
        scope = scope.Around(Walk(node.GetProperty("from_table"), scope)) with { Aliases = new Dictionary<string, long>(scope.Aliases, StringComparer.OrdinalIgnoreCase) };
        long most = 1;
        foreach (var item in node.GetProperty("select_list").EnumerateArray())
        {
            var growth = Walk(item, scope);
            if (item.TryGetProperty("alias", out var alias) && alias.GetString() is { Length: > 0 } name) scope.Aliases[name] = growth;
            most = Math.Max(most, growth);
        }
        return Math.Max(most, Members(node, scope, "cte_map", "from_table", "select_list"));
    }

    private long Table(JsonElement table, Scope scope)
    {
        var name = table.GetProperty("table_name").GetString()!;
        if (table.GetProperty("schema_name").GetString() != "" || table.GetProperty("catalog_name").GetString() != "")
            throw Refused(table, $"Tables are named without a schema: {SqlSchema.Names}, and what WITH defines.");
        if (table.GetProperty("at_clause").ValueKind != JsonValueKind.Null) throw Refused(table, "AT is not allowed.");
        if (scope.Find(name) is { } growth) return growth;
        if (!SqlSchema.Has(name)) throw Refused(table, $"There is no table '{Short(name)}'. There are {SqlSchema.Names}, and what WITH defines.");
        _views.Add(name);
        return 1;
    }

    private long Join(JsonElement join, Scope scope)
    {
        var left = Walk(join.GetProperty("left"), scope);
        var right = Walk(join.GetProperty("right"), scope.Around(left));
        var both = Math.Max(left, right);
        Members(join, scope.Around(both), "left", "right");
        return both;
    }

    private long TableFunction(JsonElement element, Scope scope)
    {
        var function = element.GetProperty("function");
        var name = NameOf(function);
        return SqlFunctions.IsTable(name)
            ? Members(function, scope)
            : throw Refused(element, $"'{Short(name)}' is not allowed as a table; range, generate_series and unnest are.");
    }

    private long Function(JsonElement function, Scope scope)
    {
        var name = NameOf(function);
        if (!SqlFunctions.IsAllowed(name)) throw Refused(function, $"The function '{Short(name)}' is not allowed. docs/sql.md lists those that are.");
        if (name.Equals("replace", StringComparison.OrdinalIgnoreCase)) return Replace(function, scope);
        return SqlFunctions.IsBuilder(name) ? Sum(function, scope) : Members(function, scope) * SqlFunctions.GrowthOf(name);
    }

    private string NameOf(JsonElement function)
    {
        var (schema, catalog) = (function.GetProperty("schema").GetString(), function.GetProperty("catalog").GetString());
        // The parser itself writes main for what has a form of its own, as [1, 2].
        if (schema is not ("" or "main") || catalog != "") throw Refused(function, "Functions are named without a schema, and called as f(x), not x.f().");
        return function.GetProperty("function_name").GetString()!;
    }

    /// <summary>What puts its arguments together becomes as long as all of them.</summary>
    private long Sum(JsonElement builder, Scope scope)
    {
        long sum = 0;
        foreach (var child in builder.GetProperty("children").EnumerateArray()) sum += Walk(child, scope);
        return Math.Max(sum, Members(builder, scope, "children"));
    }

    /// <summary>A short text may be replaced by a long one only where both are written out.</summary>
    private long Replace(JsonElement function, Scope scope)
    {
        var (growth, children) = (Members(function, scope), function.GetProperty("children"));
        if (children.GetArrayLength() != 3) return growth;
        if (TextOf(children[1]) is not { Length: > 0 } from || TextOf(children[2]) is not { } to)
            throw Refused(function, "replace(…) needs what is replaced and what it is replaced by written out.");
        return growth * Math.Max(1, (to.Length + from.Length - 1) / from.Length);
    }

    private static string? TextOf(JsonElement element) => KindOf(element) == "CONSTANT" && element.GetProperty("value") is var value
        && value.TryGetProperty("value", out var content) && content.ValueKind == JsonValueKind.String ? content.GetString() : null;

    private long Operator(JsonElement element, Scope scope)
    {
        var type = element.GetProperty("type").GetString()!;
        if (!KnownOperators.Contains(type)) throw Refused(element, $"{type} is not allowed.");
        return type == "ARRAY_CONSTRUCTOR" ? Sum(element, scope) : Members(element, scope);
    }

    private long Cast(JsonElement cast, Scope scope)
    {
        CheckType(cast, cast.GetProperty("cast_type"));
        return Walk(cast.GetProperty("child"), scope);
    }

    private void CheckType(JsonElement cast, JsonElement type)
    {
        var id = type.GetProperty("id").GetString()!;
        var information = type.GetProperty("type_info");
        if (id == "LIST")
        {
            CheckType(cast, information.GetProperty("child_type"));
            return;
        }
        if (id == "UNBOUND") id = information.GetProperty("schema").GetString() == "" ? information.GetProperty("name").GetString()!.ToUpperInvariant() : "";
        if (!Types.Contains(id) && !id.StartsWith("TIMESTAMP", StringComparison.Ordinal) && !id.StartsWith("TIME ", StringComparison.Ordinal))
            throw Refused(cast, "Casts are to plain types and lists of them.");
    }

    private long Parameter(JsonElement parameter)
    {
        _parameters.Add(parameter.GetProperty("identifier").GetString()!);
        return 1;
    }

    private static long Column(JsonElement column, Scope scope)
    {
        var names = column.GetProperty("column_names");
        return names.GetArrayLength() > 0 && scope.Aliases.TryGetValue(names[names.GetArrayLength() - 1].GetString()!, out var growth)
            ? Math.Max(growth, scope.Outer)
            : scope.Outer;
    }

    private static string Short(string name) => name.Length <= 60 ? name : name[..60] + "…";

    private SqlRefusedException Refused(JsonElement element, string message)
    {
        var at = element.TryGetProperty("query_location", out var place) && place.TryGetInt64(out var offset) ? offset : -1;
        return new SqlRefusedException(SqlFault.At(text, at, message));
    }
}
