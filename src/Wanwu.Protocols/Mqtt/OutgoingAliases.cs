namespace Wanwu.Protocols.Mqtt;

/// <summary>The topic aliases of one connection towards its client (MQTT 5.0 §3.3.2.3.4).</summary>
/// <remarks>
/// Each topic has one place, by its hash; the topic sent last on a place holds its alias. Finding one costs a comparison, memory is bounded by the number of places, and a
/// client that gets more topics than there are places still saves the bytes of those that come often.
/// </remarks>
internal sealed class OutgoingAliases(int places)
{
    private readonly byte[]?[] _topics = new byte[places][];

    /// <summary>The alias for the topic, and whether the client knows it already.</summary>
    public ushort Find(MqttMessage message, out bool known)
    {
        var place = (int)((uint)message.TopicHash % (uint)_topics.Length);
        known = ReferenceEquals(_topics[place], message.Topic) || (_topics[place] is { } topic && topic.AsSpan().SequenceEqual(message.Topic));
        return (ushort)(place + 1);
    }

    /// <summary>The client was sent the topic with this alias.</summary>
    public void Told(ushort alias, byte[] topic) => _topics[alias - 1] = topic;
}
