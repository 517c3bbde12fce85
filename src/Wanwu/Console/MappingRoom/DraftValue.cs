using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wanwu.Console.MappingRoom;

/// <summary>One value of a mapping as it is being typed: a property, or all members of an object.</summary>
internal sealed class DraftValue
{
    public bool IsMembers { get; set; }
    public string? Property { get; set; }
    public string? Value { get; set; }
    public string? Unit { get; set; }
    public string Kind { get; set; } = "";
    public string? Map { get; set; }
    public string Take { get; set; } = "numbers";
    public string? Prefix { get; set; }
    public string? Except { get; set; }

    public JsonNode ToNode()
    {
        var node = new JsonObject();
        if (IsMembers)
        {
            node["members"] = Value?.Trim() ?? "";
            if (Take != "numbers") node["take"] = Take;
            DraftMapping.Set(node, "prefix", Prefix);
            string[] except = (Except ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (except.Length > 0) node["except"] = new JsonArray([.. except.Select(name => JsonValue.Create(name))]);
            return node;
        }
        node["property"] = Property?.Trim() ?? "";
        node["value"] = Value?.Trim() ?? "";
        DraftMapping.Set(node, "unit", Unit);
        DraftMapping.Set(node, "kind", Kind);
        if (MapText.Read(Map) is { } map) node["map"] = map;
        return node;
    }

    public static DraftValue Read(JsonElement node)
    {
        if (DraftMapping.Text(node, "members") is { } members)
        {
            var except = node.TryGetProperty("except", out var names) && names.ValueKind == JsonValueKind.Array ? names.EnumerateArray().Select(name => name.ToString()) : [];
            return new DraftValue
            {
                IsMembers = true, Value = members, Take = DraftMapping.Text(node, "take") ?? "numbers", Prefix = DraftMapping.Text(node, "prefix"),
                Except = string.Join(", ", except),
            };
        }
        return new DraftValue
        {
            Property = DraftMapping.Text(node, "property"), Value = DraftMapping.Text(node, "value"), Unit = DraftMapping.Text(node, "unit"),
            Kind = DraftMapping.Text(node, "kind") ?? "", Map = MapText.Write(node),
        };
    }
}

/// <summary>A map of texts to values on one line, <c>ON=true, OFF=false</c>; what that cannot say is written as JSON.</summary>
internal static class MapText
{
    public static JsonNode? Read(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return null;
        if (text[0] == '{')
        {
            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                // Kept as typed: the rule that refuses it says so at the field.
                return text;
            }
        }
        var map = new JsonObject();
        foreach (var entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = entry.IndexOf('=', StringComparison.Ordinal);
            if (at < 0) return text;
            map[entry[..at].Trim()] = Literal(entry[(at + 1)..].Trim());
        }
        return map;
    }

    private static JsonNode? Literal(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonValue or null ? JsonNode.Parse(text) : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    public static string? Write(JsonElement node)
    {
        if (!node.TryGetProperty("map", out var map) || map.ValueKind != JsonValueKind.Object) return null;
        var line = string.Join(", ", map.EnumerateObject().Select(entry => $"{entry.Name}={(entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : entry.Value.GetRawText())}"));
        return JsonNode.DeepEquals(Read(line), JsonNode.Parse(map.GetRawText())) ? line : map.GetRawText();
    }
}
