using System.Text.Json.Nodes;

namespace Wanwu.Things;

/// <summary>A thing model in the making: what the platform itself writes, as the console's editor and <see cref="ThingModel.Infer"/> do.</summary>
public sealed class ThingModelDraft
{
    public required LocalizedText Title { get; init; }
    public LocalizedText? Description { get; init; }
    public string? Id { get; init; }
    /// <summary><c>version.model</c>.</summary>
    public string Version { get; init; } = "1.0.0";
    /// <inheritdoc cref="ModelTerms.Sector"/>
    public string? Sector { get; init; }
    /// <inheritdoc cref="ModelTerms.DataClass"/>
    public DataClass? DataClass { get; init; }
    /// <summary>The properties, in the order in which they are written.</summary>
    public IList<PropertyDraft> Properties { get; } = [];

    /// <exception cref="FormatException">What was put together is no right model, as with a minimum above the maximum.</exception>
    public ThingModel ToModel()
    {
        var document = new JsonObject
        {
            ["@context"] = new JsonArray(ModelTerms.Context, new JsonObject { [ModelTerms.Prefix] = ModelTerms.Vocabulary }),
            ["@type"] = ModelTerms.Type,
        };
        if (Id is not null) document["id"] = Id;
        Write(document, "title", "titles", Title);
        Write(document, "description", "descriptions", Description);
        document["version"] = new JsonObject { ["model"] = Version };
        if (Sector is not null) document[$"{ModelTerms.Prefix}:{ModelTerms.Sector}"] = Sector;
        if (DataClass is { } dataClass) document[$"{ModelTerms.Prefix}:{ModelTerms.DataClass}"] = DataClasses.NameOf(dataClass);
        document["properties"] = new JsonObject(Properties.Select(static p => KeyValuePair.Create<string, JsonNode?>(p.Name.ToString(), p.ToJson())));
        return ThingModel.Parse(document.ToJsonString());
    }

    /// <summary>The English text, or the nearest, in the plain member; all of them in the map.</summary>
    internal static void Write(JsonObject json, string member, string map, LocalizedText? text)
    {
        if (text is null) return;
        json[member] = text.For("en");
        if (text == LocalizedText.Of(text.For("en"))) return;
        var texts = new JsonObject();
        if (text.TraditionalChinese is { } zhHant) texts["zh-Hant"] = zhHant;
        if (text.SimplifiedChinese is { } zhHans) texts["zh-Hans"] = zhHans;
        if (text.English is { } en) texts["en"] = en;
        json[map] = texts;
    }
}

/// <summary>A property of a model in the making. The members are those of <see cref="PropertyAffordance"/> and <see cref="DataSchema"/>.</summary>
public sealed record PropertyDraft(PropertyName Name, ValueKind Kind)
{
    public LocalizedText? Title { get; init; }
    public LocalizedText? Description { get; init; }
    public UcumUnit? Unit { get; init; }
    public double? Minimum { get; init; }
    public double? Maximum { get; init; }
    /// <summary>The only texts allowed.</summary>
    public IReadOnlyList<string>? Enum { get; init; }
    public bool ReadOnly { get; init; } = true;
    public bool Observable { get; init; } = true;
    public TimeSpan? ReportEvery { get; init; }
    public double? Tolerance { get; init; }
    public int? SignificantDigits { get; init; }
    public bool Counter { get; init; }
    public bool Personal { get; init; }
    public bool Sensitive { get; init; }
    public DataClass? DataClass { get; init; }
    public Masking? Mask { get; init; }
    public Plausibility? Plausibility { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        ThingModelDraft.Write(json, "title", "titles", Title);
        ThingModelDraft.Write(json, "description", "descriptions", Description);
        WriteType(json);
        if (Unit is not null) json["unit"] = Unit.Code;
        if (Minimum is not null) json["minimum"] = Minimum;
        if (Maximum is not null) json["maximum"] = Maximum;
        if (Enum is not null) json["enum"] = new JsonArray([.. Enum.Select(static e => (JsonNode)e)]);
        if (ReadOnly) json["readOnly"] = true;
        if (Observable) json["observable"] = true;
        WriteOwnTerms(json);
        return json;
    }

    private void WriteOwnTerms(JsonObject json)
    {
        if (ReportEvery is { } every) json[Own(ModelTerms.ReportEvery)] = every.TotalSeconds;
        if (Tolerance is not null) json[Own(ModelTerms.Tolerance)] = Tolerance;
        if (SignificantDigits is not null) json[Own(ModelTerms.SignificantDigits)] = SignificantDigits;
        if (Counter) json[Own(ModelTerms.Counter)] = true;
        if (Personal) json[Own(ModelTerms.Personal)] = true;
        if (Sensitive) json[Own(ModelTerms.Sensitive)] = true;
        if (DataClass is { } dataClass) json[Own(ModelTerms.DataClass)] = DataClasses.NameOf(dataClass);
        if (Mask is { } mask) json[Own(ModelTerms.Mask)] = mask.Kind switch
        {
            MaskKind.Coarsen => Members(("decimals", mask.Decimals), ("seconds", mask.Within?.TotalSeconds)),
            var kind => kind.ToString().ToLowerInvariant(),
        };
        if (Plausibility is not null) WritePlausibility(json, Plausibility);
    }

    private static void WritePlausibility(JsonObject json, Plausibility plausible)
    {
        if (plausible.Range is { } range) json[Own(ModelTerms.Range)] = Members(("minimum", range.Minimum), ("maximum", range.Maximum));
        if (plausible.Rate is { } rate) json[Own(ModelTerms.Rate)] = Members(("change", rate.Change), ("seconds", rate.Within.TotalSeconds));
        if (plausible.Stuck is { } stuck)
        {
            var rule = Members(("reports", stuck.Reports), ("seconds", stuck.For?.TotalSeconds), ("within", stuck.Within == 0 ? null : stuck.Within));
            if (stuck.Except.Count > 0) rule["except"] = new JsonArray([.. stuck.Except.Select(static e => (JsonNode)e)]);
            json[Own(ModelTerms.Stuck)] = rule;
        }
        if (plausible.Spike is not { } spike) return;
        json[Own(ModelTerms.Spike)] = Members(("window", spike.Window), ("limit", spike.Limit), ("deviations", spike.Deviations),
            ("least", spike.Deviations is null ? null : spike.Least), ("gap", spike.Gap?.TotalSeconds));
    }

    private static JsonObject Members(params ReadOnlySpan<(string Name, double? Value)> members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
            if (value is not null) json[name] = value;
        return json;
    }

    private void WriteType(JsonObject json)
    {
        var type = Kind switch
        {
            ValueKind.Number => "number",
            ValueKind.Integer => "integer",
            ValueKind.Boolean => "boolean",
            ValueKind.Text => "string",
            ValueKind.Point or ValueKind.Object => "object",
            _ => null,
        };
        if (type is not null) json["type"] = type;
        if (Kind != ValueKind.Point) return;
        json["@type"] = Own(ModelTerms.Point);
        json["properties"] = new JsonObject { ["lat"] = Degrees(90), ["lon"] = Degrees(180) };
        json["required"] = new JsonArray("lat", "lon");
    }

    private static JsonObject Degrees(int limit) => new() { ["type"] = "number", ["unit"] = "deg", ["minimum"] = -limit, ["maximum"] = limit };

    private static string Own(string term) => $"{ModelTerms.Prefix}:{term}";
}
