namespace Wanwu.Protocols.Mqtt;

/// <summary>What goes out on one connection: bytes ready to be sent, and acknowledgements that wait for the disk.</summary>
/// <remarks>
/// Thread-safe. Many append (the reading loop, subscriptions, the committer's notice), one takes. Acknowledgements leave in the order of their messages,
/// all that became due together in one run of bytes.
/// </remarks>
public sealed class MqttOutput(int maxBytes)
{
    private readonly Lock _gate = new();
    private readonly OutputBuffer _bytes = new();
    private readonly AckQueue _acks = new();
    /// <summary>The batches that were lost last, one behind the other.</summary>
    private (long First, long Last) _lost = (long.MaxValue, -1);
    private long _committed;
    private int _unanswered;
    private long _dropped;
    private long _taken;
    private readonly long[] _published = new long[3];
    private bool _closed;
    private OutgoingAliases? _aliases;

    /// <summary>Set once, when the CONNECT was read.</summary>
    public MqttVersion Version { get; set; } = MqttVersion.V311;
    /// <summary>The client's maximum packet size.</summary>
    public uint ClientMaxPacket { get; set; } = uint.MaxValue;
    /// <summary>Topic aliases the client takes, at most what the server uses (§3.1.2.11.5).</summary>
    public int ClientTopicAliases { get; set; }
    /// <summary>Whether acknowledgements may carry a reason string (§3.1.2.11.7).</summary>
    public bool ProblemInformation { get; set; } = true;

    /// <summary>Messages of QoS 0 that found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);
    /// <summary>Messages of the QoS that were written, resends included.</summary>
    public long Published(int qos) => Interlocked.Read(ref _published[qos]);
    /// <summary>Bytes that were taken to be sent.</summary>
    public long BytesTaken => Interlocked.Read(ref _taken);
    public int Bytes { get { lock (_gate) return _bytes.Count; } }
    public bool HasRoom => Bytes < maxBytes;
    /// <summary>More waits than the peer takes. A glance without a lock, for a sender that will look again.</summary>
    internal bool IsFull => _bytes.Count > maxBytes;
    /// <summary>Called before bytes are taken, without any lock held: a session with more to send than there was room for goes on.</summary>
    public Action? BeforeTake { get; set; }

    /// <summary>
    /// Acknowledges a message when <paramref name="batch"/> is committed and every earlier message is acknowledged; batch 0 is committed. False, and nothing is
    /// acknowledged, when the batch is lost already: the committer may be quicker to say so than the one who appended.
    /// </summary>
    public bool Ack(PacketType type, ushort packetId, ReasonCode code, string? reason, long batch)
    {
        lock (_gate)
        {
            if (batch >= _lost.First && batch <= _lost.Last) return false;
            var pending = new PendingAck
            {
                Batch = batch, PacketId = packetId, Type = type, Code = code,
                Text = reason is null || Version != MqttVersion.V5 || !ProblemInformation ? null : System.Text.Encoding.UTF8.GetBytes(reason),
            };
            if (_acks.Count == 0 && batch <= _committed) Write(pending);
            else Enqueue(pending);
            return true;
        }
    }

    private void Enqueue(in PendingAck pending)
    {
        _acks.Enqueue(pending);
        if (pending.IsForMessage) _unanswered++;
    }

    /// <summary>Everything up to <paramref name="batch"/> is on disk. Only notes it: the sender writes the acknowledgements when it takes the bytes.</summary>
    /// <remarks>Two may tell it, in no order.</remarks>
    public void Committed(long batch)
    {
        for (var before = Interlocked.Read(ref _committed); before < batch;)
        {
            var seen = Interlocked.CompareExchange(ref _committed, batch, before);
            if (seen == before) return;
            before = seen;
        }
    }

    /// <summary>
    /// The batch is lost: MQTT 5 clients are told so and may send again. The answer is false where the protocol has no such word and the connection must be closed
    /// without acknowledgement. <paramref name="forget"/> is called for each message of QoS 2 whose identifier is free again.
    /// </summary>
    public bool Failed(long batch, string reason, Action<ushort> forget)
    {
        ArgumentNullException.ThrowIfNull(forget);
        lock (_gate)
        {
            _lost = batch == _lost.Last + 1 ? (_lost.First, batch) : (batch, batch);
            var told = true;
            for (var i = 0; i < _acks.Count; i++)
            {
                ref var ack = ref _acks[i];
                if (ack.Batch != batch) continue;
                if (ack.Type == PacketType.PubRec) forget(ack.PacketId);
                ack.Code = ReasonCode.QuotaExceeded;
                // Only a message can be refused; what a session promised besides has no word for it.
                if (ack.IsForMessage) ack.Text = ProblemInformation ? System.Text.Encoding.UTF8.GetBytes(reason) : null;
                told &= Version == MqttVersion.V5 && ack.IsForMessage;
            }
            if (told) Committed(batch);
            else _closed = true;
            return told;
        }
    }

    /// <summary>A message of QoS 0. False when it was dropped because the peer does not keep up.</summary>
    public bool TryPublish(byte flags, MqttMessage message, ReadOnlySpan<uint> subscriptionIdentifiers, long now)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            if (!_closed && _bytes.Count <= maxBytes && TryWrite(flags, 0, message, subscriptionIdentifiers, now)) return true;
            _dropped++;
            return false;
        }
    }

    /// <summary>A message of QoS 1 or 2 whose session keeps it until it is acknowledged. False when it is larger than the client takes.</summary>
    public bool TryPublish(byte flags, ushort packetId, MqttMessage message, ReadOnlySpan<uint> subscriptionIdentifiers, long now)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate) return _closed || TryWrite(flags, packetId, message, subscriptionIdentifiers, now);
    }

    private bool TryWrite(byte flags, ushort packetId, MqttMessage message, ReadOnlySpan<uint> subscriptionIdentifiers, long now)
    {
        var most = 8 + (subscriptionIdentifiers.Length * 5);
        var own = most <= 64 ? stackalloc byte[64] : new byte[most];
        var length = Version == MqttVersion.V5 ? WriteOwnProperties(own, message, subscriptionIdentifiers, now) : 0;
        if (ClientTopicAliases > 0 && Version == MqttVersion.V5 && TryWriteWithAlias(flags, packetId, message, own, length)) return true;
        if (!Fits(flags, message.Topic.Length, length, message)) return false;
        Write(flags, packetId, message.Topic, message, own[..length]);
        return true;
    }

    private bool TryWriteWithAlias(byte flags, ushort packetId, MqttMessage message, Span<byte> own, int length)
    {
        _aliases ??= new OutgoingAliases(ClientTopicAliases);
        var alias = _aliases.Find(message, out var known);
        ReadOnlySpan<byte> topic = known ? default : message.Topic;
        own[length] = (byte)PropertyId.TopicAlias;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(own[(length + 1)..], alias);
        length += 3;
        if (!Fits(flags, topic.Length, length, message)) return false;
        Write(flags, packetId, topic, message, own[..length]);
        if (!known) _aliases.Told(alias, message.Topic);
        return true;
    }

    /// <summary>What belongs to this delivery alone: what is left of the expiry, the identifiers of the subscriptions that matched.</summary>
    private static int WriteOwnProperties(Span<byte> own, MqttMessage message, ReadOnlySpan<uint> subscriptionIdentifiers, long now)
    {
        var at = 0;
        if (message.Expiry is not null)
        {
            own[at++] = (byte)PropertyId.MessageExpiryInterval;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(own[at..], message.ExpiryLeft(now));
            at += 4;
        }
        foreach (var identifier in subscriptionIdentifiers)
        {
            own[at++] = (byte)PropertyId.SubscriptionIdentifier;
            at += MqttWriter.WriteVariable(own[at..], identifier);
        }
        return at;
    }

    private void Write(byte flags, ushort packetId, ReadOnlySpan<byte> topic, MqttMessage message, ReadOnlySpan<byte> own)
    {
        MqttWriter.WritePublish(_bytes, Version, flags, topic, packetId, message.Properties, message.Payload, own);
        _published[flags >> 1 & 3]++;
    }

    private bool Fits(byte flags, int topic, int own, MqttMessage message) => ClientMaxPacket == uint.MaxValue
        || (uint)MqttWriter.PublishSize(Version, topic, (byte)(flags >> 1 & 3), own + message.Properties.Length, message.Payload.Length) <= ClientMaxPacket;

    public void WriteAck(PacketType type, ushort packetId, ReasonCode code = ReasonCode.Success)
    {
        lock (_gate) if (!_closed) MqttWriter.WriteAck(_bytes, Version, type, packetId, code);
    }

    /// <summary>False when the client takes no packet as large as the answer, which is then not written.</summary>
    public bool TryWriteConnAck(bool sessionPresent, ReasonCode code, ReadOnlySpan<byte> properties)
    {
        lock (_gate)
        {
            var body = 2 + (Version == MqttVersion.V5 ? MqttWriter.VariableSize((uint)properties.Length) + properties.Length : 0);
            if (1 + MqttWriter.VariableSize((uint)body) + body > ClientMaxPacket) return false;
            // MQTT 3.1 has no session present flag.
            MqttWriter.WriteConnAck(_bytes, Version, sessionPresent && Version != MqttVersion.V31, code, properties);
            return true;
        }
    }

    /// <summary>A SUBACK or UNSUBACK, when <paramref name="batch"/> is committed and every acknowledgement before it has left.</summary>
    public void WriteSubAck(PacketType type, ushort packetId, ReadOnlySpan<byte> codes, string? reason = null, long batch = 0)
    {
        lock (_gate)
        {
            var text = reason is null || !ProblemInformation ? null : System.Text.Encoding.UTF8.GetBytes(reason);
            var pending = new PendingAck { Batch = batch, PacketId = packetId, Type = type, Codes = codes.ToArray(), Text = text };
            if (batch <= _committed && (batch == 0 || _acks.Count == 0)) Write(pending);
            else Enqueue(pending);
        }
    }

    public void WritePingResp()
    {
        lock (_gate)
        {
            if (_closed) return;
            MqttWriter.PingResp.CopyTo(_bytes.GetSpan(2));
            _bytes.Advance(2);
        }
    }

    /// <summary>The last packet of the connection. Before MQTT 5 a server has none to send; nothing is written after it.</summary>
    public void WriteDisconnect(ReasonCode code, string? reason)
    {
        lock (_gate)
        {
            if (_closed) return;
            WriteDue();
            _closed = true;
            if (Version != MqttVersion.V5 || code == ReasonCode.Success) return;
            var properties = reason is null ? [] : new PropertyWriter().Add(PropertyId.ReasonString, System.Text.Encoding.UTF8.GetBytes(reason)).Raw;
            if (properties.Length + 8 > ClientMaxPacket) properties = [];
            MqttWriter.WriteDisconnect(_bytes, Version, code, properties);
        }
    }

    /// <summary>Nothing is written any more.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    /// <summary>Takes all that may be sent now. An empty answer means that there is nothing; an array must be returned to the shared pool.</summary>
    public ArraySegment<byte> Take()
    {
        BeforeTake?.Invoke();
        lock (_gate)
        {
            if (!_closed) WriteDue();
            _taken += _bytes.Count;
            return _bytes.Count == 0 ? default : _bytes.Take();
        }
    }

    /// <summary>Writes the acknowledgements that are due; the answer is how many messages still wait for theirs.</summary>
    public int Settle()
    {
        lock (_gate)
        {
            WriteDue();
            return _unanswered;
        }
    }

    /// <summary>Acknowledgements of one kind that still wait.</summary>
    internal int Pending(PacketType type)
    {
        lock (_gate)
        {
            var count = 0;
            for (var i = 0; i < _acks.Count; i++) count += _acks[i].Type == type ? 1 : 0;
            return count;
        }
    }

    private void WriteDue()
    {
        var committed = Interlocked.Read(ref _committed);
        while (_acks.Count > 0)
        {
            ref var ack = ref _acks.Peek();
            if (ack.Batch > committed) return;
            Write(ack);
            if (ack.IsForMessage) _unanswered--;
            _acks.Dequeue();
        }
    }

    private void WriteSubAck(in PendingAck ack)
    {
        var properties = ack.Text is { } reason ? new PropertyWriter().Add(PropertyId.ReasonString, reason).Raw : default;
        if (ack.Codes!.Length + properties.Length + 11 > ClientMaxPacket) properties = default;
        MqttWriter.WriteSubAck(_bytes, Version, ack.Type, ack.PacketId, ack.Codes, properties);
    }

    private void Write(in PendingAck ack)
    {
        if (_closed) return;
        if (ack.Type is PacketType.SubAck or PacketType.UnsubAck)
        {
            WriteSubAck(ack);
            return;
        }
        var reason = ack.Text is { } text && text.Length + 16 <= ClientMaxPacket ? text : null;
        MqttWriter.WriteAck(_bytes, Version, ack.Type, ack.PacketId, ack.Code, reason);
    }
}
