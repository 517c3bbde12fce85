namespace Wanwu.Protocols.Mqtt;

/// <summary>One filter against one topic, level by level (MQTT 5.0 §4.7). For many filters there is <see cref="TopicTrie{T}"/>.</summary>
public static class TopicFilter
{
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic)
    {
        if (!topic.IsEmpty && topic[0] == (byte)'$' && !filter.IsEmpty && filter[0] is (byte)'+' or (byte)'#') return false;
        while (true)
        {
            var level = Cut(ref filter, out var filterEnds);
            if (level.SequenceEqual("#"u8)) return true;
            var name = Cut(ref topic, out var topicEnds);
            if (!level.SequenceEqual("+"u8) && !level.SequenceEqual(name)) return false;
            if (topicEnds) return filterEnds || filter.SequenceEqual("#"u8);
            if (filterEnds) return false;
        }
    }

    /// <summary>Whether any topic at all is matched by both filters.</summary>
    public static bool Overlaps(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        while (true)
        {
            var left = Cut(ref one, out var leftEnds);
            var right = Cut(ref other, out var rightEnds);
            if (left.SequenceEqual("#"u8) || right.SequenceEqual("#"u8)) return true;
            if (!left.SequenceEqual("+"u8) && !right.SequenceEqual("+"u8) && !left.SequenceEqual(right)) return false;
            if (leftEnds && rightEnds) return true;
            if (leftEnds) return other.SequenceEqual("#"u8);
            if (rightEnds) return one.SequenceEqual("#"u8);
        }
    }

    /// <summary>Whether every topic that <paramref name="filter"/> matches is matched by at least one of <paramref name="granted"/>.</summary>
    /// <remarks>
    /// Exact for any set of filters: <c>a/#</c> is covered by <c>a</c> and <c>a/+/#</c> together. There are more names for a level than filters can list, so what holds
    /// for a name that no filter has holds for all of them.
    /// </remarks>
    public static bool Covers(IReadOnlyList<byte[]> granted, ReadOnlySpan<byte> filter)
    {
        ArgumentNullException.ThrowIfNull(granted);
        // Where in each granted filter its rest begins; -1: it has ended, or is out.
        var rests = granted.Count <= 64 ? stackalloc int[granted.Count] : new int[granted.Count];
        var reserved = !filter.IsEmpty && filter[0] == (byte)'$';
        for (var i = 0; i < rests.Length; i++) rests[i] = reserved && granted[i] is [(byte)'+' or (byte)'#', ..] ? -1 : 0;
        // Before the first level no topic can end.
        var ends = true;
        while (true)
        {
            var level = Cut(ref filter, out var last);
            // "a/#" matches "a" as well.
            if (level.SequenceEqual("#"u8)) return ends && CoversRest(granted, rests);
            (var whole, ends) = Advance(granted, rests, level, fresh: level.SequenceEqual("+"u8));
            if (whole) return true;
            if (last) return ends;
        }
    }

    /// <summary>Whether the filters match every topic from here on: one that ends here, one level more, two, and so on until a <c>#</c> takes the rest.</summary>
    private static bool CoversRest(IReadOnlyList<byte[]> granted, Span<int> rests)
    {
        while (true)
        {
            var (whole, ends) = Advance(granted, rests, default, fresh: true);
            if (whole) return true;
            if (!ends) return false;
        }
    }

    /// <summary>Takes one level off every filter that admits it. The answer: whether one of them admits everything from here on, and whether one ends after this level.</summary>
    private static (bool Whole, bool Ends) Advance(IReadOnlyList<byte[]> granted, Span<int> rests, ReadOnlySpan<byte> level, bool fresh)
    {
        var ends = false;
        for (var i = 0; i < rests.Length; i++)
        {
            if (rests[i] < 0) continue;
            ReadOnlySpan<byte> rest = granted[i].AsSpan(rests[i]);
            var own = Cut(ref rest, out var last);
            if (own.SequenceEqual("#"u8)) return (true, true);
            var admits = own.SequenceEqual("+"u8) || (!fresh && own.SequenceEqual(level));
            ends |= admits && (last || rest.SequenceEqual("#"u8));
            rests[i] = admits && !last ? granted[i].Length - rest.Length : -1;
        }
        return (false, ends);
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> rest, out bool last)
    {
        var slash = rest.IndexOf((byte)'/');
        last = slash < 0;
        var level = last ? rest : rest[..slash];
        rest = last ? default : rest[(slash + 1)..];
        return level;
    }
}
