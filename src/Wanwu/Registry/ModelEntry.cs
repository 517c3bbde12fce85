using System.Collections.Frozen;
using System.Text;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>One version of a thing model, ready for checking reports: properties are found by the bytes of their name.</summary>
/// <remarks>Immutable; a new version is a new entry.</remarks>
internal sealed class ModelEntry
{
    private readonly FrozenDictionary<string, ModelProperty> _byName;
    private readonly FrozenDictionary<string, ModelProperty>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public ModelEntry(string id, int version, IReadOnlyList<ModelProperty> properties)
    {
        (Id, Version, Properties) = (id, version, properties);
        _byName = properties.ToFrozenDictionary(property => property.Name.ToString(), StringComparer.Ordinal);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Id { get; }
    public int Version { get; }
    public IReadOnlyList<ModelProperty> Properties { get; }

    /// <summary>Finds a property by the UTF-8 bytes of its name. Allocates nothing.</summary>
    public bool TryGetProperty(ReadOnlySpan<byte> nameUtf8, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ModelProperty? property)
    {
        property = null;
        if (nameUtf8.Length > PropertyName.MaxLength * 4) return false;
        Span<char> name = stackalloc char[PropertyName.MaxLength * 4];
        return Encoding.UTF8.TryGetChars(nameUtf8, name, out var length) && _bySpan.TryGetValue(name[..length], out property);
    }
}

/// <summary>What a report's value is held against.</summary>
internal sealed class ModelProperty(PropertyName name)
{
    public PropertyName Name { get; } = name;
    public byte[] NameUtf8 { get; } = Encoding.UTF8.GetBytes(name.ToString());
    public ValueKind Kind { get; init; }
    public double? Minimum { get; init; }
    public double? Maximum { get; init; }
    /// <summary>The texts that are allowed, or null for any.</summary>
    public IReadOnlyList<string>? Enum { get; init; }
}
