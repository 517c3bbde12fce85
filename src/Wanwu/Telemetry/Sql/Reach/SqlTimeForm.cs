using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Sql.Reach;

/// <summary>A stretch of time as what a condition compares: the day of a time, or its beginning of an hour, a day, a month.</summary>
/// <param name="Text">As SQL, of a column <c>t</c>.</param>
/// <param name="Length">How long the stretch is at most, µs.</param>
internal sealed record SqlTimeForm(string Text, long Length)
{
    private const long Minute = 60_000_000, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>Clocks of two places differ by less, and no clock was ever put back by more.</summary>
    private const long Margin = 2 * Day;

    /// <summary>Since 1980 clocks have been put back and forth by whole minutes, and at whole minutes.</summary>
    private const long WholeMinutesSince = 315_532_800_000_000;

    private static readonly Dictionary<string, long> Units = new(StringComparer.OrdinalIgnoreCase)
    {
        ["second"] = 1_000_000, ["minute"] = Minute, ["hour"] = Hour, ["day"] = Day, ["week"] = 7 * Day, ["month"] = 31 * Day, ["quarter"] = 92 * Day, ["year"] = 366 * Day,
    };

    /// <summary>What is there of a column, and the column; null where it is something else.</summary>
    public static (SqlTimeForm Form, JsonElement Column)? Of(JsonElement expression)
    {
        switch (TextOf(expression, "class"))
        {
            case "CAST" when !expression.GetProperty("try_cast").GetBoolean() && TextOf(expression.GetProperty("cast_type"), "id") == "DATE":
                return (new SqlTimeForm("CAST(t AS DATE)", Day), expression.GetProperty("child"));
            case "FUNCTION" when TextOf(expression, "function_name") is "date_trunc" or "datetrunc" && expression.GetProperty("children") is var children && children.GetArrayLength() == 2
                && children[0].TryGetProperty("value", out var unit) && TextOf(unit, "value") is { } name && Units.TryGetValue(name, out var length):
                return (new SqlTimeForm($"date_trunc('{name.ToLowerInvariant()}', t)", length), children[1]);
            default:
                return null;
        }
    }

    private static string? TextOf(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>Earliest and latest time that may meet a comparison with a value.</summary>
    /// <param name="at">The value as an instant.</param>
    public (long From, long To) Around(DuckDBConnection connection, SqlConditionKind kind, SqlValue value, long at, SqlRequest request)
    {
        if (at is > long.MaxValue - 1_000 * Day or < long.MinValue + 1_000 * Day) return (long.MinValue, long.MaxValue);
        var (from, to) = (at - Margin, at + Length + Margin);
        return kind == SqlConditionKind.OneOf && from >= WholeMinutesSince && Length is >= Minute and <= 31 * Day ? Exactly(connection, value, from - from % Minute, to, request) ?? (from, to) : (from, to);
    }

    /// <summary>Asks DuckDB of every minute there: whatever zone and clock, it has the last word in the query, too.</summary>
    private (long From, long To)? Exactly(DuckDBConnection connection, SqlValue value, long from, long to, SqlRequest request)
    {
        var parameters = value.Parameters.ToDictionary(name => name, name => request.Parameters[name]);
        try
        {
            return Read(connection, value, from, to, parameters);
        }
        catch (StoreReadException)
        {
            // What cannot be compared: the query itself will say so.
            return null;
        }
    }

    private (long From, long To)? Read(DuckDBConnection connection, SqlValue value, long from, long to, Dictionary<string, JsonElement> parameters)
    {
        using var rows = new SqlRows(connection, string.Create(CultureInfo.InvariantCulture, $"""
            SELECT epoch_us(min(t)), epoch_us(max(t)) FROM (SELECT make_timestamptz({from} + i * {Minute}) AS t FROM range({(to - from) / Minute + 1}) r(i)) WHERE {Text} = ({value.Text})
            """), parameters);
        var cells = new object?[2];
        if (!rows.Next()) return null;
        rows.Read(0, cells);
        return cells is [long first, long last] ? (first, last + Minute - 1) : null;
    }
}
