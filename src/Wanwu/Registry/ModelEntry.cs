using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>The newest version of a thing model, ready for checking reports: properties are found by the bytes of their name.</summary>
/// <remarks>Immutable; a new version is a new entry, and with it a new entry of every thing of the model.</remarks>
internal sealed class ModelEntry
{
    private const int MaxNameBytes = PropertyName.MaxLength * 4;
    private readonly FrozenDictionary<string, ModelProperty>.AlternateLookup<ReadOnlySpan<char>> _byName;
    private readonly FrozenSet<string> _events;

    public ModelEntry(string id, int version, ThingModel model, Timestamp changed)
    {
        (Id, Version, Model, Changed) = (id, version, model, changed);
        Properties = [.. model.Properties.Select(property => new ModelProperty(property))];
        _byName = Properties.ToFrozenDictionary(property => property.Name.ToString(), StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _events = model.Events.Select(ofModel => ofModel.Name.ToString()).ToFrozenSet(StringComparer.Ordinal);
    }

    public string Id { get; }
    public int Version { get; }
    public ThingModel Model { get; }
    public Timestamp Changed { get; }
    public IReadOnlyList<ModelProperty> Properties { get; }

    /// <exception cref="InvalidDataException">The stored document is no model: the file was changed from outside, or by another version of the program.</exception>
    public static ModelEntry Parse(string id, int version, string json, Timestamp changed) => ThingModel.TryRead(json, out var model, out var faults)
        ? new ModelEntry(id, version, model, changed)
        : throw new InvalidDataException($"Version {version} of the model '{id}' in the registry cannot be read. {string.Join(" ", faults)}");

    /// <summary>Finds a property by the UTF-8 bytes of its name. Allocates nothing.</summary>
    public bool TryGetProperty(ReadOnlySpan<byte> nameUtf8, [NotNullWhen(true)] out ModelProperty? property)
    {
        property = null;
        if (nameUtf8.Length > MaxNameBytes) return false;
        Span<char> name = stackalloc char[MaxNameBytes];
        return Encoding.UTF8.TryGetChars(nameUtf8, name, out var length) && _byName.TryGetValue(name[..length], out property);
    }

    public bool HasEvent(string name) => _events.Contains(name);
}

/// <summary>What a report's value is held against; <see cref="DataSchema.Fit"/> of the schema says whether it fits.</summary>
internal sealed class ModelProperty(PropertyAffordance property)
{
    public PropertyName Name { get; } = property.Name;
    public byte[] NameUtf8 { get; } = Encoding.UTF8.GetBytes(property.Name.ToString());
    public PropertyAffordance Affordance { get; } = property;
    public DataSchema Schema => Affordance.Schema;
    public ValueKind Kind => Schema.Kind;
    public UcumUnit? Unit => Schema.Unit;
    public double? Minimum => Schema.Minimum;
    public double? Maximum => Schema.Maximum;
    /// <summary>The texts that are allowed, or null for any.</summary>
    public IReadOnlyList<string>? Enum { get; } = property.Schema.Enum?.Where(value => value.Kind == ValueKind.Text).Select(value => value.AsText).ToArray();
}
