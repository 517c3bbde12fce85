using System.Text.Json;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Registry.Mappings;

/// <summary>The newest version of a mapping, ready to read messages: every path has its slot.</summary>
/// <remarks>Immutable; a new version is a new entry.</remarks>
internal sealed class MappingEntry
{
    public MappingEntry(string id, int version, Mapping mapping, Timestamp changed)
    {
        (Id, Version, Mapping, Changed) = (id, version, mapping, changed);
        foreach (var expression in Expressions(mapping)) expression.Bind(MessagePaths, ElementPaths);
    }

    public string Id { get; }
    public int Version { get; }
    public Mapping Mapping { get; }
    public Timestamp Changed { get; }
    /// <summary>What is looked up in the message.</summary>
    public JsonPaths MessagePaths { get; } = new();
    /// <summary>What is looked up in each element of the array, where the mapping goes through one.</summary>
    public JsonPaths ElementPaths { get; } = new();

    /// <exception cref="InvalidDataException">The stored document is no mapping: the file was changed from outside, or by another version of the program.</exception>
    public static MappingEntry Parse(string id, int version, string json, Timestamp changed)
    {
        var faults = new FieldFaults();
        using var document = JsonDocument.Parse(json);
        return MappingReader.Read(document.RootElement, faults) is { } mapping
            ? new MappingEntry(id, version, mapping, changed)
            : throw new InvalidDataException(
                $"Version {version} of the mapping '{id}' in the registry cannot be read. {string.Join(" ", faults.All.Select(fault => $"{fault.Key}: {fault.Value[0]}"))}");
    }

    private static IEnumerable<Expression> Expressions(Mapping mapping)
    {
        Expression?[] single = [mapping.Each, mapping.When, mapping.Thing.Value, mapping.Register?.Name, mapping.Time?.Value, mapping.Quality?.Value];
        return single.OfType<Expression>().Concat(mapping.Values.Select(value => value.Value));
    }

    /// <summary>Which of two mappings that both fit a topic is asked first: that of the narrower pattern, then that of the lower id.</summary>
    public static int CompareOrder(MappingEntry one, MappingEntry other)
    {
        var order = TopicPattern.CompareBreadth(one.Mapping.Topic, other.Mapping.Topic);
        return order != 0 ? order : string.CompareOrdinal(one.Id, other.Id);
    }
}
