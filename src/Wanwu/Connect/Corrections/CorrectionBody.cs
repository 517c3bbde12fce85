using System.Text;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Connect.Corrections;

/// <summary>What a request wants put right.</summary>
/// <param name="Undo">The number of a correction to take back; the rest is empty then.</param>
internal sealed record CorrectionDraft(string Reason, RowChoice? Rows, Amendment? Amend, long? Undo);

/// <summary>Reads a correction: one time or a list of them with their values, a range with what is done to all of it, or the number of one to take back.</summary>
internal static class CorrectionBody
{
    public const int MostTimes = 1_000, LongestReason = 500;
    public static readonly string[] Known = ["reason", "t", "value", "quality", "values", "from", "to", "only", "offset", "factor", "undo"];
    private static readonly string[] OfPoint = ["t", "value", "quality"];
    private const string Forms = "Send t with value or quality, a list values of those, from and to with quality, offset or factor, or undo.";

    /// <param name="model">The property in the thing's model; null where it has none.</param>
    /// <returns>Null when there are faults.</returns>
    public static CorrectionDraft? Read(JsonElement body, ModelProperty? model, FieldFaults faults)
    {
        var members = JsonBody.Members(body, Known, faults);
        var reason = members.Text("reason", faults)?.Trim() ?? "";
        if (reason.Length is 0 or > LongestReason) faults.Add("reason", $"Say why, in 1 to {LongestReason} characters.");
        var draft = members.ContainsKey("undo") ? Undo(members, reason, faults)
            : members.ContainsKey("from") || members.ContainsKey("to") ? Range(members, reason, model, faults)
            : Points(members, reason, model, faults);
        return faults.IsEmpty ? draft : null;
    }

    private static CorrectionDraft? Undo(Dictionary<string, JsonElement> members, string reason, FieldFaults faults)
    {
        Refuse(members, ["reason", "undo"], "undo", faults);
        if (members["undo"].ValueKind == JsonValueKind.Number && members["undo"].TryGetInt64(out var number) && number > 0) return new CorrectionDraft(reason, null, null, number);
        faults.Add("undo", "Expected the number of a correction.");
        return null;
    }

    private static CorrectionDraft? Points(Dictionary<string, JsonElement> members, string reason, ModelProperty? model, FieldFaults faults)
    {
        Refuse(members, ["reason", "values", "t", "value", "quality"], "values", faults);
        var points = new Dictionary<Timestamp, (Value? Value, Quality? Quality)>();
        if (members.TryGetValue("values", out var list))
        {
            Refuse(members, ["reason", "values"], "values", faults);
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostTimes)
            {
                faults.Add("values", $"Expected an array of 1 to {MostTimes} objects with t, value, quality.");
                return null;
            }
            var at = 0;
            foreach (var item in list.EnumerateArray()) Point(JsonBody.Members(item, OfPoint, faults), $"values[{at++}].", model, points, faults);
        }
        else if (members.ContainsKey("t")) Point(members, "", model, points, faults);
        else faults.Add("", Forms);
        if (points.Count == 0) return null;
        return new CorrectionDraft(reason, RowChoice.Of([.. points.Keys]), (StandingRow row, out string? refused) =>
        {
            refused = null;
            var (value, quality) = points[row.Time];
            return new Amended(value ?? row.Original.Value, QualityOf(value, quality));
        }, null);
    }

    private static void Point(Dictionary<string, JsonElement> members, string place, ModelProperty? model, Dictionary<Timestamp, (Value?, Quality?)> points, FieldFaults faults)
    {
        var time = Time(members, "t", place, faults);
        var quality = QualityOf(members, place, faults);
        Value? value = null;
        if (members.TryGetValue("value", out var json))
        {
            if (ValueOf(json, model, out var read, out var detail)) value = read;
            else faults.Add($"{place}value", detail);
        }
        else if (quality is null) faults.Add($"{place}value", "Expected a value, a quality, or both.");
        if (time is { } at && !points.TryAdd(at, (value, quality))) faults.Add($"{place}t", "This time is in the list already.");
    }

    /// <summary>As a report's value: held against the model, a quantity told in the model's unit.</summary>
    internal static bool ValueOf(JsonElement json, ModelProperty? model, out Value value, out string detail)
    {
        var bytes = Encoding.UTF8.GetBytes(json.GetRawText());
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        return ValueReader.TryRead(ref reader, bytes, model, out value, out detail) is null;
    }

    /// <summary>A value put in by somebody is substituted, unless they say otherwise; no value is missing.</summary>
    internal static Quality QualityOf(Value? value, Quality? quality) =>
        quality ?? (value is { Kind: ValueKind.None } ? Quality.Missing : Quality.Substituted);

    private static CorrectionDraft? Range(Dictionary<string, JsonElement> members, string reason, ModelProperty? model, FieldFaults faults)
    {
        Refuse(members, ["reason", "from", "to", "only", "quality", "offset", "factor"], "from", faults);
        var (from, to) = (Time(members, "from", "", faults), Time(members, "to", "", faults));
        if (to <= from) faults.Add("to", "Must be after from; it is exclusive.");
        var quality = QualityOf(members, "", faults);
        var (offset, factor) = (Number(members, "offset", faults), Number(members, "factor", faults));
        if (quality is null && offset is null && factor is null) faults.Add("", "A range needs a quality, an offset or a factor.");
        var only = Only(members, faults);
        if (!faults.IsEmpty) return null;
        var rows = new RowChoice(from!.Value, to!.Value) { Qualities = only };
        if (offset is null && factor is null) return new CorrectionDraft(reason, rows, RangeAmendments.Marked(quality!.Value), null);
        return new CorrectionDraft(reason, rows, RangeAmendments.Shifted(factor ?? 1, offset ?? 0, quality ?? Quality.Substituted, model), null);
    }

    private static List<Quality>? Only(Dictionary<string, JsonElement> members, FieldFaults faults)
    {
        if (!members.TryGetValue("only", out var json)) return null;
        var qualities = new List<Quality>();
        if (json.ValueKind == JsonValueKind.Array)
            foreach (var item in json.EnumerateArray())
                if (item.ValueKind == JsonValueKind.String && QualityNames.TryParse(item.GetString(), out var quality)) qualities.Add(quality);
        if (json.ValueKind == JsonValueKind.Array && qualities.Count > 0 && qualities.Count == json.GetArrayLength()) return qualities;
        faults.Add("only", $"Expected an array of qualities: {string.Join(", ", QualityNames.All)}.");
        return null;
    }

    private static Timestamp? Time(Dictionary<string, JsonElement> members, string name, string place, FieldFaults faults)
    {
        if (members.TryGetValue(name, out var json))
        {
            if (json.ValueKind == JsonValueKind.String && Timestamp.TryParse(json.GetString(), null, out var time)) return time;
            if (json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var milliseconds) && Math.Abs(milliseconds) < 300_000_000_000_000
                && Timestamp.IsInRange(milliseconds * 1_000)) return new Timestamp(milliseconds * 1_000);
        }
        faults.Add(place + name, "Expected a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z, or whole milliseconds since 1970.");
        return null;
    }

    private static Quality? QualityOf(Dictionary<string, JsonElement> members, string place, FieldFaults faults)
    {
        if (!members.TryGetValue("quality", out var json)) return null;
        if (json.ValueKind == JsonValueKind.String && QualityNames.TryParse(json.GetString(), out var quality)) return quality;
        faults.Add($"{place}quality", $"Expected one of {string.Join(", ", QualityNames.All)}.");
        return null;
    }

    private static double? Number(Dictionary<string, JsonElement> members, string name, FieldFaults faults)
    {
        if (!members.TryGetValue(name, out var json)) return null;
        if (json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        faults.Add(name, "Expected a number.");
        return null;
    }

    private static void Refuse(Dictionary<string, JsonElement> members, string[] allowed, string beside, FieldFaults faults)
    {
        foreach (var name in members.Keys.Except(allowed)) faults.Add(name, $"Has no meaning beside {beside}.");
    }
}
