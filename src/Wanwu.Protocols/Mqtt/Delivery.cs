namespace Wanwu.Protocols.Mqtt;

internal enum DeliveryStage : byte { AwaitsPubAck, AwaitsPubRec, AwaitsPubComp }

/// <summary>One message of QoS 1 or 2 on its way to one client.</summary>
/// <param name="number">Counts the deliveries of the session.</param>
/// <param name="commitment">Null where the session does not outlive its connection, or where the log has the message already.</param>
internal sealed class Delivery(long number, MqttMessage? message, byte qos, bool retain, uint[] subscriptionIdentifiers, byte[]? share, Commitment? commitment)
{
    private const int Identifiers = ushort.MaxValue;

    public long Number => number;

    /// <summary>
    /// Follows from the number, so that it needs no record of its own: a message sent again after a restart has the identifier it had before. A message
    /// whose identifier is still in use waits.
    /// </summary>
    public ushort PacketId => (ushort)(1 + (number % Identifiers));

    /// <summary>Null once the client has said that it has the message (PUBREC): what remains is the identifier.</summary>
    public MqttMessage? Message { get; private set; } = message;
    public byte Qos => qos;
    public bool Retain => retain;
    public uint[] SubscriptionIdentifiers => subscriptionIdentifiers;
    /// <summary>The shared subscription the client gets it for, if it is one.</summary>
    public byte[]? Share => share;
    public Commitment? Commitment => commitment;
    public int Size { get; } = message is null ? 0 : message.Topic.Length + message.Payload.Length + message.Properties.Length;
    public DeliveryStage Stage { get; private set; } = message is null ? DeliveryStage.AwaitsPubComp : qos == 1 ? DeliveryStage.AwaitsPubAck : DeliveryStage.AwaitsPubRec;
    /// <summary>Whether it was, or may have been, on the wire before.</summary>
    public bool WasSent { get; set; }

    public bool IsPlaced => commitment is null || commitment.IsPlaced;

    public void Received()
    {
        Stage = DeliveryStage.AwaitsPubComp;
        Message = null;
    }
}

/// <summary>A delivery as it is written down.</summary>
/// <param name="Message">Null: the client has it (PUBREC), and awaits PUBREL.</param>
public sealed record DeliveryImage(long Number, byte Qos, bool Retain, uint[] SubscriptionIdentifiers, byte[]? Share, MqttMessage? Message);

/// <summary>What of a session's messages outlives the process.</summary>
public sealed class QueueImage
{
    /// <summary>The number the next delivery gets.</summary>
    public long Next { get; set; }
    /// <summary>Deliveries below it were, or may have been, sent.</summary>
    public long SentBelow { get; set; }
    public long Dropped { get; set; }
    /// <summary>Packet identifiers of messages of QoS 2 that were received and not released.</summary>
    public HashSet<ushort> Received { get; } = [];
    /// <summary>By number.</summary>
    public SortedDictionary<long, DeliveryImage> Deliveries { get; } = [];
}

/// <summary>The bytes that wait in the queues of all sessions together, and the messages that were dropped from them.</summary>
public sealed class QueueBudget(long maxBytes = long.MaxValue)
{
    private long _bytes;
    private long _dropped;

    public long Bytes => Interlocked.Read(ref _bytes);
    public long Dropped => Interlocked.Read(ref _dropped);
    public bool IsExceeded => Bytes > maxBytes;

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
    internal void CountDropped() => Interlocked.Increment(ref _dropped);
}
