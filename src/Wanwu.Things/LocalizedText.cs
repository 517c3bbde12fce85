using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>A text for people in up to three languages: Traditional Chinese, Simplified Chinese and English. At least one is there.</summary>
/// <remarks>
/// JSON is <c>{"zh-Hant":"…","zh-Hans":"…","en":"…"}</c>, or a plain text, which then stands for all three; a text that is the same in all three
/// is written as a plain text again. Texts are trimmed and held in Unicode normal form C; control characters other than line feed and tab are
/// refused.
/// </remarks>
[JsonConverter(typeof(LocalizedTextJsonConverter))]
public sealed record LocalizedText
{
    /// <summary>Longest text of one language, in UTF-16 code units; a caller may set a tighter bound.</summary>
    public const int MaxLength = 4_000;

    /// <summary>The language tags (BCP 47), in the order in which they are written.</summary>
    public static readonly IReadOnlyList<string> Languages = ["zh-Hant", "zh-Hans", "en"];

    private LocalizedText(string? zhHant, string? zhHans, string? en) => (TraditionalChinese, SimplifiedChinese, English) = (zhHant, zhHans, en);

    /// <summary>The text in zh-Hant, or null where none was given.</summary>
    public string? TraditionalChinese { get; }
    /// <summary>The text in zh-Hans, or null where none was given.</summary>
    public string? SimplifiedChinese { get; }
    /// <summary>The text in en, or null where none was given.</summary>
    public string? English { get; }

    /// <summary>The same text in every language.</summary>
    /// <exception cref="FormatException">The text is blank, too long or holds control characters.</exception>
    public static LocalizedText Of(string text) => Of(text, text, text);

    /// <exception cref="FormatException">All are blank, or one is too long or holds control characters.</exception>
    public static LocalizedText Of(string? zhHant, string? zhHans, string? en) =>
        TryCreate(zhHant, zhHans, en, out var text, out var fault) ? text : throw new FormatException(fault);

    /// <summary>
    /// Makes a text of what is given in each language; blank counts as not given. The fault says which language and what the rule is.
    /// </summary>
    public static bool TryCreate(string? zhHant, string? zhHans, string? en,
        [NotNullWhen(true)] out LocalizedText? text, [NotNullWhen(false)] out string? fault, int maxLength = MaxLength)
    {
        text = null;
        maxLength = Math.Min(maxLength, MaxLength);
        fault = Clean(ref zhHant, Languages[0], maxLength) ?? Clean(ref zhHans, Languages[1], maxLength) ?? Clean(ref en, Languages[2], maxLength);
        if (fault is null && (zhHant ?? zhHans ?? en) is null) fault = "The text is empty.";
        if (fault is not null) return false;
        text = new LocalizedText(zhHant, zhHans, en);
        return true;
    }

    private static string? Clean(ref string? text, string language, int maxLength)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) { text = null; return null; }
        if (text.Length > maxLength) return $"The {language} text has {text.Length} characters; {maxLength} are allowed.";
        if (!UnicodeText.IsWellFormed(text)) return $"The {language} text holds broken characters.";
        foreach (var c in text)
            if (char.IsControl(c) && c is not ('\n' or '\t')) return $"The {language} text holds a control character (U+{(int)c:X4}).";
        text = UnicodeText.Composed(text);
        return null;
    }

    /// <summary>
    /// The text for readers of a language. What is missing falls back to the nearest: Traditional and Simplified Chinese to each other, then English;
    /// English to Traditional, then Simplified Chinese. A language that is none of the three reads English.
    /// </summary>
    public string For(CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(culture);
        return For(culture.Name);
    }

    /// <inheritdoc cref="For(CultureInfo)"/>
    /// <param name="languageTag">A BCP 47 tag such as <c>zh-TW</c>, <c>zh-Hans-CN</c> or <c>en-GB</c>.</param>
    public string For(string languageTag) => LanguageOf(languageTag) switch
    {
        "zh-Hant" => TraditionalChinese ?? SimplifiedChinese ?? English!,
        "zh-Hans" => SimplifiedChinese ?? TraditionalChinese ?? English!,
        _ => English ?? TraditionalChinese ?? SimplifiedChinese!,
    };

    /// <summary>Which of the three languages a BCP 47 tag asks for, or null when none of them.</summary>
    public static string? LanguageOf(string? languageTag)
    {
        if (languageTag is null) return null;
        var parts = languageTag.Split('-', '_');
        if (parts[0].Equals("en", StringComparison.OrdinalIgnoreCase)) return "en";
        if (!parts[0].Equals("zh", StringComparison.OrdinalIgnoreCase)) return null;
        if (Has(parts, "Hant")) return "zh-Hant";
        // Without a script, the region decides.
        return !Has(parts, "Hans") && (Has(parts, "TW") || Has(parts, "HK") || Has(parts, "MO")) ? "zh-Hant" : "zh-Hans";
    }

    private static bool Has(string[] subtags, string subtag) => subtags.Contains(subtag, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the JSON form.</summary>
    public static bool TryRead(
        JsonElement json, [NotNullWhen(true)] out LocalizedText? text, [NotNullWhen(false)] out string? fault, int maxLength = MaxLength)
    {
        text = null;
        if (json.ValueKind == JsonValueKind.String)
        {
            var plain = json.GetString();
            return TryCreate(plain, plain, plain, out text, out fault, maxLength);
        }
        fault = $"Expected a text, or an object with {string.Join(", ", Languages)}.";
        if (json.ValueKind != JsonValueKind.Object) return false;
        string? zhHant = null, zhHans = null, en = null;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) return false;
            switch (LanguageOf(member.Name))
            {
                case "zh-Hant": zhHant = member.Value.GetString(); break;
                case "zh-Hans": zhHans = member.Value.GetString(); break;
                case "en": en = member.Value.GetString(); break;
                default:
                    fault = $"'{member.Name}' is not one of the languages {string.Join(", ", Languages)}.";
                    return false;
            }
        }
        return TryCreate(zhHant, zhHans, en, out text, out fault, maxLength);
    }

    /// <summary>Writes the JSON form.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (English is not null && English == TraditionalChinese && English == SimplifiedChinese)
        {
            writer.WriteStringValue(English);
            return;
        }
        writer.WriteStartObject();
        if (TraditionalChinese is not null) writer.WriteString("zh-Hant"u8, TraditionalChinese);
        if (SimplifiedChinese is not null) writer.WriteString("zh-Hans"u8, SimplifiedChinese);
        if (English is not null) writer.WriteString("en"u8, English);
        writer.WriteEndObject();
    }

    /// <summary>The text for readers of the current culture.</summary>
    public override string ToString() => For(CultureInfo.CurrentUICulture);
}

/// <summary>Reads and writes <see cref="LocalizedText"/> in the form its remarks give.</summary>
public sealed class LocalizedTextJsonConverter : JsonConverter<LocalizedText>
{
    public override LocalizedText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return LocalizedText.TryRead(document.RootElement, out var text, out var fault) ? text : throw new JsonException(fault);
    }

    public override void Write(Utf8JsonWriter writer, LocalizedText value, JsonSerializerOptions options) => value.WriteTo(writer);
}
