using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql.Reach;

/// <summary>A place where a query reads a view, and conditions that every row it uses from there meets; none where nothing is known.</summary>
internal sealed record SqlUse(string View, IReadOnlyList<SqlCondition> Conditions);

internal enum SqlConditionKind
{
    From,
    To,
    Before,
    OneOf,
}

/// <summary>A condition on a column: at least, at most, less than, or one of some values. What is more is at least, too.</summary>
/// <param name="Form">What of a time is compared; null for the column as it is.</param>
internal sealed record SqlCondition(string Column, SqlConditionKind Kind, IReadOnlyList<SqlValue> Values, SqlTimeForm? Form = null);

/// <summary>An expression without columns, as SQL.</summary>
/// <param name="Parameters">Names of the parameters in it.</param>
/// <param name="Literal">The text it is, where it is one that is written out.</param>
/// <param name="Parameter">The parameter it is, where it is one and nothing else.</param>
internal sealed record SqlValue(string Text, IReadOnlyList<string> Parameters, string? Literal = null, string? Parameter = null);

/// <summary>Finds in the tree of a query that was found to be allowed which rows of a view it can use at most.</summary>
/// <remarks>
/// Whatever is not understood counts as all rows, so an answer never depends on what is found here. A condition counts where a row that does not meet it is lost
/// whatever else is in the query: it stands, by itself or with AND, in the WHERE of the SELECT whose FROM names the view, or in an ON whose outer join does not keep
/// the view's rows. A comparison refuses null, so this holds for the inner side of an outer join, too.
/// </remarks>
internal sealed class SqlUses(Func<JsonElement, SqlValue?> valueOf)
{
    private readonly List<SqlUse> _uses = [];

    public static IReadOnlyList<SqlUse> Of(JsonElement statement, Func<JsonElement, SqlValue?> valueOf)
    {
        var uses = new SqlUses(valueOf);
        uses.Walk(statement.GetProperty("node"), ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase));
        return uses._uses;
    }

    /// <summary>Something that FROM names.</summary>
    /// <param name="View">Null where it is no view.</param>
    /// <param name="IsOpen">Whether conditions on it count.</param>
    private sealed record Source(SqlView? View, string Alias, bool IsOpen)
    {
        public List<SqlCondition> Conditions { get; } = [];

        /// <summary>What stands behind SEMI or ANTI has no name further out.</summary>
        public bool IsHidden { get; set; }

        public bool MayHave(string column) => !IsHidden && (View is null || View.Columns.Any(known => known.Name.Equals(column, StringComparison.OrdinalIgnoreCase)));
    }

    private static string? KindOf(JsonElement element) => element.ValueKind != JsonValueKind.Object ? null
        : element.TryGetProperty("class", out var known) && known.ValueKind == JsonValueKind.String || element.TryGetProperty("type", out known) && known.ValueKind == JsonValueKind.String ? known.GetString()
        : null;

    private static string TextOf(JsonElement element, string member) => element.GetProperty(member).GetString() ?? "";

    /// <param name="names">What WITH has defined, which is no view.</param>
    private void Walk(JsonElement element, ImmutableHashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) Walk(item, names);
        if (element.ValueKind != JsonValueKind.Object) return;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var kind = KindOf(element);
        if (kind is "BASE_TABLE" or "JOIN") Add(From(element, names, isOpen: false));
        else if (kind == "SELECT_NODE") Select(element, names);
        else Members(element, kind == "SET_OPERATION_NODE" ? With(element, names) : names, kind == "SET_OPERATION_NODE" ? "cte_map" : "");
    }

    private void Members(JsonElement element, ImmutableHashSet<string> names, params ReadOnlySpan<string> except)
    {
        foreach (var member in element.EnumerateObject())
            if (!except.Contains(member.Name)) Walk(member.Value, names);
    }

    private ImmutableHashSet<string> With(JsonElement node, ImmutableHashSet<string> names)
    {
        foreach (var table in node.GetProperty("cte_map").GetProperty("map").EnumerateArray())
        {
            Walk(table.GetProperty("value"), names);
            names = names.Add(TextOf(table, "key"));
        }
        return names;
    }

    private void Select(JsonElement node, ImmutableHashSet<string> outer)
    {
        var names = With(node, outer);
        var sources = From(node.GetProperty("from_table"), names, isOpen: node.GetProperty("sample").ValueKind == JsonValueKind.Null);
        Apply(node.GetProperty("where_clause"), sources, sources);
        Add(sources);
        Members(node, names, "cte_map", "from_table");
    }

    private void Add(IEnumerable<Source> sources) => _uses.AddRange(sources.Where(source => source.View is not null).Select(source => new SqlUse(source.View!.Name, source.Conditions)));

    private List<Source> From(JsonElement table, ImmutableHashSet<string> names, bool isOpen)
    {
        switch (KindOf(table))
        {
            case "BASE_TABLE":
                var (name, alias) = (TextOf(table, "table_name"), TextOf(table, "alias"));
                var isWhole = table.GetProperty("sample").ValueKind == JsonValueKind.Null && table.GetProperty("column_name_alias").GetArrayLength() == 0;
                var view = names.Contains(name) ? null : SqlSchema.All.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
                return [new Source(view, alias.Length > 0 ? alias : name, isOpen && isWhole)];
            case "JOIN":
                return Join(table, names, isOpen);
            default:
                Walk(table, names);
                return [new Source(null, table.TryGetProperty("alias", out var known) ? known.GetString() ?? "" : "", false)];
        }
    }

    private List<Source> Join(JsonElement join, ImmutableHashSet<string> names, bool isOpen)
    {
        var (type, reference) = (TextOf(join, "join_type"), TextOf(join, "ref_type"));
        // Which row stands beside which depends on the rows that are not used, too.
        isOpen &= reference is "REGULAR" or "NATURAL" or "CROSS";
        var (left, right) = (From(join.GetProperty("left"), names, isOpen), From(join.GetProperty("right"), names, isOpen));
        List<Source> both = [.. left, .. right];
        List<Source> bound = type switch { "INNER" or "SEMI" => both, "LEFT" or "ANTI" => right, "RIGHT" => left, _ => [] };
        Apply(join.GetProperty("condition"), both, bound);
        Members(join, names, "left", "right");
        if (type is "SEMI" or "ANTI")
            foreach (var source in right) source.IsHidden = true;
        return both;
    }

    /// <param name="sources">Among which names are looked for.</param>
    /// <param name="bound">Those for which the condition counts.</param>
    private void Apply(JsonElement condition, List<Source> sources, List<Source> bound)
    {
        if (condition.ValueKind != JsonValueKind.Object || !condition.TryGetProperty("type", out var type)) return;
        switch (type.GetString())
        {
            case "CONJUNCTION_AND":
                foreach (var child in condition.GetProperty("children").EnumerateArray()) Apply(child, sources, bound);
                break;
            case "COMPARE_EQUAL" or "COMPARE_GREATERTHAN" or "COMPARE_GREATERTHANOREQUALTO" or "COMPARE_LESSTHAN" or "COMPARE_LESSTHANOREQUALTO":
                var (one, other) = (condition.GetProperty("left"), condition.GetProperty("right"));
                Limit(one, KindOf(type.GetString()!, isTurned: false), [other], sources, bound);
                Limit(other, KindOf(type.GetString()!, isTurned: true), [one], sources, bound);
                break;
            case "COMPARE_BETWEEN":
                Limit(condition.GetProperty("input"), SqlConditionKind.From, [condition.GetProperty("lower")], sources, bound);
                Limit(condition.GetProperty("input"), SqlConditionKind.To, [condition.GetProperty("upper")], sources, bound);
                break;
            case "COMPARE_IN":
                var children = condition.GetProperty("children").EnumerateArray().ToList();
                Limit(children[0], SqlConditionKind.OneOf, children[1..], sources, bound);
                break;
        }
    }

    /// <param name="isTurned">Whether the value stands before the column.</param>
    private static SqlConditionKind KindOf(string comparison, bool isTurned) => (comparison, isTurned) switch
    {
        ("COMPARE_GREATERTHAN" or "COMPARE_GREATERTHANOREQUALTO", false) or ("COMPARE_LESSTHAN" or "COMPARE_LESSTHANOREQUALTO", true) => SqlConditionKind.From,
        ("COMPARE_LESSTHANOREQUALTO", false) or ("COMPARE_GREATERTHANOREQUALTO", true) => SqlConditionKind.To,
        ("COMPARE_LESSTHAN", false) or ("COMPARE_GREATERTHAN", true) => SqlConditionKind.Before,
        _ => SqlConditionKind.OneOf,
    };

    private void Limit(JsonElement column, SqlConditionKind kind, IReadOnlyList<JsonElement> values, List<Source> sources, List<Source> bound)
    {
        var form = SqlTimeForm.Of(column);
        if (form is { } of) column = of.Column;
        if (KindOf(column) != "COLUMN_REF" || Find(column.GetProperty("column_names"), sources) is not var (source, name) || !bound.Contains(source) || !source.IsOpen) return;
        if (form is not null && name != "t") return;
        SqlValue?[] texts = [.. values.Select(valueOf)];
        if (!texts.Contains(null)) source.Conditions.Add(new SqlCondition(name, kind, texts!, form?.Form));
    }

    /// <summary>Whose column it is; null unless that is certain.</summary>
    private static (Source Source, string Column)? Find(JsonElement names, List<Source> sources)
    {
        string[] parts = [.. names.EnumerateArray().Select(part => part.GetString()!)];
        if (parts.Length is 0 or > 2) return null;
        var candidates = sources.Where(source => parts.Length == 1 ? source.MayHave(parts[0]) : !source.IsHidden && source.Alias.Equals(parts[0], StringComparison.OrdinalIgnoreCase)).ToList();
        return candidates is [{ View: not null } only] ? (only, parts[^1].ToLowerInvariant()) : null;
    }
}
