using System.Buffers.Binary;
using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>Writes the payload of one record of the journal. Little-endian, as all of the log; docs/formats/log.md draws it.</summary>
/// <remarks>Not thread-safe; meant to be used again and again by one thread.</remarks>
internal sealed class PayloadWriter
{
    [ThreadStatic] private static PayloadWriter? _mine;
    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>The calling thread's own, empty.</summary>
    public static PayloadWriter Mine
    {
        get
        {
            var mine = _mine ??= new PayloadWriter();
            mine._length = 0;
            if (mine._bytes.Length > 1 << 20) mine._bytes = new byte[256];
            return mine;
        }
    }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);
    public int Length => _length;

    public PayloadWriter Byte(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public PayloadWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);
        return this;
    }

    public PayloadWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);
        return this;
    }

    public PayloadWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);
        return this;
    }

    public PayloadWriter Bytes16(ReadOnlySpan<byte> bytes)
    {
        UInt16(checked((ushort)bytes.Length));
        bytes.CopyTo(Take(bytes.Length));
        return this;
    }

    public PayloadWriter Bytes32(ReadOnlySpan<byte> bytes)
    {
        UInt32((uint)bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
        return this;
    }

    public PayloadWriter Text16(string text) => Bytes16(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a number into room taken before, once it is known.</summary>
    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at), value);

    public PayloadWriter Message(MqttMessage message)
    {
        Bytes16(message.Topic).Bytes32(message.Payload).Bytes32(message.Properties);
        return Byte(message.Qos).Byte((byte)((message.Retain ? 1 : 0) | (message.Expiry is null ? 0 : 2) | (message.IsMasked ? 4 : 0))).UInt32(message.Expiry ?? 0).Int64(message.Received);
    }

    /// <summary>What a delivery has of its own, apart from its message.</summary>
    public PayloadWriter Delivery(long number, byte qos, bool retain, ReadOnlySpan<uint> identifiers, byte[]? share)
    {
        Int64(number).Byte((byte)(qos | (retain ? 4 : 0))).Bytes16(share).UInt16((ushort)identifiers.Length);
        foreach (var identifier in identifiers) UInt32(identifier);
        return this;
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        var taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }
}

/// <summary>Reads the payload of one record of the journal. The checksum has been proved, so what is wrong here is a fault of ours; it throws.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public byte Byte() => Take(1)[0];
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));
    public ReadOnlySpan<byte> Bytes16() => Take(UInt16());
    public ReadOnlySpan<byte> Bytes32() => Take(checked((int)UInt32()));
    public string Text16() => Encoding.UTF8.GetString(Bytes16());

    public MqttMessage Message()
    {
        var (topic, payload, properties) = (Bytes16().ToArray(), Bytes32().ToArray(), Bytes32().ToArray());
        var (qos, flags, expiry, received) = (Byte(), Byte(), UInt32(), Int64());
        return new MqttMessage
        {
            Topic = topic, Payload = payload, Properties = properties, Qos = qos, Retain = (flags & 1) != 0, Expiry = (flags & 2) != 0 ? expiry : null, IsMasked = (flags & 4) != 0, Received = received,
        };
    }

    public DeliveryImage Delivery(MqttMessage? message)
    {
        var (number, bits) = (Int64(), Byte());
        var share = Bytes16();
        var identifiers = new uint[UInt16()];
        for (var i = 0; i < identifiers.Length; i++) identifiers[i] = UInt32();
        return new DeliveryImage(number, (byte)(bits & 3), (bits & 4) != 0, identifiers, share.IsEmpty ? null : share.ToArray(), message);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
