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

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> rest, out bool last)
    {
        var slash = rest.IndexOf((byte)'/');
        last = slash < 0;
        var level = last ? rest : rest[..slash];
        rest = last ? default : rest[(slash + 1)..];
        return level;
    }
}
