using Wanwu.Protocols.Mqtt;

namespace Wanwu.Fuzz;

/// <summary>Topics and filters out of arbitrary bytes, one a line: the trie finds what comparison filter by filter finds, and covering agrees with matching.</summary>
public static class TopicTarget
{
    public static void Run(ReadOnlySpan<byte> input)
    {
        var (topics, filters) = (new List<byte[]>(), new List<byte[]>());
        foreach (var range in input.Split((byte)'\n'))
        {
            var line = input[range];
            if (!MqttText.IsValid(line)) continue;
            if (MqttText.TrySplitShared(line, out _, out var inner)) line = inner;
            if (MqttText.IsTopicFilter(line) && filters.Count < 32) filters.Add(line.ToArray());
            if (MqttText.IsTopicName(line) && topics.Count < 32) topics.Add(line.ToArray());
        }
        var trie = new TopicTrie<int>();
        for (var i = 0; i < filters.Count; i++) trie.Add(filters[i], i);
        foreach (var topic in topics) Check(trie, filters, topic);
        for (var i = 0; i < filters.Count; i++) MqttTarget.Hold(trie.Remove(filters[i], i), "A filter that was added is not found again.");
        MqttTarget.Hold(trie is { Count: 0, Nodes: 1 }, "A trie without filters keeps nodes.");
    }

    private static void Check(TopicTrie<int> trie, List<byte[]> filters, byte[] topic)
    {
        var found = new List<int>();
        trie.Match(topic, found);
        var expected = Enumerable.Range(0, filters.Count).Where(i => TopicFilter.Matches(filters[i], topic));
        MqttTarget.Hold(found.Order().SequenceEqual(expected), "The trie matches otherwise than its filters.");
        foreach (var filter in filters)
        {
            if (!TopicFilter.Matches(filter, topic)) continue;
            var others = filters.Where(other => !ReferenceEquals(other, filter)).ToList();
            MqttTarget.Hold(!TopicFilter.Covers(others, filter) || others.Any(other => TopicFilter.Matches(other, topic)), "A filter is said to be covered and is not.");
        }
    }
}
