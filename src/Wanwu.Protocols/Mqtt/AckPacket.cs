namespace Wanwu.Protocols.Mqtt;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP (MQTT 5.0 §3.4 to §3.7).</summary>
public readonly ref struct AckPacket
{
    public ushort PacketId { get; private init; }
    public ReasonCode Code { get; private init; }
    public MqttProperties Properties { get; private init; }

    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, PacketType type, MqttVersion version, out AckPacket packet)
    {
        packet = default;
        if (flags != (type == PacketType.PubRel ? 2 : 0)) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        if (!reader.TryUInt16(out var id)) return MqttFault.Truncated;
        if (id == 0) return MqttFault.PacketIdentifierZero;
        byte code = 0;
        MqttProperties properties = default;
        if (version == MqttVersion.V5 && reader.TryByte(out code))
        {
            if (!ReasonCodes.IsAckCode(type, code)) return MqttFault.ReasonCodeUnknown;
            var fault = reader.AtEnd ? MqttFault.None : MqttProperties.TryRead(ref reader, type, out properties);
            if (fault != MqttFault.None) return fault;
        }
        if (!reader.AtEnd) return MqttFault.TrailingBytes;
        packet = new AckPacket { PacketId = id, Code = (ReasonCode)code, Properties = properties };
        return MqttFault.None;
    }
}

/// <summary>A DISCONNECT (MQTT 5.0 §3.14). Before MQTT 5 it has no body.</summary>
public readonly ref struct DisconnectPacket
{
    public ReasonCode Code { get; private init; }
    public MqttProperties Properties { get; private init; }

    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, MqttVersion version, out DisconnectPacket packet)
    {
        packet = default;
        if (flags != 0) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        byte code = 0;
        MqttProperties properties = default;
        if (version == MqttVersion.V5 && reader.TryByte(out code))
        {
            var fault = reader.AtEnd ? MqttFault.None : MqttProperties.TryRead(ref reader, PacketType.Disconnect, out properties);
            if (fault != MqttFault.None) return fault;
        }
        if (!reader.AtEnd) return MqttFault.TrailingBytes;
        packet = new DisconnectPacket { Code = (ReasonCode)code, Properties = properties };
        return MqttFault.None;
    }
}

/// <summary>An AUTH (MQTT 5.0 §3.15).</summary>
public readonly ref struct AuthPacket
{
    public ReasonCode Code { get; private init; }
    public MqttProperties Properties { get; private init; }

    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, out AuthPacket packet)
    {
        packet = default;
        if (flags != 0) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        MqttProperties properties = default;
        if (reader.TryByte(out var code))
        {
            if ((ReasonCode)code is not (ReasonCode.Success or ReasonCode.ContinueAuthentication or ReasonCode.ReAuthenticate)) return MqttFault.ReasonCodeUnknown;
            var fault = MqttProperties.TryRead(ref reader, PacketType.Auth, out properties);
            if (fault != MqttFault.None) return fault;
        }
        if (!reader.AtEnd) return MqttFault.TrailingBytes;
        packet = new AuthPacket { Code = (ReasonCode)code, Properties = properties };
        return MqttFault.None;
    }
}
