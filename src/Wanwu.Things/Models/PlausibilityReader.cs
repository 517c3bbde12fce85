using System.Text.Json;

namespace Wanwu.Things;

/// <summary>Reads the terms that say which values of a property are plausible.</summary>
internal static class PlausibilityReader
{
    private const double Year = 31_622_400;
    private const string SecondsRule = "Must be seconds, above 0 and at most a year.";

    /// <returns>Null when the property has none of the terms.</returns>
    public static Plausibility? Read(ModelNode property, ValueKind kind)
    {
        var read = new Plausibility
        {
            Range = Node(property, ModelTerms.Range, kind) is { } range ? Range(range) : null,
            Rate = Node(property, ModelTerms.Rate, kind) is { } rate ? Rate(rate) : null,
            Stuck = Node(property, ModelTerms.Stuck, kind) is { } stuck ? Stuck(stuck) : null,
            Spike = Node(property, ModelTerms.Spike, kind) is { } spike ? Spike(spike) : null,
        };
        return read.IsEmpty ? null : read;
    }

    private static ModelNode? Node(ModelNode property, string term, ValueKind kind)
    {
        var member = property.Own(term);
        if (!property.Has(member, out var json)) return null;
        if (json.ValueKind != JsonValueKind.Object) property.Fault(member, "Must be an object.", json);
        else if (kind is not (ValueKind.Number or ValueKind.Integer)) property.Fault(member, "Is for properties of type number or integer.", json);
        else return property.Child(member, json);
        return null;
    }

    private static PlausibleRange? Range(ModelNode node)
    {
        Only(node, "minimum", "maximum");
        var (minimum, maximum) = (node.Number("minimum"), node.Number("maximum"));
        if (minimum is null && maximum is null) node.Fault("Must have a minimum, a maximum or both.");
        else if (minimum > maximum) node.Fault("minimum", $"Must not be above the maximum, {maximum}.", node.Json.GetProperty("minimum"));
        else return new PlausibleRange(minimum, maximum);
        return null;
    }

    private static PlausibleRate? Rate(ModelNode node)
    {
        Only(node, "change", "seconds");
        var change = Required(node, "change", "Must be a number above 0: the largest change within these seconds.");
        var seconds = Required(node, "seconds", SecondsRule, Year);
        return change is null || seconds is null ? null : new PlausibleRate(change.Value, TimeSpan.FromSeconds(seconds.Value));
    }

    private static StuckRule? Stuck(ModelNode node)
    {
        Only(node, "reports", "seconds", "within", "except");
        var reports = node.Count("reports", 2, 1_000_000);
        var seconds = node.Number("seconds", static n => n is > 0 and <= Year, SecondsRule);
        var within = node.Number("within", static n => n >= 0, "Must be a number from 0 up.") ?? 0;
        var except = Numbers(node, "except");
        if (!node.Has("reports", out _) && !node.Has("seconds", out _)) node.Fault("Must have reports, seconds or both.");
        return reports is null && seconds is null ? null : new StuckRule(reports, seconds is { } s ? TimeSpan.FromSeconds(s) : null, within, except);
    }

    private static SpikeRule? Spike(ModelNode node)
    {
        Only(node, "window", "limit", "deviations", "least", "gap");
        var window = node.Count("window", SpikeRule.SmallestWindow, SpikeRule.LargestWindow);
        if (!node.Has("window", out _)) node.Fault("Must have a window: how many values before it a value is held against.");
        var limit = node.Number("limit", static n => n > 0, "Must be a number above 0.");
        var deviations = node.Number("deviations", static n => n > 0, "Must be a number above 0.");
        var least = node.Number("least", static n => n > 0, "Must be a number above 0.");
        var gap = node.Number("gap", static n => n is > 0 and <= Year, SecondsRule);
        var (hasLimit, hasDeviations) = (node.Has("limit", out _), node.Has("deviations", out _));
        if (hasLimit == hasDeviations) node.Fault("Must have either a limit or deviations.");
        else if (hasDeviations && !node.Has("least", out _))
            node.Fault("Must have least beside deviations: the smallest departure that counts, because equal values deviate by nothing.");
        else if (hasLimit && node.Has("least", out var stray)) node.Fault("least", "Belongs to deviations.", stray);
        if (window is null || (limit is null && (deviations is null || least is null))) return null;
        return new SpikeRule(window.Value, limit, deviations, least ?? 0, gap is { } s ? TimeSpan.FromSeconds(s) : null);
    }

    /// <summary>A rule with a misspelt member would quietly check nothing.</summary>
    private static void Only(ModelNode node, params ReadOnlySpan<string> members)
    {
        foreach (var member in node.Json.EnumerateObject())
            if (!members.Contains(member.Name)) node.Fault(member.Name, $"Is not known here: {string.Join(", ", members!)}.", member.Value);
    }

    private static double? Required(ModelNode node, string member, string rule, double largest = double.MaxValue)
    {
        if (!node.Json.TryGetProperty(member, out _)) node.Fault(member, rule);
        return node.Number(member, n => n > 0 && n <= largest, rule);
    }

    private static double[] Numbers(ModelNode node, string member)
    {
        if (!node.Has(member, out var json)) return [];
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() <= 16
            && json.EnumerateArray().All(static n => n.ValueKind == JsonValueKind.Number && n.TryGetDouble(out var number) && double.IsFinite(number)))
            return [.. json.EnumerateArray().Select(static n => n.GetDouble())];
        node.Fault(member, "Must be an array of at most 16 numbers.", json);
        return [];
    }
}
