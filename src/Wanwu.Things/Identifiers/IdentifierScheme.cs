using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>
/// A public way to name things, with the rule that tells a right name from a wrong one. One row of <see cref="IdentifierSchemes"/>.
/// </summary>
[JsonConverter(typeof(IdentifierSchemeJsonConverter))]
public sealed class IdentifierScheme
{
    private readonly IdentifierRule _rule;

    internal IdentifierScheme(string name, LocalizedText title, string form, string example, string standard, IdentifierRule rule) =>
        (Name, Title, Form, Example, Standard, _rule) = (name, title, form, example, standard, rule);

    /// <summary>The key used in API, files and console: lower-case letters, digits and hyphens.</summary>
    public string Name { get; }
    public LocalizedText Title { get; }
    /// <summary>The canonical form in a few words, and which check is made.</summary>
    public string Form { get; }
    /// <summary>A name in canonical form that passes the check.</summary>
    public string Example { get; }
    /// <summary>The standard that the rule follows, with its section where it has one.</summary>
    public string Standard { get; }

    /// <summary>Brings a text into canonical form and checks it.</summary>
    public IdentifierCheck Check(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return IdentifierCheck.Refuse("The value is empty.");
        if (text.Length > Identifier.MaxLength)
            return IdentifierCheck.Refuse($"The value has {text.Length} characters; {Identifier.MaxLength} are allowed.");
        return _rule(text);
    }

    public override string ToString() => Name;
}

/// <summary>A scheme in JSON is its name.</summary>
public sealed class IdentifierSchemeJsonConverter : JsonConverter<IdentifierScheme>
{
    public override IdentifierScheme Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return IdentifierSchemes.Find(name) ?? throw new JsonException($"'{name}' is not an identifier scheme.");
    }

    public override void Write(Utf8JsonWriter writer, IdentifierScheme value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name);
}
