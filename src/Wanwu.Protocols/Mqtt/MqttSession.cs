namespace Wanwu.Protocols.Mqtt;

/// <summary>How much a session keeps for a client that is away or slow.</summary>
/// <param name="MaxQueuedMessages">Messages of QoS 1 and 2 waiting for their turn; the newest is dropped when it is full.</param>
/// <param name="MaxQueuedBytes">Payload and topic bytes of those messages.</param>
public sealed record SessionLimits(int MaxQueuedMessages = 1000, int MaxQueuedBytes = 1024 * 1024);

/// <summary>The state of one client identifier: what outlives its connection (MQTT 5.0 §4.1), in memory.</summary>
/// <remarks>
/// Thread-safe: publishers deliver, the connection's loop acknowledges. Packet identifiers in both directions live here, so that a message of QoS 2 is taken once
/// and delivered once over any number of connections.
/// </remarks>
public sealed class MqttSession(SessionLimits limits)
{
    private enum Stage : byte { AwaitsPubAck, AwaitsPubRec, AwaitsPubComp }

    private sealed record Delivery(MqttMessage Message, byte Qos, bool Retain, uint[] SubscriptionIdentifiers, byte[]? Share)
    {
        public Stage Stage { get; set; } = Qos == 1 ? Stage.AwaitsPubAck : Stage.AwaitsPubRec;
        public int Size => Message.Topic.Length + Message.Payload.Length + Message.Properties.Length;
    }

    private readonly Lock _gate = new();
    private readonly HashSet<ushort> _received = [];
    private readonly OrderedDictionary<ushort, Delivery> _sent = [];
    private readonly Queue<Delivery> _waiting = new();
    private MqttOutput? _output;
    private int _waitingBytes;
    private int _window = ushort.MaxValue;
    private ushort _lastId;
    private long _dropped;

    /// <summary>Messages of QoS 1 and 2 that were dropped because the queue was full, expired or too large for the client.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);
    public int Waiting { get { lock (_gate) return _waiting.Count + _sent.Count; } }
    /// <summary>Messages sent and not yet acknowledged.</summary>
    public int InFlight { get { lock (_gate) return _sent.Count; } }
    /// <summary>Messages that wait to be sent.</summary>
    public int Queued { get { lock (_gate) return _waiting.Count; } }
    /// <summary>Messages of QoS 2 received and not yet released.</summary>
    public int Unreleased { get { lock (_gate) return _received.Count; } }
    public bool IsConnected { get { lock (_gate) return _output is not null; } }
    /// <summary>Whether a message handed over now would leave now: the client is connected, takes more, and reads what it gets.</summary>
    public bool HasRoom { get { lock (_gate) return _output is { HasRoom: true } && _waiting.Count == 0 && _sent.Count < _window; } }

    /// <summary>Takes note of a message of QoS 2. False when it was received before and must not be handed on again.</summary>
    public bool TryReceive(ushort packetId)
    {
        lock (_gate) return _received.Add(packetId);
    }

    /// <summary>The identifier is free: the message was released, or refused.</summary>
    public bool Release(ushort packetId)
    {
        lock (_gate) return _received.Remove(packetId);
    }

    /// <summary>Connects the session; everything sent and not acknowledged is sent again in its order (§4.4), then what waits.</summary>
    public void Attach(MqttOutput output, int receiveMaximum, long now)
    {
        lock (_gate)
        {
            (_output, _window) = (output, receiveMaximum);
            foreach (var (id, delivery) in _sent)
            {
                if (delivery.Stage == Stage.AwaitsPubComp) output.WriteAck(PacketType.PubRel, id);
                else Write(id, delivery, dup: true, now);
            }
            SendWaiting(now);
        }
    }

    /// <summary>The connection is gone. Does nothing when another one has taken the session over.</summary>
    public void Detach(MqttOutput output)
    {
        lock (_gate) if (ReferenceEquals(_output, output)) _output = null;
    }

    /// <summary>Hands a message to the client, now or later. The answer is the output that has something to send, if any.</summary>
    /// <param name="share">The shared subscription the client gets it for, if it is one; comes back from <see cref="TakeShared"/>.</param>
    public MqttOutput? Deliver(MqttMessage message, byte qos, bool retain, uint[] subscriptionIdentifiers, long now, byte[]? share = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            if (qos == 0)
            {
                if (_output is null) return null;
                return _output.TryPublish((byte)(retain ? 1 : 0), message.Topic, message.PropertiesFor(subscriptionIdentifiers, now), message.Payload) ? _output : null;
            }
            var delivery = new Delivery(message, qos, retain, subscriptionIdentifiers, share);
            if (_waiting.Count >= limits.MaxQueuedMessages || _waitingBytes + delivery.Size > limits.MaxQueuedBytes)
            {
                _dropped++;
                return null;
            }
            _waiting.Enqueue(delivery);
            _waitingBytes += delivery.Size;
            SendWaiting(now);
            return _output;
        }
    }

    /// <summary>
    /// The session has ended: takes out what it was given for a shared subscription and another member may get (MQTT 5.0 §4.8.2). A message of QoS 2 that was sent
    /// goes to nobody else.
    /// </summary>
    public List<(MqttMessage Message, byte[] Share)> TakeShared()
    {
        lock (_gate)
        {
            var taken = new List<(MqttMessage, byte[])>();
            foreach (var (id, delivery) in _sent.ToList())
                if (delivery is { Stage: Stage.AwaitsPubAck, Share: { } share } && _sent.Remove(id)) taken.Add((delivery.Message, share));
            foreach (var delivery in _waiting)
                if (delivery.Share is { } share) taken.Add((delivery.Message, share));
            if (taken.Count == 0) return taken;
            var others = _waiting.Where(delivery => delivery.Share is null).ToList();
            _waiting.Clear();
            foreach (var other in others) _waiting.Enqueue(other);
            _waitingBytes = others.Sum(other => other.Size);
            return taken;
        }
    }

    /// <summary>A PUBACK, PUBREC or PUBCOMP of the client. One for an unknown message is ignored; one of the wrong kind is a fault.</summary>
    public MqttFault Acknowledge(PacketType type, ushort packetId, ReasonCode code, long now)
    {
        lock (_gate)
        {
            if (!_sent.TryGetValue(packetId, out var delivery))
            {
                if (type == PacketType.PubRec) _output?.WriteAck(PacketType.PubRel, packetId, ReasonCode.PacketIdentifierNotFound);
                return MqttFault.None;
            }
            switch (delivery.Stage, type)
            {
                case (Stage.AwaitsPubAck, PacketType.PubAck) or (Stage.AwaitsPubComp, PacketType.PubComp):
                case (Stage.AwaitsPubRec, PacketType.PubRec) when code >= ReasonCode.UnspecifiedError:
                    _sent.Remove(packetId);
                    SendWaiting(now);
                    return MqttFault.None;
                case (Stage.AwaitsPubRec or Stage.AwaitsPubComp, PacketType.PubRec):
                    delivery.Stage = Stage.AwaitsPubComp;
                    _output?.WriteAck(PacketType.PubRel, packetId);
                    return MqttFault.None;
                default:
                    return MqttFault.AcknowledgementOutOfTurn;
            }
        }
    }

    private void SendWaiting(long now)
    {
        while (_output is not null && _sent.Count < _window && _waiting.TryDequeue(out var delivery))
        {
            _waitingBytes -= delivery.Size;
            if (delivery.Message.IsExpired(now))
            {
                _dropped++;
                continue;
            }
            var id = NextId();
            if (Write(id, delivery, dup: false, now)) _sent.Add(id, delivery);
            else _dropped++;
        }
    }

    private bool Write(ushort id, Delivery delivery, bool dup, long now) => _output!.TryPublish(
        (byte)((dup ? 8 : 0) | delivery.Qos << 1 | (delivery.Retain ? 1 : 0)),
        delivery.Message.Topic, id, delivery.Message.PropertiesFor(delivery.SubscriptionIdentifiers, now), delivery.Message.Payload);

    // The window is at most 65 535 messages less than there are identifiers in use, so a free one is always found.
    private ushort NextId()
    {
        do
        {
            if (++_lastId == 0) _lastId = 1;
        }
        while (_sent.ContainsKey(_lastId));
        return _lastId;
    }
}
