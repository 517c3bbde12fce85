using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

/// <summary>What a mapping may be called.</summary>
internal static class MappingRules
{
    /// <summary>What the addresses of the API and the console use for something else.</summary>
    private static readonly string[] Reserved = ["try", "examples", "new"];

    public static string? FaultOfId(string id) => Reserved.Contains(id) ? $"'{id}' cannot be a mapping's id." : ModelRules.FaultOfId(id)?.Replace("a model's id", "a mapping's id", StringComparison.Ordinal);

    /// <summary>An id out of a name.</summary>
    public static string IdOf(LocalizedText name)
    {
        var id = ModelRules.IdOf(name.For("en"));
        if (Reserved.Contains(id)) return $"{id}-mapping";
        return id.StartsWith("model-", StringComparison.Ordinal) ? string.Concat("mapping-", id.AsSpan(6)) : id;
    }
}
