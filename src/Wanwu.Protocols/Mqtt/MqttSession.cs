namespace Wanwu.Protocols.Mqtt;

/// <summary>How much a session keeps for a client that is away or slow. When more comes, the oldest that was not sent yet is dropped.</summary>
/// <param name="MaxQueuedMessages">Messages of QoS 1 and 2 waiting for their turn.</param>
/// <param name="MaxQueuedBytes">Topic, property and payload bytes of those messages.</param>
/// <param name="MaxInFlight">Messages sent and not acknowledged, where the client takes more.</param>
public sealed record SessionLimits(int MaxQueuedMessages = 1000, int MaxQueuedBytes = 1024 * 1024, int MaxInFlight = 8192);

/// <summary>The state of one client identifier: what outlives its connection (MQTT 5.0 §4.1).</summary>
/// <remarks>
/// Thread-safe: publishers deliver, the connection's loop acknowledges. Packet identifiers in both directions live here, so that a message of QoS 2 is taken once
/// and delivered once over any number of connections; and with a <see cref="Journal"/>, over any number of restarts. A message for such a session comes in two
/// steps: <see cref="Offer"/> gives it its number, then its record is handed to the log, then <see cref="Pump"/> lets it leave.
/// </remarks>
public sealed class MqttSession(SessionLimits limits, QueueBudget? budget = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, Delivery> _sent = [];
    private Queue<Delivery> _waiting = new();
    /// <summary>True once the message's record is in the log's hands, or needs none.</summary>
    private readonly Dictionary<ushort, bool> _received = [];
    private MqttOutput? _output;
    private long _waitingBytes;
    private int _window = ushort.MaxValue;
    private long _next;
    private long _sentBelow;
    private long _dropped;
    private bool _isOver;
    private volatile bool _stalled;

    /// <summary>Null for a session that ends with its connection. Set before the session is used.</summary>
    public ISessionJournal? Journal { get; set; }

    /// <summary>Messages of QoS 1 and 2 that were dropped because the queue was full, expired, too large for the client or no longer for it to see.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);
    /// <summary>Messages in flight and waiting.</summary>
    public int Waiting { get { lock (_gate) return _waiting.Count + _sent.Count; } }
    /// <summary>Messages sent and not yet acknowledged.</summary>
    public int InFlight { get { lock (_gate) return _sent.Count; } }
    /// <summary>Messages that wait to be sent.</summary>
    public int Queued { get { lock (_gate) return _waiting.Count; } }
    public long QueuedBytes { get { lock (_gate) return _waitingBytes; } }
    /// <summary>Messages of QoS 2 received and not yet released.</summary>
    public int Unreleased { get { lock (_gate) return _received.Count; } }
    public bool IsConnected { get { lock (_gate) return _output is not null; } }
    /// <summary>Whether a message handed over now would leave now: the client is connected, takes more, and reads what it gets.</summary>
    public bool HasRoom { get { lock (_gate) return _output is { HasRoom: true } && _waiting.Count == 0 && _sent.Count < _window; } }

    /// <summary>Takes note of a message of QoS 2. False when it was received before and must not be handed on again.</summary>
    public bool TryReceive(ushort packetId)
    {
        lock (_gate) return _received.TryAdd(packetId, false);
    }

    /// <summary>The message of QoS 2 taken note of has been handed on.</summary>
    public void HandedOn(ushort packetId)
    {
        lock (_gate)
            if (_received.ContainsKey(packetId)) _received[packetId] = true;
    }

    /// <summary>The identifier is free because the message was refused: nothing of it is in the log.</summary>
    public bool Release(ushort packetId)
    {
        lock (_gate) return _received.Remove(packetId);
    }

    /// <summary>The client releases the identifier (PUBREL). The answer may leave when <paramref name="batch"/> is on disk.</summary>
    public bool Release(ushort packetId, out long batch)
    {
        lock (_gate)
        {
            var known = _received.Remove(packetId);
            batch = Journal is null ? 0 : known ? Journal.Released(packetId) : Journal.Behind();
            return known;
        }
    }

    /// <summary>A message that came before is acknowledged again when this batch is on disk.</summary>
    public long Behind()
    {
        lock (_gate) return Journal?.Behind() ?? 0;
    }

    /// <summary>Connects the session; everything sent and not acknowledged is sent again in its order (§4.4), then what waits.</summary>
    public void Attach(MqttOutput output, int receiveMaximum, long now)
    {
        ArgumentNullException.ThrowIfNull(output);
        lock (_gate)
        {
            (_output, _window) = (output, Math.Min(receiveMaximum, limits.MaxInFlight));
            var again = new Queue<Delivery>();
            var inFlight = 0;
            var behind = _sent.Count > 0 && Journal is not null ? Journal.Behind() : 0;
            foreach (var delivery in _sent.Values.OrderBy(delivery => delivery.Number))
            {
                if (delivery.Stage == DeliveryStage.AwaitsPubComp) output.Ack(PacketType.PubRel, delivery.PacketId, ReasonCode.Success, null, behind);
                else if (inFlight >= _window || !Write(delivery, now)) again.Enqueue(delivery);
                else inFlight++;
            }
            Requeue(again);
            SendWaiting(now);
        }
    }

    /// <summary>The new client takes fewer at a time than the one before: the rest waits its turn.</summary>
    private void Requeue(Queue<Delivery> again)
    {
        if (again.Count == 0) return;
        foreach (var delivery in again)
        {
            _sent.Remove(delivery.PacketId);
            Count(delivery.Size);
        }
        foreach (var delivery in _waiting) again.Enqueue(delivery);
        _waiting = again;
    }

    /// <summary>The connection is gone. Does nothing when another one has taken the session over.</summary>
    public void Detach(MqttOutput output)
    {
        lock (_gate) if (ReferenceEquals(_output, output)) _output = null;
    }

    /// <summary>Hands a message to the client, now or later. The answer is the output that has something to send, if any.</summary>
    /// <param name="share">The shared subscription the client gets it for, if it is one.</param>
    /// <remarks>For messages of QoS 0, and for sessions without a <see cref="Journal"/>.</remarks>
    public MqttOutput? Deliver(MqttMessage message, byte qos, bool retain, uint[] subscriptionIdentifiers, long now, byte[]? share = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            if (qos == 0)
            {
                if (_output is null) return null;
                return _output.TryPublish((byte)(retain ? 1 : 0), message, subscriptionIdentifiers, now) ? _output : null;
            }
            Enqueue(new Delivery(_next++, message, qos, retain, subscriptionIdentifiers, share, null));
            SendWaiting(now);
            return _output;
        }
    }

    /// <summary>Gives a message its place in the queue. It leaves when <paramref name="commitment"/> allows; the answer is the number of the delivery.</summary>
    public long Offer(MqttMessage message, byte qos, bool retain, uint[] subscriptionIdentifiers, Commitment commitment, byte[]? share = null)
    {
        lock (_gate)
        {
            var delivery = new Delivery(_next++, message, qos, retain, subscriptionIdentifiers, share, commitment);
            Enqueue(delivery);
            return delivery.Number;
        }
    }

    /// <summary>The log did not take the message: it was never offered.</summary>
    public void Withdraw(Commitment commitment)
    {
        lock (_gate) RemoveWaiting(delivery => ReferenceEquals(delivery.Commitment, commitment));
    }

    /// <summary>The disk did not take this batch, nor any behind it: what they promised and nobody has seen is taken back.</summary>
    public void TakeBack(long fromBatch)
    {
        lock (_gate) RemoveWaiting(delivery => delivery.Commitment is { IsPlaced: true } there && there.Batch >= fromBatch && !delivery.WasSent);
    }

    /// <summary>
    /// Takes out what the client may no longer get of what waits. The answer is what of it was for a shared subscription, and another member may get.
    /// </summary>
    /// <param name="alsoSent">Also what was sent to a connection before, and would be sent again: for a client that is coming back.</param>
    public List<(MqttMessage Message, byte[] Share)> Revise(Func<MqttMessage, bool> keep, bool alsoSent)
    {
        ArgumentNullException.ThrowIfNull(keep);
        var shared = new List<(MqttMessage, byte[])>();
        lock (_gate)
        {
            if (alsoSent)
                foreach (var delivery in _sent.Values.Where(delivery => delivery.Message is { } message && !keep(message)).ToList())
                {
                    _sent.Remove(delivery.PacketId);
                    Forgo(delivery, shared);
                }
            // One whose record is not in the log's hands yet was decided upon a moment ago.
            RemoveWaiting(delivery =>
            {
                if (!delivery.IsPlaced || delivery.Message is not { } message || keep(message)) return false;
                Forgo(delivery, shared);
                return true;
            });
        }
        return shared;
    }

    private void Forgo(Delivery delivery, List<(MqttMessage, byte[])> shared)
    {
        // A message of QoS 2 that was sent goes to nobody else.
        if (delivery is { Share: { } share, Message: { } message } && !(delivery is { WasSent: true, Qos: 2 })) shared.Add((message, share));
        Drop(delivery);
    }

    /// <summary>How many of the messages in flight and waiting fit.</summary>
    public int CountOf(Func<MqttMessage, bool> fits)
    {
        ArgumentNullException.ThrowIfNull(fits);
        lock (_gate) return _sent.Values.Concat(_waiting).Count(delivery => delivery.Message is { } message && fits(message));
    }

    private void RemoveWaiting(Func<Delivery, bool> isGone)
    {
        var kept = new Queue<Delivery>();
        foreach (var delivery in _waiting)
        {
            if (isGone(delivery)) Count(-delivery.Size);
            else kept.Enqueue(delivery);
        }
        _waiting = kept;
    }

    /// <summary>Sends what may leave by now. True when more could leave if the output had room: call again when it has.</summary>
    public bool Pump(long now, bool onlyStalled = false)
    {
        if (onlyStalled && !_stalled) return false;
        lock (_gate)
        {
            SendWaiting(now);
            return _stalled && _output is { IsFull: true };
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
                case (DeliveryStage.AwaitsPubAck, PacketType.PubAck) or (DeliveryStage.AwaitsPubComp, PacketType.PubComp):
                case (DeliveryStage.AwaitsPubRec, PacketType.PubRec) when code >= ReasonCode.UnspecifiedError:
                    _sent.Remove(packetId);
                    Journal?.Done(delivery.Number);
                    SendWaiting(now);
                    return MqttFault.None;
                case (DeliveryStage.AwaitsPubRec, PacketType.PubRec):
                    delivery.Received();
                    _output?.Ack(PacketType.PubRel, packetId, ReasonCode.Success, null, Journal?.Received(delivery.Number) ?? 0);
                    return MqttFault.None;
                case (DeliveryStage.AwaitsPubComp, PacketType.PubRec):
                    _output?.Ack(PacketType.PubRel, packetId, ReasonCode.Success, null, Journal?.Behind() ?? 0);
                    return MqttFault.None;
                default:
                    return MqttFault.AcknowledgementOutOfTurn;
            }
        }
    }

    private void Enqueue(Delivery delivery)
    {
        if (_isOver) return;
        _waiting.Enqueue(delivery);
        Count(delivery.Size);
    }

    private void SendWaiting(long now)
    {
        _stalled = false;
        while (_output is { } output && _sent.Count < _window && _waiting.TryPeek(out var delivery) && !_sent.ContainsKey(delivery.PacketId))
        {
            if (output.IsFull || !MayLeave(delivery))
            {
                _stalled = true;
                break;
            }
            Dequeue();
            if (!delivery.Message!.IsExpired(now) && Write(delivery, now)) _sent.Add(delivery.PacketId, delivery);
            else Drop(delivery);
        }
        while (_waiting.TryPeek(out var oldest) && oldest.IsPlaced && IsOverfull) Drop(Dequeue());
    }

    private bool IsOverfull => _waiting.Count > limits.MaxQueuedMessages || _waitingBytes > limits.MaxQueuedBytes || budget is { IsExceeded: true };

    /// <summary>
    /// Nothing leaves before its record is in the log's hands, so that the client's answer is written behind it. A message of QoS 2 leaves only when the record
    /// is on disk: sent before, and lost in a crash, its number would be given to another message, or the sender would bring it again.
    /// </summary>
    private bool MayLeave(Delivery delivery)
    {
        if (delivery.Commitment is not { } commitment || Journal is not { } journal) return true;
        if (!commitment.IsPlaced) return false;
        return delivery.Qos == 1 || journal.IsCommitted(commitment.Batch) || !journal.TryAwait(commitment.Batch);
    }

    private Delivery Dequeue()
    {
        var delivery = _waiting.Dequeue();
        Count(-delivery.Size);
        return delivery;
    }

    private void Drop(Delivery delivery)
    {
        _dropped++;
        budget?.CountDropped();
        Journal?.Done(delivery.Number);
    }

    private void Count(long bytes)
    {
        _waitingBytes += bytes;
        budget?.Add(bytes);
    }

    private bool Write(Delivery delivery, long now)
    {
        var message = delivery.Message!;
        var flags = (delivery.WasSent ? 8 : 0) | delivery.Qos << 1 | (delivery.Retain ? 1 : 0);
        if (!_output!.TryPublish((byte)flags, delivery.PacketId, message, delivery.SubscriptionIdentifiers, now)) return false;
        delivery.WasSent = true;
        _sentBelow = Math.Max(_sentBelow, delivery.Number + 1);
        return true;
    }

    /// <summary>Deliveries below it were sent to the client.</summary>
    public long SentBelow { get { lock (_gate) return _sentBelow; } }

    /// <summary>
    /// The session is over: its messages wait no more. The answer is what it was given for a shared subscription and another member may get (MQTT 5.0 §4.8.2):
    /// a message of QoS 2 that was sent goes to nobody else.
    /// </summary>
    public List<(MqttMessage Message, byte[] Share)> End()
    {
        lock (_gate)
        {
            var shared = new List<(MqttMessage, byte[])>();
            foreach (var delivery in _sent.Values.Where(delivery => delivery.Stage == DeliveryStage.AwaitsPubAck).OrderBy(delivery => delivery.Number).Concat(_waiting))
                if (delivery is { Share: { } share, Message: { } message }) shared.Add((message, share));
            Count(-_waitingBytes);
            _waiting.Clear();
            _sent.Clear();
            _isOver = true;
            return shared;
        }
    }

    /// <summary>Everything that must outlive the process. False when a message is on its way into the log at this moment: ask again.</summary>
    public bool TryCapture(QueueImage into)
    {
        ArgumentNullException.ThrowIfNull(into);
        lock (_gate)
        {
            if (_received.ContainsValue(false)) return false;
            foreach (var delivery in _waiting)
                if (!delivery.IsPlaced) return false;
            (into.Next, into.SentBelow, into.Dropped) = (_next, _sentBelow, _dropped);
            into.Received.UnionWith(_received.Keys);
            foreach (var delivery in _sent.Values.Concat(_waiting))
                into.Deliveries.Add(delivery.Number, new DeliveryImage(delivery.Number, delivery.Qos, delivery.Retain, delivery.SubscriptionIdentifiers, delivery.Share, delivery.Message));
            return true;
        }
    }

    /// <summary>What outlived the process. Called before the session is used.</summary>
    public void Restore(QueueImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        lock (_gate)
        {
            (_next, _sentBelow, _dropped) = (image.Next, Math.Min(image.SentBelow, image.Next), image.Dropped);
            foreach (var packetId in image.Received) _received[packetId] = true;
            foreach (var (number, there) in image.Deliveries)
            {
                var delivery = new Delivery(number, there.Message, there.Qos, there.Retain, there.SubscriptionIdentifiers, there.Share, null) { WasSent = number < image.SentBelow };
                if (delivery.Stage == DeliveryStage.AwaitsPubComp) _sent[delivery.PacketId] = delivery;
                else Enqueue(delivery);
            }
        }
    }
}
