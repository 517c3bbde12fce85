using Wanwu.Things;

namespace Wanwu.Registry;

internal enum ThingSort : byte
{
    /// <summary>By id, which is the order of creation.</summary>
    Id,
    Changed,
    NameHant,
    NameHans,
    NameEn,
}

/// <summary>Where a list stands in an order: the sort key of the last thing shown, and its id where keys are equal.</summary>
internal readonly record struct ThingPosition(string Name, long Changed, ThingId Id)
{
    public static ThingPosition Of(ThingSort sort, ThingEntry thing) => new(NameOf(sort, thing), thing.Changed.Microseconds, thing.Id);

    public static string NameOf(ThingSort sort, ThingEntry thing) => sort switch
    {
        ThingSort.NameHant => thing.Name.For("zh-Hant"),
        ThingSort.NameHans => thing.Name.For("zh-Hans"),
        ThingSort.NameEn => thing.Name.For("en"),
        _ => "",
    };
}

/// <summary>The slots of all things in one order, brought up to date when it is asked for: a few changes are merged in, many sort it anew.</summary>
/// <remarks>Kept because a hundred thousand names take a tenth of a second to sort.</remarks>
internal sealed class ThingOrder(ThingSort sort)
{
    private const int MostMerged = 4_096;
    private readonly Lock _lock = new();
    private int[] _slots = [];
    private ThingSnapshot _snapshot = ThingSnapshot.Empty;

    /// <summary>The slots of <paramref name="snapshot"/>, ascending. Not to be changed.</summary>
    /// <param name="changed">The slots that changed between two versions, or null when that is no longer known.</param>
    public int[] Of(ThingSnapshot snapshot, Func<long, long, IReadOnlyCollection<int>?> changed)
    {
        lock (_lock)
        {
            if (_snapshot.Version == snapshot.Version) return _slots;
            // A reader that was overtaken sorts for itself rather than turn the order back.
            if (_snapshot.Version > snapshot.Version) return Sort(snapshot);
            _slots = changed(_snapshot.Version, snapshot.Version) is { Count: <= MostMerged } few ? Merge(snapshot, few) : Sort(snapshot);
            _snapshot = snapshot;
            return _slots;
        }
    }

    public int Compare(ThingEntry a, ThingEntry b)
    {
        var by = sort switch
        {
            ThingSort.Id => 0,
            ThingSort.Changed => a.Changed.CompareTo(b.Changed),
            _ => CompareNames(ThingPosition.NameOf(sort, a), ThingPosition.NameOf(sort, b)),
        };
        return by != 0 ? by : a.Id.CompareTo(b.Id);
    }

    public int Compare(ThingEntry a, in ThingPosition b)
    {
        var by = sort switch
        {
            ThingSort.Id => 0,
            ThingSort.Changed => a.Changed.Microseconds.CompareTo(b.Changed),
            _ => CompareNames(ThingPosition.NameOf(sort, a), b.Name),
        };
        return by != 0 ? by : a.Id.CompareTo(b.Id);
    }

    /// <summary>Case does not count at first; the order is the same on every machine, whatever its culture.</summary>
    private static int CompareNames(string a, string b)
    {
        var by = string.Compare(a, b, StringComparison.OrdinalIgnoreCase);
        return by != 0 ? by : string.CompareOrdinal(a, b);
    }

    private int[] Sort(ThingSnapshot snapshot)
    {
        var things = new ThingEntry[snapshot.Count];
        for (var slot = 0; slot < things.Length; slot++) things[slot] = snapshot[slot];
        Array.Sort(things, Compare);
        return Array.ConvertAll(things, thing => thing.Slot);
    }

    private int[] Merge(ThingSnapshot snapshot, IReadOnlyCollection<int> changed)
    {
        var moved = changed.Select(slot => snapshot[slot]).ToArray();
        Array.Sort(moved, Compare);
        var isMoved = new HashSet<int>(changed);
        var merged = new int[snapshot.Count];
        var (to, next) = (0, 0);
        foreach (var slot in _slots)
        {
            if (isMoved.Contains(slot)) continue;
            while (next < moved.Length && Compare(moved[next], snapshot[slot]) < 0) merged[to++] = moved[next++].Slot;
            merged[to++] = slot;
        }
        while (next < moved.Length) merged[to++] = moved[next++].Slot;
        return merged;
    }
}
