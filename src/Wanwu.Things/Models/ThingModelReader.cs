using System.Text.Json;

namespace Wanwu.Things;

/// <summary>Reads the typed side of a thing model out of its document, references already resolved.</summary>
internal sealed class ThingModelReader(ModelNode root)
{
    private static readonly string[] Maps = ["properties", "actions", "events"];
    private readonly HashSet<string> _optional = [];
    private readonly HashSet<string> _required = [];
    private bool _namesRequired;

    /// <summary>Prefix and language that the context of the document declares, before anything else is read.</summary>
    public static ModelNode Root(JsonElement document, List<ModelFault> faults)
    {
        var (prefix, language) = (ModelTerms.Prefix, (string?)null);
        if (document.ValueKind == JsonValueKind.Object && document.TryGetProperty("@context", out var context))
        {
            foreach (var part in context.ValueKind == JsonValueKind.Array ? context.EnumerateArray().AsEnumerable() : [context])
            {
                if (part.ValueKind != JsonValueKind.Object) continue;
                foreach (var term in part.EnumerateObject())
                {
                    if (term.Value.ValueKind != JsonValueKind.String) continue;
                    if (term.Value.ValueEquals(ModelTerms.Vocabulary)) prefix = term.Name;
                    if (term.NameEquals("@language")) language = LocalizedText.LanguageOf(term.Value.GetString());
                }
            }
        }
        return new ModelNode(document, "", faults, prefix, language);
    }

    /// <summary>Whether the document is a thing model at all (TD 1.1 §9.2).</summary>
    public static bool CheckDeclaration(ModelNode root)
    {
        if (!root.IsObject)
        {
            root.Fault("A thing model is a JSON object.");
            return false;
        }
        var contexts = root.Json.TryGetProperty("@context", out var context)
            ? context.ValueKind == JsonValueKind.Array ? [.. context.EnumerateArray()] : new List<JsonElement> { context } : [];
        if (!contexts.Any(static c => c.ValueKind == JsonValueKind.String && c.GetString() is ModelTerms.Context or ModelTerms.OldContext))
            root.Fault("@context", $"Must name {ModelTerms.Context}.", contexts.Count == 0 ? null : context);
        if (!root.Texts("@type").Contains(ModelTerms.Type))
            root.Fault("@type", $"Must be {ModelTerms.Type} or hold it.", root.Json.TryGetProperty("@type", out var type) ? type : null);
        return true;
    }

    public ThingModel Read(JsonElement document)
    {
        ReadOptional();
        return new ThingModel(document)
        {
            Id = root.Text("id"),
            Version = Version(),
            Title = root.Localized("title", "titles"),
            Description = root.Localized("description", "descriptions"),
            Sector = root.Text(root.Own(ModelTerms.Sector)),
            DataClass = MaskingReader.Class(root),
            SemanticTypes = root.Texts("@type"),
            Properties = [.. Affordances("properties").Select(Property)],
            Actions = [.. Affordances("actions").Select(Action)],
            Events = [.. Affordances("events").Select(Event)],
            Links = [.. Links()],
        };
    }

    /// <summary><c>{"model":"1.0.0"}</c>; a model has no instance (§9.3.1).</summary>
    private string? Version()
    {
        if (!root.Has("version", out var json)) return null;
        var version = root.Child("version", json);
        if (!version.IsObject)
        {
            root.Fault("version", "Must be an object with the member model.", json);
            return null;
        }
        if (json.TryGetProperty("instance", out var instance))
            version.Fault("instance", "Belongs to a thing description, not to a thing model.", instance);
        return version.Text("model");
    }

    /// <summary><c>tm:optional</c> of TD 1.1 §9.3.4, and <c>tm:required</c> of its drafts, which turns the rule around.</summary>
    private void ReadOptional()
    {
        foreach (var pointer in root.Texts("tm:optional")) Note(_optional, "tm:optional", pointer);
        _namesRequired = root.Has("tm:required", out _);
        foreach (var pointer in root.Texts("tm:required")) Note(_required, "tm:required", pointer);
    }

    private void Note(HashSet<string> names, string member, string pointer)
    {
        var path = pointer.TrimStart('#');
        if (path.Split('/') is ["", var map, var name] && Maps.Contains(map) && root.Json.TryGetProperty(map, out var affordances)
            && affordances.ValueKind == JsonValueKind.Object && affordances.TryGetProperty(ModelNode.Unescaped(name), out _)) names.Add(path);
        else root.Fault(member, $"'{pointer}' must point to a property, an action or an event of the model.");
    }

    private IEnumerable<(PropertyName Name, ModelNode Node, bool Optional)> Affordances(string map)
    {
        if (!root.Has(map, out var json)) yield break;
        if (json.ValueKind != JsonValueKind.Object)
        {
            root.Fault(map, "Must be an object.", json);
            yield break;
        }
        var parent = root.Child(map, json);
        foreach (var member in json.EnumerateObject())
        {
            if (!PropertyName.TryParse(member.Name, null, out var name))
                parent.Fault(member.Name, $"The name must be 1 to {PropertyName.MaxLength} letters, digits and _ - . : ~ @ % ( ).");
            else if (member.Value.ValueKind != JsonValueKind.Object) parent.Fault(member.Name, "Must be an object.", member.Value);
            else
            {
                var node = parent.Child(member.Name, member.Value);
                yield return (name, node, _optional.Contains(node.Pointer) || (_namesRequired && !_required.Contains(node.Pointer)));
            }
        }
    }

    private static PropertyAffordance Property((PropertyName Name, ModelNode Node, bool Optional) affordance)
    {
        var node = affordance.Node;
        var schema = DataSchemaReader.Read(node);
        return new PropertyAffordance(affordance.Name, schema)
        {
            Observable = node.Flag("observable"),
            ReportEvery = ReportEvery(node),
            Tolerance = node.Number(node.Own(ModelTerms.Tolerance), static n => n >= 0, "Must be a number from 0 up."),
            SignificantDigits = node.Count(node.Own(ModelTerms.SignificantDigits), 1, 17),
            Counter = node.Flag(node.Own(ModelTerms.Counter)),
            Personal = MaskingReader.Flag(node, ModelTerms.Personal) || node.Flag(node.Own(ModelTerms.Sensitive)),
            Sensitive = MaskingReader.Flag(node, ModelTerms.Sensitive),
            DataClass = MaskingReader.Class(node),
            Mask = MaskingReader.Mask(node, schema.Kind),
            Plausibility = PlausibilityReader.Read(node, schema.Kind),
            Optional = affordance.Optional,
        };
    }

    private static TimeSpan? ReportEvery(ModelNode node)
    {
        const int Year = 31_622_400;
        var seconds = node.Number(node.Own(ModelTerms.ReportEvery), static n => n is > 0 and <= Year, "Must be seconds, above 0 and at most a year.");
        return seconds is null ? null : TimeSpan.FromSeconds(seconds.Value);
    }

    private static ActionAffordance Action((PropertyName Name, ModelNode Node, bool Optional) affordance) => new(affordance.Name)
    {
        Title = affordance.Node.Localized("title", "titles"),
        Description = affordance.Node.Localized("description", "descriptions"),
        Input = DataSchemaReader.Read(affordance.Node, "input"),
        Output = DataSchemaReader.Read(affordance.Node, "output"),
        Safe = affordance.Node.Flag("safe"),
        Idempotent = affordance.Node.Flag("idempotent"),
        Optional = affordance.Optional,
    };

    private static EventAffordance Event((PropertyName Name, ModelNode Node, bool Optional) affordance) => new(affordance.Name)
    {
        Title = affordance.Node.Localized("title", "titles"),
        Description = affordance.Node.Localized("description", "descriptions"),
        Data = DataSchemaReader.Read(affordance.Node, "data"),
        Subscription = DataSchemaReader.Read(affordance.Node, "subscription"),
        Cancellation = DataSchemaReader.Read(affordance.Node, "cancellation"),
        Optional = affordance.Optional,
    };

    private IEnumerable<ModelLink> Links()
    {
        if (!root.Has("links", out var json)) yield break;
        if (json.ValueKind != JsonValueKind.Array)
        {
            root.Fault("links", "Must be an array.", json);
            yield break;
        }
        var (parent, at) = (root.Child("links", json), 0);
        foreach (var item in json.EnumerateArray())
        {
            var link = parent.Child($"{at++}", item);
            if (!link.IsObject) link.Fault("Must be an object.");
            else if (!item.TryGetProperty("href", out var href) || href.ValueKind != JsonValueKind.String)
                link.Fault("href", "Must be a text: where the link leads.");
            else yield return new ModelLink(href.GetString()!, link.Text("rel"), link.Text("type"));
        }
    }
}
