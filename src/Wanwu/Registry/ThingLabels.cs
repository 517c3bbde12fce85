using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Registry;

/// <summary>The labels of one thing, sorted by key. A few pairs in one array: a dictionary each would cost more than the rest of the thing.</summary>
internal sealed class ThingLabels(KeyValuePair<string, string>[] sorted) : IReadOnlyDictionary<string, string>
{
    /// <summary>The key of the label that holds what a gateway calls a device behind it; mappings of topics find things by it.</summary>
    public const string LocalName = "localName";

    public static readonly ThingLabels None = new([]);

    public static ThingLabels From(IEnumerable<KeyValuePair<string, string>> labels)
    {
        KeyValuePair<string, string>[] sorted = [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];
        return sorted.Length == 0 ? None : new ThingLabels(sorted);
    }

    public int Count => sorted.Length;
    public IEnumerable<string> Keys => sorted.Select(label => label.Key);
    public IEnumerable<string> Values => sorted.Select(label => label.Value);
    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no label '{key}'.");
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var label in sorted)
        {
            if (label.Key != key) continue;
            value = label.Value;
            return true;
        }
        value = null;
        return false;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)sorted).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
