namespace Wanwu.Registry;

/// <summary>All things as of one version of the directory. A thing keeps its slot for the life of the process.</summary>
internal sealed class ThingSnapshot
{
    public static readonly ThingSnapshot Empty = new([], 0, 0);
    private readonly ThingChunk[] _chunks;

    private ThingSnapshot(ThingChunk[] chunks, int count, long version) => (_chunks, Count, Version) = (chunks, count, version);

    public int Count { get; }
    public long Version { get; }

    public ThingEntry this[int slot] => _chunks[slot / ThingChunk.Capacity][slot % ThingChunk.Capacity];

    /// <summary>The number of the thing's realm, without touching the thing.</summary>
    public int RealmOf(int slot) => _chunks[slot / ThingChunk.Capacity].RealmOf(slot % ThingChunk.Capacity);

    /// <summary>The snapshot after some things changed; new ones have the slots that follow.</summary>
    public ThingSnapshot With(IEnumerable<ThingEntry> changed, long version)
    {
        List<ThingChunk> chunks = [.. _chunks];
        var count = Count;
        foreach (var ofChunk in changed.GroupBy(thing => thing.Slot / ThingChunk.Capacity).OrderBy(group => group.Key))
        {
            Dictionary<int, ThingEntry> byPosition = [];
            foreach (var thing in ofChunk) byPosition[thing.Slot % ThingChunk.Capacity] = thing;
            if (ofChunk.Key == chunks.Count) chunks.Add(ThingChunk.Empty);
            chunks[ofChunk.Key] = chunks[ofChunk.Key].With(byPosition);
            count = Math.Max(count, ofChunk.Key * ThingChunk.Capacity + chunks[ofChunk.Key].Count);
        }
        return new ThingSnapshot([.. chunks], count, version);
    }

    /// <summary>Whether one thing's text holds all the words.</summary>
    public bool Matches(int slot, byte[][] words) => _chunks[slot / ThingChunk.Capacity].Matches(slot % ThingChunk.Capacity, words);

    /// <summary>One bit a slot: whether the thing's text holds all the words.</summary>
    public ulong[] Match(byte[][] words)
    {
        var bits = new ulong[(Count + 63) / 64];
        for (var i = 0; i < _chunks.Length; i++) _chunks[i].Match(words, bits, i * ThingChunk.Capacity);
        return bits;
    }
}
