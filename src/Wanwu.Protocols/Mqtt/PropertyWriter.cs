using System.Buffers;
using System.Buffers.Binary;

namespace Wanwu.Protocols.Mqtt;

/// <summary>Collects a property block for a packet about to be written. For the rare packets; messages copy the blocks they came with.</summary>
public sealed class PropertyWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(32);

    public ReadOnlySpan<byte> Raw => _bytes.WrittenSpan;

    /// <summary>Adds a property whose value is a number, in the form the standard gives it.</summary>
    public PropertyWriter Add(PropertyId id, uint number)
    {
        var span = _bytes.GetSpan(5);
        span[0] = (byte)id;
        var length = 1;
        switch (MqttProperties.FormOf((uint)id))
        {
            case PropertyForm.Byte: span[1] = (byte)number; length += 1; break;
            case PropertyForm.UInt16: BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)number); length += 2; break;
            case PropertyForm.UInt32: BinaryPrimitives.WriteUInt32BigEndian(span[1..], number); length += 4; break;
            case PropertyForm.Variable: length += MqttWriter.WriteVariable(span[1..], number); break;
            default: throw new ArgumentException($"{id} is not a number.", nameof(id));
        }
        _bytes.Advance(length);
        return this;
    }

    /// <summary>Adds a property whose value is a text or binary data.</summary>
    public PropertyWriter Add(PropertyId id, ReadOnlySpan<byte> data)
    {
        Append([(byte)id]);
        AppendSized(data);
        return this;
    }

    public PropertyWriter AddUser(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Append([(byte)PropertyId.UserProperty]);
        AppendSized(name);
        AppendSized(value);
        return this;
    }

    public PropertyWriter AddRaw(ReadOnlySpan<byte> raw)
    {
        Append(raw);
        return this;
    }

    private void AppendSized(ReadOnlySpan<byte> data)
    {
        Span<byte> size = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(size, checked((ushort)data.Length));
        Append(size);
        Append(data);
    }

    private void Append(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}
