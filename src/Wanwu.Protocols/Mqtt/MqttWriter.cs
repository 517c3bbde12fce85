using System.Buffers;
using System.Buffers.Binary;

namespace Wanwu.Protocols.Mqtt;

/// <summary>Writes every packet a server sends and, for the simulator and tests, every packet a client sends. One packet is one span of the output.</summary>
public static class MqttWriter
{
    public static ReadOnlySpan<byte> PingReq => [0xC0, 0];
    public static ReadOnlySpan<byte> PingResp => [0xD0, 0];

    public static int VariableSize(uint value) => value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;

    public static int WriteVariable(Span<byte> destination, uint value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7) destination[length++] = (byte)(value | 0x80);
        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP. The code and reason are for MQTT 5; code 0 without reason takes the short form.</summary>
    public static void WriteAck(IBufferWriter<byte> output, MqttVersion version, PacketType type, ushort packetId, ReasonCode code = ReasonCode.Success, ReadOnlySpan<byte> reason = default)
    {
        var first = (byte)((byte)type << 4 | (type == PacketType.PubRel ? 2 : 0));
        if (version == MqttVersion.V5 && !reason.IsEmpty)
        {
            WriteBody(output, first, packetId, version, [(byte)code], new PropertyWriter().Add(PropertyId.ReasonString, reason).Raw, codesFirst: true);
            return;
        }
        var withCode = version == MqttVersion.V5 && code != ReasonCode.Success;
        var span = output.GetSpan(5);
        span[0] = first;
        span[1] = (byte)(withCode ? 3 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], packetId);
        if (withCode) span[4] = (byte)code;
        output.Advance(withCode ? 5 : 4);
    }

    /// <summary>A CONNACK; before MQTT 5 the code is turned into a return code.</summary>
    public static void WriteConnAck(IBufferWriter<byte> output, MqttVersion version, bool sessionPresent, ReasonCode code, ReadOnlySpan<byte> properties = default)
    {
        var v5 = version == MqttVersion.V5;
        var propertiesSize = v5 ? VariableSize((uint)properties.Length) + properties.Length : 0;
        var span = Begin(output, 0x20, 2 + propertiesSize, out var at);
        span[at++] = (byte)(sessionPresent ? 1 : 0);
        span[at++] = v5 ? (byte)code : code.ToConnectReturnCode();
        if (v5) at += WriteProperties(span[at..], properties);
        output.Advance(at);
    }

    /// <summary>A SUBACK or, with <paramref name="type"/>, an UNSUBACK.</summary>
    public static void WriteSubAck(IBufferWriter<byte> output, MqttVersion version, PacketType type, ushort packetId, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> properties = default) =>
        WriteBody(output, (byte)((byte)type << 4), packetId, version, type == PacketType.UnsubAck && version != MqttVersion.V5 ? default : codes, properties);

    /// <summary>Size of a SUBACK or UNSUBACK with so many codes, without a reason.</summary>
    public static int SubAckSize(MqttVersion version, int codes)
    {
        var body = 2 + codes + (version == MqttVersion.V5 ? 1 : 0);
        return 1 + VariableSize((uint)body) + body;
    }

    /// <summary>A DISCONNECT; before MQTT 5 only a client may send one.</summary>
    public static void WriteDisconnect(IBufferWriter<byte> output, MqttVersion version, ReasonCode code, ReadOnlySpan<byte> properties = default)
    {
        var size = version != MqttVersion.V5 ? 0 : !properties.IsEmpty ? 1 + VariableSize((uint)properties.Length) + properties.Length : code == ReasonCode.Success ? 0 : 1;
        var span = Begin(output, 0xE0, size, out var at);
        if (size > 0) span[at++] = (byte)code;
        if (size > 1) at += WriteProperties(span[at..], properties);
        output.Advance(at);
    }

    /// <summary>An AUTH with its properties.</summary>
    public static void WriteAuth(IBufferWriter<byte> output, ReasonCode code, ReadOnlySpan<byte> properties)
    {
        var span = Begin(output, 0xF0, 1 + VariableSize((uint)properties.Length) + properties.Length, out var at);
        span[at++] = (byte)code;
        at += WriteProperties(span[at..], properties);
        output.Advance(at);
    }

    /// <summary>Size of a PUBLISH on the wire.</summary>
    public static int PublishSize(MqttVersion version, int topic, byte qos, int properties, int payload)
    {
        var body = PublishBodySize(version, topic, qos, properties, payload);
        return 1 + VariableSize((uint)body) + body;
    }

    /// <summary>A PUBLISH; <paramref name="flags"/> is DUP, QoS and RETAIN as in the lower half of the first byte.</summary>
    /// <param name="own">Properties of this delivery, in front of those of the message.</param>
    public static void WritePublish(IBufferWriter<byte> output, MqttVersion version, byte flags, ReadOnlySpan<byte> topic, ushort packetId,
        ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> own = default)
    {
        var qos = (byte)((flags >> 1) & 3);
        var span = Begin(output, (byte)(0x30 | flags), PublishBodySize(version, topic.Length, qos, own.Length + properties.Length, payload.Length), out var at);
        at += WriteSized(span[at..], topic);
        if (qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
            at += 2;
        }
        if (version == MqttVersion.V5)
        {
            at += WriteVariable(span[at..], (uint)(own.Length + properties.Length));
            at += Copy(own, span[at..]);
            at += Copy(properties, span[at..]);
        }
        payload.CopyTo(span[at..]);
        output.Advance(at + payload.Length);
    }

    private static int PublishBodySize(MqttVersion version, int topic, byte qos, int properties, int payload) =>
        2 + topic + (qos > 0 ? 2 : 0) + (version == MqttVersion.V5 ? VariableSize((uint)properties) + properties : 0) + payload;

    /// <summary>A SUBSCRIBE with one filter.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> output, MqttVersion version, ushort packetId, ReadOnlySpan<byte> filter, SubscriptionOptions options, ReadOnlySpan<byte> properties = default)
    {
        var body = new byte[3 + filter.Length];
        body[WriteSized(body, filter)] = options.Bits;
        WriteBody(output, 0x82, packetId, version, body, properties);
    }

    /// <summary>An UNSUBSCRIBE with one filter.</summary>
    public static void WriteUnsubscribe(IBufferWriter<byte> output, MqttVersion version, ushort packetId, ReadOnlySpan<byte> filter, ReadOnlySpan<byte> properties = default)
    {
        var body = new byte[2 + filter.Length];
        WriteSized(body, filter);
        WriteBody(output, 0xA2, packetId, version, body, properties);
    }

    private static void WriteBody(IBufferWriter<byte> output, byte first, ushort packetId, MqttVersion version, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> properties, bool codesFirst = false)
    {
        var v5 = version == MqttVersion.V5;
        var span = Begin(output, first, 2 + codes.Length + (v5 ? VariableSize((uint)properties.Length) + properties.Length : 0), out var at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
        at += 2;
        if (codesFirst) at += Copy(codes, span[at..]);
        if (v5) at += WriteProperties(span[at..], properties);
        if (!codesFirst) at += Copy(codes, span[at..]);
        output.Advance(at);
    }

    internal static Span<byte> Begin(IBufferWriter<byte> output, byte first, int bodySize, out int at)
    {
        var span = output.GetSpan(5 + bodySize);
        span[0] = first;
        at = 1 + WriteVariable(span[1..], (uint)bodySize);
        return span;
    }

    internal static int WriteProperties(Span<byte> span, ReadOnlySpan<byte> properties)
    {
        var at = WriteVariable(span, (uint)properties.Length);
        return at + Copy(properties, span[at..]);
    }

    internal static int WriteSized(Span<byte> span, ReadOnlySpan<byte> data)
    {
        BinaryPrimitives.WriteUInt16BigEndian(span, checked((ushort)data.Length));
        return 2 + Copy(data, span[2..]);
    }

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        source.CopyTo(destination);
        return source.Length;
    }
}
