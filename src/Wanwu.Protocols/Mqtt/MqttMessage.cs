namespace Wanwu.Protocols.Mqtt;

/// <summary>A message on its way to subscribers. Immutable and shared by all of them.</summary>
/// <remarks>The topic alias, the subscription identifiers and the expiry of the sender are not among the properties: each delivery has its own.</remarks>
public sealed class MqttMessage
{
    public required byte[] Topic { get; init; }
    public required byte[] Payload { get; init; }
    /// <summary>Property block for MQTT 5 receivers, as the sender wrote it.</summary>
    public byte[] Properties { get; init; } = [];
    public byte Qos { get; init; }
    public bool Retain { get; init; }
    /// <summary>Whether something was taken out of the payload for who gets it. Kept with the message, never sent.</summary>
    public bool IsMasked { get; init; }
    /// <summary>Seconds the message is worth sending, from <see cref="Received"/>.</summary>
    public uint? Expiry { get; init; }
    /// <summary>Unix time in milliseconds.</summary>
    public long Received { get; init; }

    /// <param name="topic">The packet's topic, as the caller keeps it.</param>
    public static MqttMessage From(in PublishPacket packet, byte[] topic, long now) =>
        Make(topic, packet.Payload, packet.Properties, packet.Qos, packet.Retain, now);

    public static MqttMessage FromWill(in ConnectPacket packet, long now) =>
        Make(packet.WillTopic.ToArray(), packet.WillPayload, packet.WillProperties, packet.WillQos, packet.WillRetain, now);

    private static MqttMessage Make(byte[] topic, ReadOnlySpan<byte> payload, MqttProperties properties, byte qos, bool retain, long now)
    {
        uint? expiry = null;
        PropertyWriter? kept = null;
        foreach (var property in properties)
        {
            switch (property.Id)
            {
                case PropertyId.MessageExpiryInterval: expiry = property.Number; break;
                case PropertyId.TopicAlias or PropertyId.SubscriptionIdentifier or PropertyId.WillDelayInterval: break;
                default: (kept ??= new PropertyWriter()).AddRaw(property.Raw); break;
            }
        }
        return new MqttMessage
        {
            Topic = topic, Payload = payload.ToArray(), Properties = kept is null ? [] : kept.Raw.ToArray(),
            Qos = qos, Retain = retain, Expiry = expiry, Received = now,
        };
    }

    /// <summary>Whether the message has outlived its expiry.</summary>
    public bool IsExpired(long now) => Expiry is { } seconds && now - Received > seconds * 1000L;

    /// <summary>What is left of the expiry, in seconds.</summary>
    internal uint ExpiryLeft(long now) => (uint)Math.Max(0, Expiry.GetValueOrDefault() - (Math.Max(0, now - Received) / 1000));

    private int _topicHash;

    /// <summary>Of the topic, worked out once for all receivers; never 0.</summary>
    internal int TopicHash => _topicHash != 0 ? _topicHash : _topicHash = BytesComparer.Instance.GetHashCode(Topic) | 1 << 31;
}
