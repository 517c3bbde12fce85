namespace Wanwu.Protocols.Mqtt;

/// <summary>A CONNACK (MQTT 5.0 §3.2), as a client reads it.</summary>
public readonly ref struct ConnAckPacket
{
    public bool SessionPresent { get; private init; }
    /// <summary>A reason code in MQTT 5, a return code before.</summary>
    public byte Code { get; private init; }
    public MqttProperties Properties { get; private init; }

    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, MqttVersion version, out ConnAckPacket packet)
    {
        packet = default;
        if (flags != 0) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        if (!reader.TryByte(out var bits) || !reader.TryByte(out var code)) return MqttFault.Truncated;
        if (bits > 1) return MqttFault.ConnectFlags;
        MqttProperties properties = default;
        var fault = version == MqttVersion.V5 ? MqttProperties.TryRead(ref reader, PacketType.ConnAck, out properties) : MqttFault.None;
        if (fault != MqttFault.None) return fault;
        if (!reader.AtEnd) return MqttFault.TrailingBytes;
        packet = new ConnAckPacket { SessionPresent = bits == 1, Code = code, Properties = properties };
        return MqttFault.None;
    }
}

/// <summary>A SUBACK or UNSUBACK (MQTT 5.0 §3.9, §3.11), as a client reads it: one code for each filter asked for.</summary>
public readonly ref struct SubAckPacket
{
    public ushort PacketId { get; private init; }
    public MqttProperties Properties { get; private init; }
    public ReadOnlySpan<byte> Codes { get; private init; }

    /// <summary><paramref name="type"/> is <see cref="PacketType.SubAck"/> or <see cref="PacketType.UnsubAck"/>.</summary>
    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, PacketType type, MqttVersion version, out SubAckPacket packet)
    {
        packet = default;
        if (flags != 0) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        if (!reader.TryUInt16(out var id)) return MqttFault.Truncated;
        if (id == 0) return MqttFault.PacketIdentifierZero;
        MqttProperties properties = default;
        var fault = version == MqttVersion.V5 ? MqttProperties.TryRead(ref reader, type, out properties) : MqttFault.None;
        if (fault != MqttFault.None) return fault;
        var without = type == PacketType.UnsubAck && version != MqttVersion.V5;
        if (reader.AtEnd != without) return without ? MqttFault.TrailingBytes : MqttFault.Truncated;
        packet = new SubAckPacket { PacketId = id, Properties = properties, Codes = reader.Rest };
        return MqttFault.None;
    }
}
