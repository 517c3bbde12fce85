using Microsoft.Extensions.Options;
using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>The last retained message of each plain topic, bounded by number and bytes. A message that finds no room is sent on and not kept.</summary>
/// <remarks>Thread-safe. A message is kept in the order in which the log has it.</remarks>
internal sealed class RetainedMessages(IOptions<MqttOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], MqttMessage> _byTopic = new(BytesComparer.Instance);
    private long _bytes;
    /// <summary>Unix time in milliseconds.</summary>
    private long _nextLook;
    private long _notKept;

    public int Count { get { lock (_gate) return _byTopic.Count; } }
    public long Bytes { get { lock (_gate) return _bytes; } }
    /// <summary>Messages that found no room.</summary>
    public long NotKept => Interlocked.Read(ref _notKept);

    private static int SizeOf(MqttMessage message) => message.Topic.Length + message.Payload.Length + message.Properties.Length;

    /// <summary>Whether the message can be kept; one without payload only removes, and always can.</summary>
    public bool HasRoomFor(MqttMessage message)
    {
        if (message.Payload.Length == 0) return true;
        lock (_gate)
            if (Fits(message) || (ForgetExpired(message.Received) && Fits(message))) return true;
        Interlocked.Increment(ref _notKept);
        return false;
    }

    private bool Fits(MqttMessage message)
    {
        var before = _byTopic.GetValueOrDefault(message.Topic);
        return _byTopic.Count + (before is null ? 1 : 0) <= options.Value.MaxRetainedMessages
            && _bytes + SizeOf(message) - (before is null ? 0 : SizeOf(before)) <= (long)options.Value.MaxRetainedMegabytes << 20;
    }

    /// <summary>Makes room where there is none, at most once a second. Nothing is written down: whoever reads them back sees that they have expired.</summary>
    private bool ForgetExpired(long now)
    {
        if (now < _nextLook) return false;
        _nextLook = now + 1000;
        var count = _byTopic.Count;
        foreach (var (topic, message) in _byTopic)
        {
            if (!message.IsExpired(now)) continue;
            _byTopic.Remove(topic);
            _bytes -= SizeOf(message);
        }
        return _byTopic.Count < count;
    }

    /// <summary>Keeps the message if the log takes its record; an empty payload removes the one there is.</summary>
    public AppendResult Keep(MqttMessage message, Func<AppendResult> append)
    {
        lock (_gate)
        {
            var result = append();
            if (result.Outcome == AppendOutcome.Appended) Keep(message);
            return result;
        }
    }

    /// <summary>Keeps what was read back.</summary>
    public void Restore(MqttMessage message)
    {
        lock (_gate) Keep(message);
    }

    /// <summary>Removes those that fit.</summary>
    /// <param name="append">Has the log take the record that says so; where it does not, the message stays.</param>
    public void Forget(Func<MqttMessage, bool> fits, Func<MqttMessage, AppendResult> append)
    {
        lock (_gate)
        {
            foreach (var message in _byTopic.Values.Where(fits).ToList())
            {
                var nothing = new MqttMessage { Topic = message.Topic, Payload = [], Retain = true, Received = message.Received };
                if (append(nothing).Outcome == AppendOutcome.Appended) Keep(nothing);
            }
        }
    }

    private void Keep(MqttMessage message)
    {
        if (_byTopic.Remove(message.Topic, out var before)) _bytes -= SizeOf(before);
        if (message.Payload.Length == 0) return;
        _byTopic.Add(message.Topic, message);
        _bytes += SizeOf(message);
    }

    public List<MqttMessage> All()
    {
        lock (_gate) return [.. _byTopic.Values];
    }

    public List<MqttMessage> Matching(ReadOnlySpan<byte> filter, long now)
    {
        var found = new List<MqttMessage>();
        lock (_gate)
        {
            if (!filter.ContainsAny((byte)'+', (byte)'#'))
            {
                if (_byTopic.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(filter, out var one) && !one.IsExpired(now)) found.Add(one);
                return found;
            }
            foreach (var (topic, message) in _byTopic)
                if (TopicFilter.Matches(filter, topic) && !message.IsExpired(now)) found.Add(message);
        }
        return found;
    }
}
