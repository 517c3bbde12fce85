using System.Text.Json;

namespace Wanwu.Things;

/// <summary>A place in a thing model document: reads members of the type they must have and notes what is wrong.</summary>
/// <param name="Language">Which of the three languages plain titles are in (<c>@language</c>), or null when the document does not say.</param>
internal readonly record struct ModelNode(JsonElement Json, string Pointer, List<ModelFault> Faults, string Prefix, string? Language)
{
    public const int MaxFaults = 100;
    private const int MaxShown = 60;

    public bool IsObject => Json.ValueKind == JsonValueKind.Object;

    public void Fault(string rule) => Fault("", rule, Json);

    public void Fault(string member, string rule, JsonElement? found = null)
    {
        if (Faults.Count >= MaxFaults) return;
        var value = found is { ValueKind: not JsonValueKind.Undefined } json ? Shown(json) : null;
        Faults.Add(new ModelFault(member.Length == 0 ? Pointer : $"{Pointer}/{Escaped(member)}", value, rule));
    }

    private static string Shown(JsonElement json)
    {
        var text = json.GetRawText();
        return text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "…");
    }

    /// <summary>A member as a part of a JSON pointer (RFC 6901 §3).</summary>
    public static string Escaped(string member) => member.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>A part of a JSON pointer as the member that it names.</summary>
    public static string Unescaped(string part) => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    public ModelNode Child(string member, JsonElement json) => this with { Json = json, Pointer = $"{Pointer}/{Escaped(member)}" };

    /// <summary>The member, unless it is missing or a placeholder for what will be known later (TD 1.1 §9.3.5).</summary>
    public bool Has(string member, out JsonElement value) =>
        Json.TryGetProperty(member, out value) && !(value.ValueKind == JsonValueKind.String && IsPlaceholder(value.GetString()!));

    private static bool IsPlaceholder(string text) =>
        text.Length > 4 && text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal);

    public string? Text(string member)
    {
        if (!Has(member, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Fault(member, "Must be a text.", value);
        return null;
    }

    public bool Flag(string member)
    {
        if (!Has(member, out var value)) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(member, "Must be true or false.", value);
        return false;
    }

    public double? Number(string member, Func<double, bool>? rule = null, string ruleInWords = "Must be a number.")
    {
        if (!Has(member, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && rule?.Invoke(number) != false)
            return number;
        Fault(member, ruleInWords, value);
        return null;
    }

    public int? Count(string member, int smallest, int largest)
    {
        if (!Has(member, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= smallest && count <= largest) return count;
        Fault(member, $"Must be a whole number from {smallest} {(largest == int.MaxValue ? "up" : $"to {largest}")}.", value);
        return null;
    }

    /// <summary>A member of the platform's own vocabulary.</summary>
    public string Own(string term) => $"{Prefix}:{term}";

    /// <summary>A text or an array of texts.</summary>
    public IReadOnlyList<string> Texts(string member)
    {
        if (!Has(member, out var value)) return [];
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static t => t.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(static t => t.GetString()!)];
        Fault(member, "Must be a text or an array of texts.", value);
        return [];
    }

    /// <summary>
    /// <c>title</c> with <c>titles</c>, or <c>description</c> with <c>descriptions</c> (TD 1.1 §5.3.1.7). Other languages stay in the document.
    /// </summary>
    public LocalizedText? Localized(string member, string map)
    {
        var plain = Text(member);
        string? zhHant = null, zhHans = null, en = null;
        if (Has(map, out var texts))
        {
            if (texts.ValueKind != JsonValueKind.Object || texts.EnumerateObject().Any(static t => t.Value.ValueKind != JsonValueKind.String))
            {
                Fault(map, "Must be an object of language tags and texts.", texts);
                return null;
            }
            foreach (var text in texts.EnumerateObject())
                Place(LocalizedText.LanguageOf(text.Name), text.Value.GetString()!, ref zhHant, ref zhHans, ref en);
        }
        if (plain is not null && Language is not null) Place(Language, plain, ref zhHant, ref zhHans, ref en);
        if ((zhHant ?? zhHans ?? en) is null) zhHant = zhHans = en = plain;
        if ((zhHant ?? zhHans ?? en) is null) return null;
        if (LocalizedText.TryCreate(zhHant, zhHans, en, out var localized, out var fault)) return localized;
        Fault(plain is null ? map : member, fault);
        return null;
    }

    /// <summary>The first text of a language counts: <c>zh-Hant</c> before <c>zh-TW</c> is the document's own order.</summary>
    private static void Place(string? language, string text, ref string? zhHant, ref string? zhHans, ref string? en)
    {
        if (language == "zh-Hant") zhHant ??= text;
        else if (language == "zh-Hans") zhHans ??= text;
        else if (language == "en") en ??= text;
    }
}
