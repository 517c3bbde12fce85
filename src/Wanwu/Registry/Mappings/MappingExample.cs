using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

/// <summary>A message to try a mapping on.</summary>
/// <param name="Source">Where its form is from.</param>
internal sealed record MappingSample(string Topic, string Payload, string Source);

/// <summary>A ready-made mapping of the packs, to start from.</summary>
internal sealed record MappingExample(string Id, LocalizedText Name, JsonElement Mapping, IReadOnlyList<MappingSample> Samples)
{
    private const string Folder = "packs/", Suffix = ".mapping.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Those that came with the program, by id.</summary>
    public static IReadOnlyList<MappingExample> All { get; } =
    [
        .. typeof(MappingExample).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(name => Read(name[Folder.Length..^Suffix.Length])),
    ];

    private static MappingExample Read(string id)
    {
        var mapping = Load($"{Folder}{id}{Suffix}");
        if (!LocalizedText.TryRead(mapping.GetProperty("name"), out var name, out var fault)) throw new InvalidDataException($"The mapping '{id}' of the packs has no name. {fault}");
        return new MappingExample(id, name, mapping,
        [
            .. Load($"{Folder}{id}.samples.json").EnumerateArray().Select(sample => new MappingSample(
                sample.GetProperty("topic").GetString()!, TextOf(sample.GetProperty("payload")), sample.GetProperty("source").GetString()!)),
        ]);
    }

    private static string TextOf(JsonElement payload) => payload.ValueKind == JsonValueKind.String ? payload.GetString()! : JsonSerializer.Serialize(payload, Indented);

    private static JsonElement Load(string resource)
    {
        using var stream = typeof(MappingExample).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidDataException($"{resource} is missing.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
