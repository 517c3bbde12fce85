using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

/// <summary>Texts (and numbers and booleans as they are written) and the values they stand for: <c>{"ON":true,"OFF":false}</c>.</summary>
internal sealed class ValueMap
{
    private readonly Dictionary<byte[], Value> _values = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], Value>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public ValueMap(IEnumerable<KeyValuePair<string, Value>> values)
    {
        foreach (var (text, value) in values) _values[Encoding.UTF8.GetBytes(text)] = value;
        _bySpan = _values.GetAlternateLookup<ReadOnlySpan<byte>>();
        Keys = string.Join(", ", _values.Keys.Take(12).Select(Encoding.UTF8.GetString)) + (_values.Count > 12 ? ", …" : "");
    }

    /// <summary>The texts, as a message lists them.</summary>
    public string Keys { get; }

    public bool TryFind(ReadOnlySpan<byte> text, out Value value) => _bySpan.TryGetValue(text, out value);

    public bool TryFind(string text, out Value value) => TryFind(Encoding.UTF8.GetBytes(text), out value);
}
