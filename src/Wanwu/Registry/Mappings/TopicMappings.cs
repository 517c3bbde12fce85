using System.Collections.Frozen;

namespace Wanwu.Registry.Mappings;

/// <summary>The mappings in use, in memory. Changes with <see cref="ThingDirectory.Version"/>: what was resolved before is resolved anew.</summary>
internal sealed class TopicMappings
{
    /// <summary>There may be no more: each new topic is held against all of them.</summary>
    public const int Most = 500;

    private FrozenDictionary<string, MappingEntry> _all = FrozenDictionary<string, MappingEntry>.Empty;
    private MappingEntry[] _enabled = [];

    public IReadOnlyDictionary<string, MappingEntry> All => Volatile.Read(ref _all);

    /// <summary>Those that are enabled, in the order in which they are asked.</summary>
    public ReadOnlySpan<MappingEntry> Enabled => Volatile.Read(ref _enabled);

    /// <summary>Takes over all mappings. Before <see cref="ThingDirectory.Apply"/> raises the version.</summary>
    internal void Apply(IReadOnlyDictionary<string, MappingEntry> all)
    {
        Volatile.Write(ref _all, all.ToFrozenDictionary(StringComparer.Ordinal));
        MappingEntry[] enabled = [.. all.Values.Where(entry => entry.Mapping.IsEnabled)];
        Array.Sort(enabled, MappingEntry.CompareOrder);
        Volatile.Write(ref _enabled, enabled);
    }
}
