using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

/// <summary>What a mapping may be called.</summary>
internal static class MappingRules
{
    public static string? FaultOfId(string id) => ModelRules.FaultOfId(id)?.Replace("a model's id", "a mapping's id", StringComparison.Ordinal);

    /// <summary>An id out of a name.</summary>
    public static string IdOf(LocalizedText name)
    {
        var id = ModelRules.IdOf(name.For("en"));
        return id.StartsWith("model-", StringComparison.Ordinal) ? string.Concat("mapping-", id.AsSpan(6)) : id;
    }
}
