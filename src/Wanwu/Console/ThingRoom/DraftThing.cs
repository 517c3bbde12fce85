using System.Globalization;
using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>An identifier as it is being typed; checked by its scheme as soon as the field is left.</summary>
internal sealed class DraftIdentifier
{
    private string _scheme = "serial";
    private string _value = "";

    public string Scheme { get => _scheme; set { _scheme = value; Check(); } }
    public string Value { get => _value; set { _value = value.Trim(); Check(); } }
    public string? Fault { get; private set; }

    private void Check() => Fault = _value.Length > 0 && !Identifier.TryCreate(_scheme, _value, out _, out var fault) ? fault : null;
}

/// <summary>A thing as it is being typed. It becomes the same request that the API takes, so that one set of rules judges both.</summary>
internal sealed class DraftThing
{
    private readonly Dictionary<string, string> _names = [];

    public string Model { get; set; } = "";
    public string? Organisation { get; set; }
    public string? Region { get; set; }
    public string? Latitude { get; set; }
    public string? Longitude { get; set; }
    public string? Labels { get; set; }
    public List<DraftIdentifier> Identifiers { get; } = [];

    public string NameIn(string language) => _names.GetValueOrDefault(language, "");

    public void SetName(string language, string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) _names.Remove(language);
        else _names[language] = name.Trim();
    }

    public JsonElement ToBody()
    {
        var body = new Dictionary<string, object?>();
        if (_names.Count > 0) body["name"] = _names;
        if (Model.Length > 0) body["model"] = Model;
        if (!string.IsNullOrWhiteSpace(Organisation)) body["organisation"] = Organisation;
        if (!string.IsNullOrWhiteSpace(Region)) body["region"] = Region.Trim();
        if (!string.IsNullOrWhiteSpace(Latitude) || !string.IsNullOrWhiteSpace(Longitude))
            body["place"] = new Dictionary<string, object?> { ["lat"] = Degrees(Latitude), ["lon"] = Degrees(Longitude) };
        var named = Identifiers.Where(identifier => identifier.Value.Length > 0).ToList();
        if (named.Count > 0) body["identifiers"] = named.Select(identifier => new { scheme = identifier.Scheme, value = identifier.Value }).ToArray();
        if (LabelPairs() is { Count: > 0 } labels) body["labels"] = labels;
        return JsonSerializer.SerializeToElement(body);
    }

    // What is no number goes on as it was typed: the rule that refuses it says so at the field.
    private static object? Degrees(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && double.IsFinite(degrees) ? degrees : text;

    private Dictionary<string, string> LabelPairs()
    {
        var labels = new Dictionary<string, string>();
        foreach (var line in (Labels ?? "").Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            labels[(at < 0 ? line : line[..at]).Trim()] = at < 0 ? "" : line[(at + 1)..].Trim();
        }
        return labels;
    }
}
