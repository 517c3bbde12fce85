namespace Wanwu.Protocols.Mqtt;

/// <summary>A PUBLISH as it lies in the receive buffer (MQTT 5.0 §3.3). The topic is empty when a topic alias stands for it.</summary>
public readonly ref struct PublishPacket
{
    public ReadOnlySpan<byte> Topic { get; private init; }
    public ReadOnlySpan<byte> Payload { get; private init; }
    public MqttProperties Properties { get; private init; }
    /// <summary>0 for QoS 0.</summary>
    public ushort PacketId { get; private init; }
    public byte Qos { get; private init; }
    public bool Dup { get; private init; }
    public bool Retain { get; private init; }

    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, MqttVersion version, out PublishPacket packet)
    {
        packet = default;
        var qos = (byte)((flags >> 1) & 3);
        if (qos == 3) return MqttFault.QosInvalid;
        if (qos == 0 && (flags & 8) != 0) return MqttFault.DupWithoutQos;
        var reader = new MqttReader(body);
        if (!reader.TryText(out var topic, out var fault)) return fault;
        if (topic.IsEmpty ? version != MqttVersion.V5 : !MqttText.IsTopicName(topic)) return MqttFault.TopicNameInvalid;
        ushort id = 0;
        if (qos > 0 && !reader.TryUInt16(out id)) return MqttFault.Truncated;
        if (qos > 0 && id == 0) return MqttFault.PacketIdentifierZero;
        MqttProperties properties = default;
        if (version == MqttVersion.V5)
        {
            fault = MqttProperties.TryRead(ref reader, PacketType.Publish, out properties);
            if (fault != MqttFault.None) return fault;
        }
        packet = new PublishPacket
        {
            Topic = topic, PacketId = id, Qos = qos, Dup = (flags & 8) != 0, Retain = (flags & 1) != 0,
            Properties = properties, Payload = reader.Rest,
        };
        return MqttFault.None;
    }

    /// <summary>The same message with the topic its alias stands for.</summary>
    internal PublishPacket WithTopic(ReadOnlySpan<byte> topic) => new()
    {
        Topic = topic, PacketId = PacketId, Qos = Qos, Dup = Dup, Retain = Retain, Properties = Properties, Payload = Payload,
    };
}
