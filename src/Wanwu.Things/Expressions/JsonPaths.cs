using System.Text;
using System.Text.Json;

namespace Wanwu.Things.Expressions;

/// <summary>Where a value stands in a JSON text. <see cref="Length"/> 0: it is not there.</summary>
public readonly record struct JsonSlice(int Start, int Length, JsonTokenType Kind)
{
    public bool IsThere => Length > 0;
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json.Slice(Start, Length);
}

/// <summary>Several paths that are looked up in one pass over the text, without allocating.</summary>
/// <remarks>Filled while a mapping is compiled, then only read: thread-safe from there on. Of a name used twice in one object the first counts.</remarks>
public sealed class JsonPaths
{
    private readonly Node _root = new();
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);

    /// <summary>How many places there are to look for.</summary>
    public int Count => _slots.Count;

    /// <summary>Adds a path; the same path has one slot.</summary>
    public int Add(JsonPath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var key = string.Concat(path.Steps);
        if (_slots.TryGetValue(key, out var slot)) return slot;
        _slots.Add(key, slot = _slots.Count);
        var node = _root;
        foreach (var step in path.Steps) node = node.Child(step);
        node.Slot = slot;
        return slot;
    }

    /// <summary>Finds every path's value.</summary>
    /// <param name="json">One JSON value. All of it is read, so that what is stored never comes from half a message.</param>
    /// <param name="found">At least <see cref="Count"/> long; cleared first.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public void Find(ReadOnlySpan<byte> json, Span<JsonSlice> found, JsonReaderOptions options)
    {
        found.Clear();
        var reader = new Utf8JsonReader(json, options);
        reader.Read();
        Visit(ref reader, _root, found);
        reader.Read();
    }

    private static void Visit(ref Utf8JsonReader reader, Node node, Span<JsonSlice> found)
    {
        var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        if (kind == JsonTokenType.StartObject && node.Members.Count > 0) VisitObject(ref reader, node, found);
        else if (kind == JsonTokenType.StartArray && node.Items.Count > 0) VisitArray(ref reader, node, found);
        else reader.Skip();
        if (node.Slot >= 0 && !found[node.Slot].IsThere) found[node.Slot] = new JsonSlice(start, (int)reader.BytesConsumed - start, kind);
    }

    private static void VisitObject(ref Utf8JsonReader reader, Node node, Span<JsonSlice> found)
    {
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var child = Find(ref reader, node.Members, ref next);
            reader.Read();
            if (child is null) reader.Skip();
            else Visit(ref reader, child, found);
        }
    }

    /// <summary>Looks for the member the reader stands on, beginning behind the last one found: a device keeps its order.</summary>
    private static Node? Find(ref Utf8JsonReader reader, List<(byte[] Name, Node Node)> members, ref int next)
    {
        for (var i = 0; i < members.Count; i++)
        {
            var at = next + i < members.Count ? next + i : next + i - members.Count;
            if (!reader.ValueTextEquals(members[at].Name)) continue;
            next = at + 1 < members.Count ? at + 1 : 0;
            return members[at].Node;
        }
        return null;
    }

    private static void VisitArray(ref Utf8JsonReader reader, Node node, Span<JsonSlice> found)
    {
        var length = node.CountsFromEnd ? Length(reader) : 0;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var start = reader;
            var end = reader;
            end.Skip();
            foreach (var (wanted, child) in node.Items)
            {
                if (wanted != index && wanted != index - length) continue;
                reader = start;
                Visit(ref reader, child, found);
            }
            reader = end;
        }
    }

    private static int Length(Utf8JsonReader reader)
    {
        var length = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; length++) reader.Skip();
        return length;
    }

    private sealed class Node
    {
        public int Slot { get; set; } = -1;
        public List<(byte[] Name, Node Node)> Members { get; } = [];
        public List<(int Index, Node Node)> Items { get; } = [];
        public bool CountsFromEnd { get; private set; }

        public Node Child(JsonStep step)
        {
            if (step.Member is { } member)
            {
                var name = Encoding.UTF8.GetBytes(member);
                foreach (var (known, node) in Members)
                    if (name.AsSpan().SequenceEqual(known)) return node;
                Members.Add((name, new Node()));
                return Members[^1].Node;
            }
            foreach (var (known, node) in Items)
                if (known == step.Index) return node;
            CountsFromEnd |= step.Index < 0;
            Items.Add((step.Index, new Node()));
            return Items[^1].Node;
        }
    }
}
