using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

/// <summary>The last retained message of each plain topic, in memory and bounded.</summary>
internal sealed class RetainedMessages
{
    private const int MaxTopics = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], MqttMessage> _byTopic = new(BytesComparer.Instance);

    public int Count { get { lock (_gate) return _byTopic.Count; } }

    /// <summary>Keeps the message; an empty payload removes the one there is. False when there is no room for another topic.</summary>
    public bool Keep(MqttMessage message)
    {
        lock (_gate)
        {
            if (message.Payload.Length == 0) return _byTopic.Remove(message.Topic) || true;
            if (_byTopic.Count >= MaxTopics && !_byTopic.ContainsKey(message.Topic)) return false;
            _byTopic[message.Topic] = message;
            return true;
        }
    }

    public List<MqttMessage> Matching(ReadOnlySpan<byte> filter, long now)
    {
        var found = new List<MqttMessage>();
        lock (_gate)
        {
            foreach (var (topic, message) in _byTopic)
                if (TopicFilter.Matches(filter, topic) && !message.IsExpired(now)) found.Add(message);
        }
        return found;
    }
}
