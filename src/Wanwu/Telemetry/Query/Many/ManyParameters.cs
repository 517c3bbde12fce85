using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The parameters that all questions about many series have in common: which series, which time, which qualities, how much of the answer.</summary>
internal sealed class ManyParameters(QueryParameters parameters)
{
    public const string Series = "thing, model, region, organisation, sector, lifecycle, label, gateway, q, property, personal";
    private const int MostText = 200, MostValues = 100_000;
    public static readonly string[] Known =
        ["thing", "model", "region", "organisation", "sector", "lifecycle", "label", "gateway", "q", "property", "personal", "from", "to", "quality", "limit", "cursor", "format"];

    /// <summary>Which series; faults are noted in the parameters.</summary>
    public SeriesFilter Filter() => new()
    {
        Things = Each("thing", ThingIdOf, "a thing id: 26 letters and digits"),
        All = new ThingFilter { Text = Words(), Gateway = parameters.Value("gateway", ThingIdOf, "a thing id: 26 letters and digits"), Lifecycles = Each("lifecycle", LifecycleOf, $"one of {LifecycleSteps.Names}"), Labels = [.. parameters.Texts("label").Select(Label)] },
        AnyOf = [.. AnyOf("model", model => new ThingFilter { Model = model }), .. AnyOf("organisation", organisation => new ThingFilter { Organisation = organisation }), .. AnyOf("sector", sector => new ThingFilter { Sector = sector }), .. AnyOf("region", Region)],
        Properties = Each<PropertyName>("property", text => PropertyName.TryParse(text, null, out var name) ? name : null, "a property's name"),
        IsPersonal = IsPersonal(),
    };

    private bool IsPersonal()
    {
        var text = parameters.Text("personal");
        if (text is not (null or "true")) parameters.Fault("personal", "true, for personal properties alone");
        return text is "true";
    }

    public (Timestamp From, Timestamp To) Time()
    {
        var (from, to) = (parameters.Time("from") ?? Timestamp.Min, parameters.Time("to") ?? Timestamp.Max);
        if (to < from) parameters.Fault("to", "at or after from");
        return (from, to);
    }

    public long? Limit(long? otherwise, long most) => parameters.Value<long>("limit",
        text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most ? limit : null,
        $"a whole number from 1 to {most}") ?? otherwise;

    public LineCursor? Cursor(Lines lines) => parameters.Value<LineCursor>("cursor",
        text => text.Length <= 4_096 && LineCursor.TryParse(text, lines.Columns.Count, out var cursor) ? cursor : null, "a cursor of this question: pass on the next of the part before, as it is");

    private string? Words()
    {
        if (parameters.Text("q") is { Length: > MostText }) parameters.Wrong("q", $"At most {MostText} characters.");
        return parameters.Text("q");
    }

    private IEnumerable<IReadOnlyList<ThingFilter>> AnyOf(string name, Func<string, ThingFilter> filter)
    {
        var texts = parameters.Texts(name);
        return texts.Count == 0 ? [] : [[.. texts.Select(filter)]];
    }

    private ThingFilter Region(string region)
    {
        if (ThingRules.FaultOfRegion(region) is { } fault) parameters.Wrong("region", fault);
        return new ThingFilter { Region = region };
    }

    private List<T> Each<T>(string name, Func<string, T?> parse, string rule) where T : struct
    {
        var values = new List<T>();
        foreach (var text in parameters.Texts(name))
        {
            if (parse(text) is { } value) values.Add(value);
            else parameters.Wrong(name, $"'{(text.Length > 100 ? text[..100] : text)}' is not {rule}.");
        }
        return values;
    }

    private static ThingId? ThingIdOf(string text) => ThingId.TryParse(text, null, out var id) ? id : null;

    private static Lifecycle? LifecycleOf(string text) => LifecycleSteps.TryParse(text, out var lifecycle) ? lifecycle : null;

    private static KeyValuePair<string, string?> Label(string label)
    {
        var at = label.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? new(label, null) : new(label[..at], label[(at + 1)..]);
    }

    /// <summary>A JSON object whose members are parameters: texts, numbers, or arrays of them.</summary>
    public static QueryParameters? OfJson(JsonElement body, FieldFaults faults)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add("", "Expected an object whose members are the parameters.");
            return null;
        }
        var query = new KeyValueAccumulator();
        foreach (var member in body.EnumerateObject())
        {
            foreach (var value in member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray().Take(MostValues) : [member.Value])
            {
                if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number) query.Append(member.Name, value.ToString());
                else faults.Add(ThingRules.Short(member.Name), "Expected a text, a number, or an array of them.");
            }
        }
        return new QueryParameters(new QueryCollection(query.GetResults()));
    }
}
