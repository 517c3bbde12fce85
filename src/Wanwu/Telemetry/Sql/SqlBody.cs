using System.Globalization;
using System.Text.Json;
using Wanwu.Registry;

namespace Wanwu.Telemetry.Sql;

/// <summary>Reads <c>{"sql","parameters","limit","zone"}</c>.</summary>
internal static class SqlBody
{
    public static readonly string[] Known = ["sql", "parameters", "limit", "zone"];

    public static SqlRequest? Read(JsonElement body, SqlOptions options, CultureInfo language, FieldFaults faults)
    {
        var members = JsonBody.Members(body, Known, faults);
        var text = members.Text("sql", faults);
        if (string.IsNullOrWhiteSpace(text) && faults.IsEmpty) faults.Add("sql", "Expected a query: SELECT …");
        var parameters = ParametersOf(members, faults);
        var limit = LimitOf(members, options, faults);
        var zone = TimeZoneInfo.Utc;
        if (members.Text("zone", faults) is { } name && !TimeZones.TryFind(name, out zone!)) faults.Add("zone", $"'{ThingRules.Short(name)}' is not a zone of the IANA database, as Asia/Shanghai.");
        return faults.IsEmpty ? new SqlRequest(text!, parameters, limit, zone, language) : null;
    }

    private static int LimitOf(Dictionary<string, JsonElement> members, SqlOptions options, FieldFaults faults)
    {
        var otherwise = Math.Min(SqlRequest.DefaultLimit, options.MaxRows);
        if (!members.TryGetValue("limit", out var given) || given.ValueKind == JsonValueKind.Null) return otherwise;
        if (given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var limit) && limit >= 1 && limit <= options.MaxRows) return limit;
        faults.Add("limit", $"Expected a whole number from 1 to {options.MaxRows}.");
        return otherwise;
    }

    /// <summary>An array's values are those of $1, $2 … (or of each ? in turn), an object's those of $name.</summary>
    private static IReadOnlyDictionary<string, JsonElement> ParametersOf(Dictionary<string, JsonElement> members, FieldFaults faults)
    {
        if (!members.TryGetValue("parameters", out var given) || given.ValueKind == JsonValueKind.Null) return SqlRequest.NoParameters;
        if (given.ValueKind == JsonValueKind.Object) return given.EnumerateObject().ToDictionary(member => member.Name.TrimStart('$'), member => member.Value.Clone(), StringComparer.Ordinal);
        if (given.ValueKind == JsonValueKind.Array)
            return given.EnumerateArray().Select((value, at) => (Name: (at + 1).ToString(CultureInfo.InvariantCulture), Value: value.Clone())).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        faults.Add("parameters", "Expected an array, or an object with a member for each name.");
        return SqlRequest.NoParameters;
    }
}
