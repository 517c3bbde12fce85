using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wanwu.Things;

/// <summary>
/// Puts in place what a thing model takes from elsewhere: <c>tm:ref</c> within and <c>tm:extends</c> without the document (TD 1.1 §9.3.2).
/// </summary>
/// <remarks>What is taken is patched with what stands beside the reference, by JSON Merge Patch (RFC 7396).</remarks>
internal sealed class ModelReferences(ModelNode root, ModelSource? source)
{
    private const string Ref = "tm:ref";
    private const string Extends = "tm:extends";
    private const int MaxDepth = 8;
    private const int MaxReferences = 1_000;
    private const int MaxNodes = 200_000;
    private static readonly JsonDocumentOptions ReadOptions = new() { AllowDuplicateProperties = false };
    private static readonly SearchValues<string> Signs = SearchValues.Create([Ref, Extends, "\\u"], StringComparison.Ordinal);
    private readonly Dictionary<string, JsonObject?> _documents = new(StringComparer.Ordinal);
    private int _references;
    private int _nodes;

    /// <summary>The document with every reference resolved; the document itself when it has none.</summary>
    public JsonElement Resolve()
    {
        if (!MayRefer(root.Json.GetRawText())) return root.Json;
        var document = JsonObject.Create(root.Json)!;
        _documents[""] = document;
        var resolved = ResolveWithin(document, document, "", MaxDepth) is JsonObject own ? Extend(own, MaxDepth) : document;
        return JsonSerializer.SerializeToElement(resolved);
    }

    /// <summary>A cheap look: names may also be written with escapes.</summary>
    private static bool MayRefer(string json) =>
        json.AsSpan().ContainsAny(Signs);

    /// <summary>The document laid over the models that it extends.</summary>
    private JsonObject Extend(JsonObject document, int depth)
    {
        if (document["links"] is not JsonArray links) return document;
        JsonNode result = document;
        foreach (var link in links.OfType<JsonObject>().Where(static l => TextOf(l, "rel") == Extends))
        {
            if (TextOf(link, "href") is not { } href || Load(href, depth) is not { } extended) continue;
            var patch = result.DeepClone();
            // The extended model's own optional list stands until this one names another (§9.3.4).
            result = Merge(ResolveWithin(extended, extended, "/links", depth - 1) is JsonObject own ? Extend(own, depth - 1) : extended, patch)!;
        }
        return (JsonObject)result;
    }

    /// <summary>A copy of the node with the references in it replaced by what they point to.</summary>
    private JsonNode? ResolveWithin(JsonNode? node, JsonObject document, string pointer, int depth)
    {
        _nodes++;
        if (node is JsonArray array) return new JsonArray([.. array.Select((item, i) => ResolveWithin(item, document, $"{pointer}/{i}", depth))]);
        if (node is not JsonObject found) return node?.DeepClone();
        var copy = new JsonObject();
        foreach (var (name, value) in found)
            if (name != Ref) copy[name] = ResolveWithin(value, document, $"{pointer}/{ModelNode.Escaped(name)}", depth);
        if (!found.ContainsKey(Ref)) return copy;
        return Target(found[Ref], document, pointer, depth) is { } target ? Merge(target, copy) : copy;
    }

    private JsonNode? Target(JsonNode? reference, JsonObject document, string pointer, int depth)
    {
        if (reference is not JsonValue value || !value.TryGetValue<string>(out var text) || text.Split('#', 2) is not [var href, var target])
            return Fault($"{pointer}/{Ref}", "Must be an address, # and a JSON pointer.", reference);
        if (depth <= 0 || ++_references > MaxReferences || _nodes > MaxNodes)
            return Fault($"{pointer}/{Ref}", "The references go in a circle, or too deep.", reference);
        var place = href.Length == 0 ? document : Load(href, depth);
        if (place is null) return null;
        JsonNode? at = place;
        foreach (var part in Uri.UnescapeDataString(target).Split('/').Skip(1))
            at = at is JsonObject parent ? parent[ModelNode.Unescaped(part)] : null;
        return at is JsonObject definition
            ? ResolveWithin(definition, place, pointer, depth - 1)
            : Fault($"{pointer}/{Ref}", "Points to nothing.", reference);
    }

    private JsonObject? Load(string href, int depth)
    {
        if (depth <= 0) return (JsonObject?)Fault("/links", $"The models refer to each other in a circle, or too deep, at {href}.", null);
        if (_documents.TryGetValue(href, out var known)) return known;
        _documents[href] = null;
        if (source is null)
        {
            const string Advice = "models outside the document are not fetched here. Put its definitions into the document.";
            return (JsonObject?)Fault("/links", $"Refers to the model at {href}; {Advice}", null);
        }
        try
        {
            if (source(href) is { } bytes && JsonText.IsWellFormed(bytes.Span)
                && JsonNode.Parse(bytes.Span, null, ReadOptions) is JsonObject document)
                return _documents[href] = document;
        }
        catch (JsonException)
        {
            // Told below in the same words as a model that is not there.
        }
        return (JsonObject?)Fault("/links", $"There is no thing model at {href}.", null);
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target as JsonObject is { } before ? (JsonObject)before.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) result.Remove(name);
            else result[name] = Merge(result[name], value);
        }
        return result;
    }

    private static string? TextOf(JsonObject node, string member) =>
        node[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private JsonNode? Fault(string pointer, string rule, JsonNode? found)
    {
        if (root.Faults.Count < ModelNode.MaxFaults) root.Faults.Add(new ModelFault(pointer, found?.ToJsonString(), rule));
        return null;
    }
}
