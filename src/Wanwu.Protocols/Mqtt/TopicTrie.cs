using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Protocols.Mqtt;

/// <summary>Topic filters with what hangs on them. Matching walks the levels of a topic and allocates nothing.</summary>
/// <remarks>Not thread-safe; its owner holds a lock. A first level beginning with <c>$</c> is not matched by a wildcard (MQTT 5.0 §4.7.2).</remarks>
public sealed class TopicTrie<T> where T : notnull
{
    private sealed class Node
    {
        public Dictionary<byte[], Node>? Children;
        public Node? Single;
        /// <summary>Hang on <c>#</c> below this level.</summary>
        public List<T>? Rest;
        public List<T>? Here;

        public bool IsEmpty => (Children is null || Children.Count == 0) && Single is null && Rest is null && Here is null;
    }

    private readonly Node _root = new();

    public int Count { get; private set; }
    public int Nodes { get; private set; } = 1;

    public void Add(ReadOnlySpan<byte> filter, T item)
    {
        var node = _root;
        while (true)
        {
            var level = CutLevel(ref filter, out var last);
            if (level.SequenceEqual("#"u8))
            {
                (node.Rest ??= []).Add(item);
                break;
            }
            node = level.SequenceEqual("+"u8) ? node.Single ??= NewNode() : ChildOf(node, level);
            if (!last) continue;
            (node.Here ??= []).Add(item);
            break;
        }
        Count++;
    }

    public bool Remove(ReadOnlySpan<byte> filter, T item)
    {
        if (!Remove(_root, filter, item)) return false;
        Count--;
        return true;
    }

    private bool Remove(Node node, ReadOnlySpan<byte> filter, T item)
    {
        var level = CutLevel(ref filter, out var last);
        if (level.SequenceEqual("#"u8)) return RemoveFrom(ref node.Rest, item);
        if (!TryFollow(node, level, out var next)) return false;
        var removed = last ? RemoveFrom(ref next.Here, item) : Remove(next, filter, item);
        if (!removed || !next.IsEmpty) return removed;
        if (level.SequenceEqual("+"u8)) node.Single = null;
        else node.Children!.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(level);
        Nodes--;
        return true;
    }

    /// <summary>Adds to <paramref name="matches"/> every item whose filter matches; an item on several filters is added once for each.</summary>
    public void Match(ReadOnlySpan<byte> topic, List<T> matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        Match(_root, topic, matches, wildcards: topic.IsEmpty || topic[0] != (byte)'$');
    }

    private static void Match(Node node, ReadOnlySpan<byte> topic, List<T> matches, bool wildcards)
    {
        while (true)
        {
            if (wildcards && node.Rest is not null) matches.AddRange(node.Rest);
            var level = CutLevel(ref topic, out var last);
            if (wildcards && node.Single is { } single)
            {
                if (last) AddAll(single, matches);
                else Match(single, topic, matches, wildcards: true);
            }
            if (node.Children is null || !node.Children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(level, out var child)) return;
            if (last)
            {
                AddAll(child, matches);
                return;
            }
            (node, wildcards) = (child, true);
        }
    }

    // "sport/#" matches "sport" as well (§4.7.1.2).
    private static void AddAll(Node node, List<T> matches)
    {
        if (node.Here is not null) matches.AddRange(node.Here);
        if (node.Rest is not null) matches.AddRange(node.Rest);
    }

    private static bool TryFollow(Node node, ReadOnlySpan<byte> level, [NotNullWhen(true)] out Node? next)
    {
        next = null;
        if (level.SequenceEqual("+"u8)) next = node.Single;
        else node.Children?.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(level, out next);
        return next is not null;
    }

    private Node ChildOf(Node node, ReadOnlySpan<byte> level)
    {
        var children = node.Children ??= new Dictionary<byte[], Node>(BytesComparer.Instance);
        if (children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(level, out var child)) return child;
        children.Add(level.ToArray(), child = NewNode());
        return child;
    }

    private Node NewNode()
    {
        Nodes++;
        return new Node();
    }

    private static bool RemoveFrom(ref List<T>? items, T item)
    {
        if (items is null || !items.Remove(item)) return false;
        if (items.Count == 0) items = null;
        return true;
    }

    private static ReadOnlySpan<byte> CutLevel(ref ReadOnlySpan<byte> rest, out bool last)
    {
        var slash = rest.IndexOf((byte)'/');
        last = slash < 0;
        var level = last ? rest : rest[..slash];
        rest = last ? default : rest[(slash + 1)..];
        return level;
    }
}
