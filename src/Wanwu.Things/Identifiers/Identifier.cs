using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>A name of a thing in a public scheme, checked by that scheme's own rule and held in its canonical form.</summary>
/// <remarks>
/// Two identifiers are equal when scheme and canonical value are; <see cref="Raw"/>, the text as it came in, is kept beside them for people and
/// audits.
/// JSON is <c>{"scheme":"eui64","value":"0004A30B001C0530"}</c>; text is <c>eui64:0004A30B001C0530</c>, and of a URN the URN itself.
/// </remarks>
[JsonConverter(typeof(IdentifierJsonConverter))]
public readonly struct Identifier : IEquatable<Identifier>, ISpanParsable<Identifier>
{
    /// <summary>Longest value of any scheme, in characters.</summary>
    public const int MaxLength = 256;
    private const string Urn = "urn";
    private readonly IdentifierScheme? _scheme;

    private readonly string? _value;
    private readonly string? _raw;

    private Identifier(IdentifierScheme scheme, string value, string raw) => (_scheme, _value, _raw) = (scheme, value, raw);

    public IdentifierScheme Scheme => _scheme ?? throw new InvalidOperationException("The identifier is empty.");
    /// <summary>The canonical form: one name has one spelling.</summary>
    public string Value => _value ?? "";
    /// <summary>The text as it was given, outer blanks cut.</summary>
    public string Raw => _raw ?? "";
    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsNone => _scheme is null;

    /// <summary>
    /// Checks <paramref name="value"/> by the rule of the scheme called <paramref name="scheme"/>; the fault says what is wrong, as "The check
    /// digit is 7, should be 1.".
    /// </summary>
    public static bool TryCreate(string? scheme, string? value, out Identifier identifier, [NotNullWhen(false)] out string? fault)
    {
        if (IdentifierSchemes.Find(scheme) is { } known) return TryCreate(known, value, out identifier, out fault);
        identifier = default;
        fault = $"'{scheme}' is not an identifier scheme. Known are: {IdentifierSchemes.Names}.";
        return false;
    }

    /// <inheritdoc cref="TryCreate(string?, string?, out Identifier, out string?)"/>
    public static bool TryCreate(IdentifierScheme scheme, string? value, out Identifier identifier, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        identifier = default;
        var check = scheme.Check(value);
        fault = check.IsValid ? null : $"{scheme.Name}: {check.Fault}";
        if (fault is not null) return false;
        identifier = new Identifier(scheme, check.Value!, value!.Trim());
        return true;
    }

    /// <exception cref="FormatException">The scheme is unknown or its rule refuses the value.</exception>
    public static Identifier Create(string scheme, string value) =>
        TryCreate(scheme, value, out var identifier, out var fault) ? identifier : throw new FormatException(fault);

    /// <summary>Reads the text form <c>scheme:value</c>, or a URN.</summary>
    public static bool TryParse(string? text, out Identifier identifier, [NotNullWhen(false)] out string? fault)
    {
        identifier = default;
        text = text?.Trim() ?? "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        fault = "Expected scheme:value, as eui64:0004A30B001C0530.";
        if (colon <= 0) return false;
        var scheme = text[..colon];
        return scheme.Equals(Urn, StringComparison.OrdinalIgnoreCase)
            ? TryCreate(Urn, text, out identifier, out fault)
            : TryCreate(scheme, text[(colon + 1)..], out identifier, out fault);
    }

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Identifier result) => TryParse(s.ToString(), out result, out _);
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Identifier result) => TryParse(s, out result, out _);
    static Identifier ISpanParsable<Identifier>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());
    static Identifier IParsable<Identifier>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <exception cref="FormatException">The text is no identifier; the message says why.</exception>
    public static Identifier Parse(string s) =>
        TryParse(s, out var identifier, out var fault) ? identifier : throw new FormatException($"'{s}' is not an identifier. {fault}");

    public override string ToString() => _scheme is null ? "" : _scheme.Name == Urn ? Value : $"{_scheme.Name}:{Value}";

    public bool Equals(Identifier other) => _scheme == other._scheme && Value == other.Value;
    public override bool Equals(object? obj) => obj is Identifier other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(_scheme?.Name, Value);
    public static bool operator ==(Identifier left, Identifier right) => left.Equals(right);
    public static bool operator !=(Identifier left, Identifier right) => !left.Equals(right);
}

/// <summary>Reads <c>{"scheme":…,"value":…}</c> or the text form; writes the object.</summary>
public sealed class IdentifierJsonConverter : JsonConverter<Identifier>
{
    public override Identifier Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var json = document.RootElement;
        string? fault;
        if (json.ValueKind == JsonValueKind.String)
            return Identifier.TryParse(json.GetString(), out var parsed, out fault) ? parsed : throw new JsonException(fault);
        if (json.ValueKind != JsonValueKind.Object || TextOf(json, "scheme") is not { } scheme || TextOf(json, "value") is not { } value)
            throw new JsonException("Expected an identifier as {\"scheme\":\"…\",\"value\":\"…\"}.");
        return Identifier.TryCreate(scheme, value, out var identifier, out fault) ? identifier : throw new JsonException(fault);
    }

    private static string? TextOf(JsonElement json, string member) =>
        json.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    public override void Write(Utf8JsonWriter writer, Identifier value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("scheme"u8, value.Scheme.Name);
        writer.WriteString("value"u8, value.Value);
        writer.WriteEndObject();
    }
}
