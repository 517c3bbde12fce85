using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wanwu.Console.MappingRoom;

/// <summary>A mapping as it is being typed. It becomes the same document that the API takes, so that one set of rules judges both.</summary>
internal sealed class DraftMapping
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Dictionary<string, string> _names = [];

    public bool IsEnabled { get; set; } = true;
    public string? Topic { get; set; }
    /// <summary>any, thing, model, organisation or account.</summary>
    public string From { get; set; } = "any";
    public string? FromValue { get; set; }
    /// <summary>publisher, scheme or local.</summary>
    public string Thing { get; set; } = "publisher";
    public string Scheme { get; set; } = "eui64";
    public string? ThingValue { get; set; }
    public string? Gateway { get; set; }
    public bool Registers { get; set; }
    public string RegisterModel { get; set; } = "";
    public string? RegisterName { get; set; }
    public string? AtMost { get; set; }
    public string Payload { get; set; } = "json";
    public string? Each { get; set; }
    public string? When { get; set; }
    public string? TimeValue { get; set; }
    public string TimeForm { get; set; } = "rfc3339";
    public string? TimeZone { get; set; }
    public string? QualityValue { get; set; }
    public string? QualityMap { get; set; }
    public List<DraftValue> Values { get; } = [];

    public string NameIn(string language) => _names.GetValueOrDefault(language, "");

    public void SetName(string language, string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) _names.Remove(language);
        else _names[language] = name.Trim();
    }

    /// <summary>The document as people read it.</summary>
    public string ToText() => ToDocument().ToJsonString(Indented);

    public JsonElement ToElement() => JsonSerializer.SerializeToElement(ToDocument());

    private JsonObject ToDocument()
    {
        var document = new JsonObject { ["name"] = NameNode() };
        if (!IsEnabled) document["enabled"] = false;
        document["topic"] = Topic?.Trim() ?? "";
        document["from"] = From == "any" ? "any" : new JsonObject { [From] = FromValue?.Trim() ?? "" };
        document["thing"] = ThingNode();
        if (Registers && Thing != "publisher") document["register"] = RegisterNode();
        if (Payload != "json") document["payload"] = Payload;
        Set(document, "each", Each);
        Set(document, "when", When);
        if (!string.IsNullOrWhiteSpace(TimeValue))
        {
            var time = new JsonObject { ["value"] = TimeValue.Trim(), ["form"] = TimeForm };
            if (TimeForm == "local") Set(time, "zone", TimeZone);
            document["time"] = time;
        }
        if (!string.IsNullOrWhiteSpace(QualityValue))
        {
            var quality = new JsonObject { ["value"] = QualityValue.Trim() };
            if (MapText.Read(QualityMap) is { } map) quality["map"] = map;
            document["quality"] = quality;
        }
        document["values"] = new JsonArray([.. Values.Select(value => value.ToNode())]);
        return document;
    }

    private JsonNode NameNode()
    {
        if (_names.Count == 0) return "";
        var name = new JsonObject();
        foreach (var (language, text) in _names) name[language] = text;
        return name;
    }

    private JsonNode ThingNode()
    {
        if (Thing == "publisher") return "publisher";
        if (Thing == "scheme") return new JsonObject { ["scheme"] = Scheme, ["value"] = ThingValue?.Trim() ?? "" };
        var local = new JsonObject { ["local"] = ThingValue?.Trim() ?? "" };
        Set(local, "gateway", Gateway);
        return local;
    }

    private JsonObject RegisterNode()
    {
        var register = new JsonObject();
        Set(register, "model", RegisterModel);
        Set(register, "name", RegisterName);
        if (!string.IsNullOrWhiteSpace(AtMost)) register["atMost"] = int.TryParse(AtMost, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : AtMost;
        return register;
    }

    internal static void Set(JsonObject node, string member, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text)) node[member] = text.Trim();
    }

    /// <summary>The draft of a document; null when it is none that the form can show.</summary>
    public static DraftMapping? Read(JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object) return null;
        var draft = new DraftMapping
        {
            IsEnabled = !(document.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.False),
            Topic = Text(document, "topic"), Payload = Text(document, "payload") ?? "json", Each = Text(document, "each"), When = Text(document, "when"),
        };
        draft.ReadName(document);
        draft.ReadFrom(document);
        draft.ReadThing(document);
        draft.ReadRest(document);
        if (document.TryGetProperty("values", out var values) && values.ValueKind == JsonValueKind.Array)
            draft.Values.AddRange(values.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.Object).Select(DraftValue.Read));
        return draft;
    }

    private void ReadName(JsonElement document)
    {
        if (!document.TryGetProperty("name", out var name)) return;
        if (name.ValueKind == JsonValueKind.String)
            foreach (var language in Things.LocalizedText.Languages) SetName(language, name.GetString());
        else if (name.ValueKind == JsonValueKind.Object)
            foreach (var language in name.EnumerateObject().Where(language => language.Value.ValueKind == JsonValueKind.String)) SetName(language.Name, language.Value.GetString());
    }

    private void ReadFrom(JsonElement document)
    {
        if (!document.TryGetProperty("from", out var from) || from.ValueKind != JsonValueKind.Object) return;
        foreach (var member in from.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String)) (From, FromValue) = (member.Name, member.Value.GetString());
    }

    private void ReadThing(JsonElement document)
    {
        if (!document.TryGetProperty("thing", out var thing) || thing.ValueKind != JsonValueKind.Object) return;
        if (Text(thing, "local") is { } local) (Thing, ThingValue, Gateway) = ("local", local, Text(thing, "gateway"));
        else (Thing, Scheme, ThingValue) = ("scheme", Text(thing, "scheme") ?? Scheme, Text(thing, "value"));
    }

    private void ReadRest(JsonElement document)
    {
        if (document.TryGetProperty("register", out var register) && register.ValueKind == JsonValueKind.Object)
        {
            Registers = true;
            (RegisterModel, RegisterName) = (Text(register, "model") ?? "", Text(register, "name"));
            AtMost = register.TryGetProperty("atMost", out var most) ? most.ToString() : null;
        }
        if (document.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.Object)
            (TimeValue, TimeForm, TimeZone) = (Text(time, "value"), Text(time, "form") ?? "rfc3339", Text(time, "zone"));
        if (document.TryGetProperty("quality", out var quality) && quality.ValueKind == JsonValueKind.Object)
            (QualityValue, QualityMap) = (Text(quality, "value"), MapText.Write(quality));
    }

    internal static string? Text(JsonElement node, string member) =>
        node.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
