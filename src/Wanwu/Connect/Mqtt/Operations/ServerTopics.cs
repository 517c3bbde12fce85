using System.Collections.Concurrent;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>What the server itself says under <c>$SYS/</c>: the present message of each topic, for those who subscribe later.</summary>
/// <remarks>Thread-safe. Kept apart from retained messages, which clients may change and which outlive the process.</remarks>
internal sealed class ServerTopics
{
    private readonly ConcurrentDictionary<byte[], MqttMessage> _byTopic = new(BytesComparer.Instance);

    public static ReadOnlySpan<byte> Prefix => "$SYS/"u8;

    public void Keep(MqttMessage message) => _byTopic[message.Topic] = message;

    public IEnumerable<MqttMessage> Matching(byte[] filter) =>
        filter.AsSpan().StartsWith(Prefix) ? _byTopic.Values.Where(message => TopicFilter.Matches(filter, message.Topic)) : [];
}
