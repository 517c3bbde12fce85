namespace Wanwu.Protocols.Mqtt;

/// <summary>A CONNECT as it lies in the receive buffer (MQTT 5.0 §3.1, MQTT 3.1.1 §3.1).</summary>
public readonly ref struct ConnectPacket
{
    private const byte Reserved = 0x01, CleanFlag = 0x02, WillFlag = 0x04, WillQosMask = 0x18, WillRetainFlag = 0x20, PasswordFlag = 0x40, UserNameFlag = 0x80;

    public MqttVersion Version { get; private init; }
    /// <summary>Clean Start in MQTT 5, Clean Session before.</summary>
    public bool CleanStart { get; private init; }
    /// <summary>Seconds; 0 switches the check off.</summary>
    public ushort KeepAlive { get; private init; }
    public ReadOnlySpan<byte> ClientId { get; private init; }
    public bool HasUserName { get; private init; }
    public ReadOnlySpan<byte> UserName { get; private init; }
    public bool HasPassword { get; private init; }
    public ReadOnlySpan<byte> Password { get; private init; }
    public MqttProperties Properties { get; private init; }
    public bool HasWill { get; private init; }
    public byte WillQos { get; private init; }
    public bool WillRetain { get; private init; }
    public ReadOnlySpan<byte> WillTopic { get; private init; }
    public ReadOnlySpan<byte> WillPayload { get; private init; }
    public MqttProperties WillProperties { get; private init; }

    /// <summary>Reads the body of a CONNECT; <paramref name="flags"/> is the lower half of its first byte.</summary>
    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, out ConnectPacket packet)
    {
        packet = default;
        var reader = new MqttReader(body);
        if (!reader.TryBinary(out var name)) return MqttFault.ProtocolName;
        var old = name.SequenceEqual("MQIsdp"u8);
        if (!old && !name.SequenceEqual("MQTT"u8)) return MqttFault.ProtocolName;
        if (!reader.TryByte(out var level)) return MqttFault.Truncated;
        // MQTT 3.1 left DUP and QoS of a CONNECT to chance; later versions reserve them.
        if (flags != 0 && !old) return MqttFault.ReservedFlags;
        if (old ? level != 3 : level is not (4 or 5)) return MqttFault.ProtocolVersion;
        if (!reader.TryByte(out var bits) || !reader.TryUInt16(out var keepAlive)) return MqttFault.Truncated;
        var version = (MqttVersion)level;
        if (!FlagsAgree(version, bits)) return MqttFault.ConnectFlags;

        MqttProperties properties = default;
        var fault = version == MqttVersion.V5 ? MqttProperties.TryRead(ref reader, PacketType.Connect, out properties) : MqttFault.None;
        if (fault != MqttFault.None) return fault;
        if (!reader.TryText(out var clientId, out fault)) return fault;
        fault = TryReadWill(ref reader, version, bits, out var will);
        if (fault != MqttFault.None) return fault;
        fault = TryReadCredentials(ref reader, bits, out var user, out var password);
        if (fault != MqttFault.None) return fault;
        if (!reader.AtEnd) return MqttFault.TrailingBytes;

        packet = new ConnectPacket
        {
            Version = version, CleanStart = (bits & CleanFlag) != 0, KeepAlive = keepAlive, ClientId = clientId, Properties = properties,
            HasUserName = (bits & UserNameFlag) != 0, UserName = user, HasPassword = (bits & PasswordFlag) != 0, Password = password,
            HasWill = (bits & WillFlag) != 0, WillQos = (byte)((bits & WillQosMask) >> 3), WillRetain = (bits & WillRetainFlag) != 0,
            WillTopic = will.Topic, WillPayload = will.Payload, WillProperties = will.Properties,
        };
        return MqttFault.None;
    }

    private static bool FlagsAgree(MqttVersion version, byte bits)
    {
        if (version != MqttVersion.V31 && (bits & Reserved) != 0) return false;
        if ((bits & WillFlag) == 0 && (bits & (WillQosMask | WillRetainFlag)) != 0) return false;
        if ((bits & WillQosMask) == WillQosMask) return false;
        return version == MqttVersion.V5 || (bits & (UserNameFlag | PasswordFlag)) != PasswordFlag;
    }

    private ref struct Will
    {
        public ReadOnlySpan<byte> Topic;
        public ReadOnlySpan<byte> Payload;
        public MqttProperties Properties;
    }

    private static MqttFault TryReadWill(scoped ref MqttReader reader, MqttVersion version, byte bits, out Will will)
    {
        will = default;
        if ((bits & WillFlag) == 0) return MqttFault.None;
        if (version == MqttVersion.V5)
        {
            var fault = MqttProperties.TryRead(ref reader, PacketType.Will, out will.Properties);
            if (fault != MqttFault.None) return fault;
        }
        if (!reader.TryText(out will.Topic, out var topicFault)) return topicFault;
        if (!reader.TryBinary(out will.Payload)) return MqttFault.WillMalformed;
        return MqttText.IsTopicName(will.Topic) ? MqttFault.None : MqttFault.WillMalformed;
    }

    private static MqttFault TryReadCredentials(scoped ref MqttReader reader, byte bits, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password)
    {
        user = password = default;
        if ((bits & UserNameFlag) != 0 && !reader.TryText(out user, out var fault)) return fault;
        return (bits & PasswordFlag) == 0 || reader.TryBinary(out password) ? MqttFault.None : MqttFault.Truncated;
    }
}
