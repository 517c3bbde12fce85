using System.IO.Hashing;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>Tells whether a change of the subscriptions can concern a topic, in constant time and without knowing the topics in use.</summary>
/// <remarks>
/// A filter matches only topics that begin with its levels up to the first wildcard. Each change counts up one counter, that of those levels; a topic's mark is the sum
/// over all of its beginnings. While a fleet connects and each device subscribes its own branch, the routes of everybody else hold. Two beginnings may share a counter:
/// then a route is worked out once too often. Counted up under the lock of <see cref="Routes"/>, read without.
/// </remarks>
internal sealed class SubscriptionChanges
{
    private const int Size = 1 << 17;
    private readonly int[] _counters = new int[Size];

    /// <summary>A subscription with this filter was added or removed.</summary>
    public void Note(ReadOnlySpan<byte> filter)
    {
        var fixedLevels = filter;
        var wildcard = filter.IndexOfAny("+#"u8);
        if (wildcard == 0) Interlocked.Increment(ref _counters[0]);
        else
        {
            if (wildcard > 0) fixedLevels = filter[..(wildcard - 1)];
            Interlocked.Increment(ref _counters[SlotOf(fixedLevels)]);
        }
    }

    /// <summary>The counters that concern a topic.</summary>
    public static int[] SlotsOf(ReadOnlySpan<byte> topic)
    {
        var slots = new int[topic.Count((byte)'/') + 2];
        var at = 0;
        for (var i = 1; i < slots.Length - 1; i++)
        {
            at += topic[at..].IndexOf((byte)'/');
            slots[i] = SlotOf(topic[..at++]);
        }
        slots[^1] = SlotOf(topic);
        return slots;
    }

    public long MarkOf(int[] slots)
    {
        var sum = 0L;
        foreach (var slot in slots) sum += Volatile.Read(ref _counters[slot]);
        return sum;
    }

    // 0 is the counter of filters that begin with a wildcard.
    private static int SlotOf(ReadOnlySpan<byte> levels) => 1 + (int)(XxHash3.HashToUInt64(levels) % (Size - 1));
}
