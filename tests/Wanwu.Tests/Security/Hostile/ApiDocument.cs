using System.Text.Json.Nodes;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>One operation as the server's own OpenAPI document describes it.</summary>
/// <param name="InPath">Names of what stands in the path.</param>
/// <param name="InQuery">Names of what may stand in the query.</param>
/// <param name="Media">Types a body may have; empty where none is described.</param>
/// <param name="Body">A body as the document has it, filled with harmless values; null where none is described, or none in JSON.</param>
internal sealed record Operation(string Method, string Path, string[] InPath, string[] InQuery, string[] Media, JsonNode? Body)
{
    public string Name => $"{Method} {Path}";

    /// <summary>The path with values in it, whatever they are made of.</summary>
    public string PathWith(Func<string, string> value) => InPath.Aggregate(Path, (path, name) => path.Replace($"{{{name}}}", Uri.EscapeDataString(value(name)), StringComparison.Ordinal));

    public string? JsonMedia => Media.FirstOrDefault(media => media.EndsWith("json", StringComparison.Ordinal));
}

/// <summary>Reads the document as a stranger would: paths, parameters and members of bodies, and values that fit.</summary>
internal sealed class ApiDocument(JsonNode document)
{
    public const string Model = """{"@context":["https://www.w3.org/2022/wot/td/v1.1"],"@type":"tm:ThingModel","title":"Walked","properties":{"p":{"type":"number","unit":"Cel","minimum":0,"readOnly":true}}}""";
    public const string Mapping = """{"name":{"en":"Walked"},"topic":"walk/{d}","from":"any","thing":{"local":"{d}"},"values":[{"property":"v","value":"$.v"}]}""";
    private const int Deepest = 4;
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];

    /// <summary>Values by the name of their member, where the type alone would not lead far.</summary>
    private static readonly Dictionary<string, Func<JsonNode?>> Fitting = new()
    {
        ["role"] = () => "viewer", ["roles"] = () => new JsonArray("viewer"), ["scope"] = () => new JsonArray("read-things"), ["region"] = () => "110000", ["timeZone"] = () => "Asia/Shanghai",
        ["zone"] = () => "Asia/Shanghai", ["sql"] = () => "SELECT 1", ["coldFor"] = () => "P9Y", ["rollupsFor"] = () => "P10Y", ["redirectUris"] = () => new JsonArray("https://app.example/back"),
        ["sector"] = () => null, ["parent"] = () => null, ["organisation"] = () => null, ["model"] = () => null, ["gateway"] = () => null, ["person"] = () => null, ["program"] = () => null,
        ["property"] = () => "p", ["identifiers"] = () => null, ["place"] = () => null, ["lifecycle"] = () => null, ["uscc"] = () => null, ["expires"] = () => null, ["email"] = () => null,
        ["reason"] = () => "a test", ["from"] = () => "2026-01-01T00:00:00Z", ["to"] = () => "2026-01-02T00:00:00Z", ["labels"] = () => null, ["parameters"] = () => null, ["id"] = () => null, ["attempt"] = () => null,
    };

    /// <summary>Bodies that are documents of a form of their own, which the description does not spell out.</summary>
    private static readonly Dictionary<string, string> Documents = new()
    {
        ["/api/v1/models"] = Model, ["/api/v1/models/{id}"] = Model, ["/api/v1/mappings"] = Mapping, ["/api/v1/mappings/{id}"] = Mapping,
        ["/api/v1/things/{id}/report"] = """{"t":"2026-01-01T00:00:00Z","p":1}""", ["/api/v1/things/{id}/events/{name}"] = """{"t":"2026-01-01T00:00:00Z","data":{"p":1}}""",
        ["/api/v1/mappings/try"] = $$"""{"mapping":{{Mapping}},"topic":"walk/x","payload":"{}","publisher":null}""",
    };

    public IReadOnlyList<Operation> Operations() =>
        [.. from path in document["paths"]!.AsObject() from method in path.Value!.AsObject() where Methods.Contains(method.Key) select Read(method.Key.ToUpperInvariant(), path.Key, method.Value!)];

    private Operation Read(string method, string path, JsonNode operation)
    {
        var parameters = operation["parameters"]?.AsArray() ?? [];
        string[] In(string place) => [.. parameters.Where(parameter => parameter!.Text("in") == place).Select(parameter => parameter!.Text("name")).Distinct()];
        var content = operation["requestBody"]?["content"]?.AsObject();
        var json = content?.FirstOrDefault(media => media.Key.EndsWith("json", StringComparison.Ordinal)).Value?["schema"];
        var body = json is null ? null : Documents.TryGetValue(path, out var text) ? JsonNode.Parse(text) : Sample(json, null, 0);
        return new Operation(method, path, In("path"), In("query"), [.. content?.Select(media => media.Key) ?? []], body);
    }

    private JsonNode? Sample(JsonNode schema, string? name, int depth)
    {
        if (name is not null && Fitting.TryGetValue(name, out var fitting)) return fitting();
        schema = Resolve(schema);
        if (schema["oneOf"] is JsonArray either) return Sample(either[^1]!, name, depth);
        if (depth > Deepest) return null;
        return TypeOf(schema) switch
        {
            "object" => new JsonObject((schema["properties"]?.AsObject() ?? []).Select(member => KeyValuePair.Create(member.Key, Sample(member.Value!, member.Key, depth + 1)))),
            "array" => schema["items"] is { } items ? new JsonArray(Sample(items, null, depth + 1)) : new JsonArray(),
            "boolean" => false,
            "integer" or "number" => 1,
            "null" => null,
            _ => schema["enum"] is JsonArray values ? values[0]!.DeepClone() : "n",
        };
    }

    private static string? TypeOf(JsonNode schema) =>
        schema["type"] is JsonArray types ? types.Select(type => type!.GetValue<string>()).First(type => type != "null") : schema["type"]?.GetValue<string>();

    private JsonNode Resolve(JsonNode schema) =>
        schema["$ref"] is { } reference ? Resolve(document["components"]!["schemas"]![reference.GetValue<string>().Split('/')[^1]]!) : schema;
}
