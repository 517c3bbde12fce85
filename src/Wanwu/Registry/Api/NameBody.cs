using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>A name as a request gives it: by language, each left out, taken away or given.</summary>
internal readonly record struct NameDraft(Optional<string?> Hant, Optional<string?> Hans, Optional<string?> En);

/// <summary>Reads a name: a text for all languages, or an object of which each member changes one (RFC 7396).</summary>
internal static class NameBody
{
    public static NameDraft Read(JsonElement value, FieldFaults faults)
    {
        var draft = new NameDraft();
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var language in value.EnumerateObject()) draft = ReadIn(draft, language.Name, language.Value, faults);
            return draft;
        }
        if (LocalizedText.TryRead(value, out var text, out var fault, ThingRules.MaxName)) return new NameDraft(text.TraditionalChinese, text.SimplifiedChinese, text.English);
        faults.Add("name", fault);
        return draft;
    }

    private static NameDraft ReadIn(NameDraft draft, string language, JsonElement value, FieldFaults faults)
    {
        var member = $"name.{ThingRules.Short(language)}";
        if (!LocalizedText.Languages.Contains(language))
        {
            faults.Add(member, $"A name is given in {string.Join(", ", LocalizedText.Languages)}.");
            return draft;
        }
        string? text = null;
        if (value.ValueKind != JsonValueKind.Null)
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                faults.Add(member, "Expected a text.");
                return draft;
            }
            if (!LocalizedText.TryCreate(value.GetString(), null, null, out var read, out var fault, ThingRules.MaxName))
            {
                faults.Add(member, fault.Replace("zh-Hant", language, StringComparison.Ordinal));
                return draft;
            }
            text = read.TraditionalChinese;
        }
        return language switch
        {
            "zh-Hant" => draft with { Hant = text },
            "zh-Hans" => draft with { Hans = text },
            _ => draft with { En = text },
        };
    }
}
