namespace Wanwu.Registry;

/// <summary>Which things changed in the last few thousand changes, so that a sorted order need not be made anew for each.</summary>
internal sealed class ChangedSlots
{
    private const int Most = 8_192;
    private readonly Lock _lock = new();
    private readonly Queue<(long Version, int Slot)> _changes = new();
    private long _forgotten;

    /// <summary>Notes what changed with <paramref name="version"/>. Versions ascend.</summary>
    public void Note(long version, IReadOnlyList<ThingEntry> things)
    {
        lock (_lock)
        {
            if (things.Count > Most)
            {
                _changes.Clear();
                _forgotten = version;
                return;
            }
            foreach (var thing in things) _changes.Enqueue((version, thing.Slot));
            while (_changes.Count > Most) _forgotten = _changes.Dequeue().Version;
        }
    }

    /// <summary>The slots that changed after one version up to another; null when that is forgotten.</summary>
    public IReadOnlyCollection<int>? Between(long after, long upTo)
    {
        lock (_lock)
        {
            if (after < _forgotten) return null;
            return _changes.Where(change => change.Version > after && change.Version <= upTo).Select(change => change.Slot).ToHashSet();
        }
    }
}
