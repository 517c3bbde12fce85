using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Sql.Reach;

/// <summary>The rows of a view that a query can use at most.</summary>
/// <param name="From">Earliest time, µs.</param>
/// <param name="To">Latest time, inclusive.</param>
/// <param name="Things">Null for all.</param>
/// <param name="Properties">Null for all.</param>
internal sealed record SqlReach(long From, long To, IReadOnlySet<string>? Things, IReadOnlySet<string>? Properties)
{
    public static readonly SqlReach Everything = new(long.MinValue, long.MaxValue, null, null);

    private static readonly SqlReach Nothing = new(long.MaxValue, long.MinValue, new HashSet<string>(), new HashSet<string>());

    /// <summary>By view, what all uses of it need together. Asked on the connection, and in the transaction and the zone, in which the query will run.</summary>
    public static Dictionary<string, SqlReach> Of(DuckDBConnection connection, IReadOnlyList<SqlUse> uses, SqlRequest request) =>
        uses.GroupBy(use => use.View).ToDictionary(group => group.Key, group => group.Aggregate(Nothing, (reach, use) => reach.Or(Of(connection, use, request))));

    private static SqlReach Of(DuckDBConnection connection, SqlUse use, SqlRequest request)
    {
        var reach = Everything;
        foreach (var condition in use.Conditions)
        {
            reach = condition.Column switch
            {
                "t" when condition.Form is { } form => reach.Within(connection, condition, form, request),
                "t" => reach.Within(condition.Kind, [.. condition.Values.Select(value => TimeOf(connection, value, request))]),
                "thing" when TextsOf(condition, request) is { } things => reach with { Things = Both(reach.Things, things) },
                "property" when TextsOf(condition, request) is { } properties => reach with { Properties = Both(reach.Properties, properties) },
                _ => reach,
            };
        }
        return reach;
    }

    private SqlReach Within(SqlConditionKind kind, IReadOnlyList<long?> times)
    {
        if (times.Contains(null)) return this;
        return this with
        {
            From = kind is SqlConditionKind.To or SqlConditionKind.Before ? From : Math.Max(From, times.Min()!.Value),
            To = kind is SqlConditionKind.From ? To : Math.Min(To, times.Max()!.Value - (kind == SqlConditionKind.Before ? 1 : 0)),
        };
    }

    /// <summary>The same where the day of the time is compared, or another stretch it lies in.</summary>
    private SqlReach Within(DuckDBConnection connection, SqlCondition condition, SqlTimeForm form, SqlRequest request)
    {
        var around = new List<(long From, long To)>();
        foreach (var value in condition.Values)
        {
            if (TimeOf(connection, value, request) is not { } at) return this;
            around.Add(form.Around(connection, condition.Kind, value, at, request));
        }
        return this with
        {
            From = condition.Kind is SqlConditionKind.To or SqlConditionKind.Before ? From : Math.Max(From, around.Min(one => one.From)),
            To = condition.Kind is SqlConditionKind.From ? To : Math.Min(To, around.Max(one => one.To)),
        };
    }

    private SqlReach Or(SqlReach other) => new(Math.Min(From, other.From), Math.Max(To, other.To), Either(Things, other.Things), Either(Properties, other.Properties));

    private static HashSet<string>? Either(IReadOnlySet<string>? one, IReadOnlySet<string>? other) => one is null || other is null ? null : one.Union(other).ToHashSet(StringComparer.Ordinal);

    private static HashSet<string> Both(IReadOnlySet<string>? one, HashSet<string> other) => one is null ? other : one.Intersect(other).ToHashSet(StringComparer.Ordinal);

    /// <summary>Only texts: a number is not compared with a name as a text is.</summary>
    private static HashSet<string>? TextsOf(SqlCondition condition, SqlRequest request)
    {
        if (condition.Kind != SqlConditionKind.OneOf) return null;
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in condition.Values)
        {
            if (value.Literal is { } literal) texts.Add(literal);
            else if (value.Parameter is { } name && request.Parameters.TryGetValue(name, out var given) && given.ValueKind == JsonValueKind.String) texts.Add(given.GetString()!);
            else return null;
        }
        return texts;
    }

    /// <summary>Null for what is no instant, or none that holds for every row.</summary>
    private static long? TimeOf(DuckDBConnection connection, SqlValue value, SqlRequest request)
    {
        try
        {
            // TRY refuses what gives another value each time, and makes null of what fails: the query itself will say so.
            var parameters = value.Parameters.ToDictionary(name => name, name => request.Parameters[name]);
            using var rows = new SqlRows(connection, $"SELECT TRY(CAST(({value.Text}) AS TIMESTAMPTZ)), TRY(typeof({value.Text}))", parameters);
            var cells = new object?[2];
            if (!rows.Next()) return null;
            rows.Read(0, cells);
            // Nanoseconds lose something when they are made an instant, and what is compared is not the instant then.
            return cells[1] is string type && !type.EndsWith("_NS", StringComparison.Ordinal) ? (cells[0] as SqlTime?)?.Microseconds : null;
        }
        catch (Exception fault) when (fault is StoreReadException or InvalidOperationException)
        {
            return null;
        }
    }
}
