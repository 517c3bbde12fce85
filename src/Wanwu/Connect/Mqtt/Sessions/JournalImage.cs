using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>What the records of the journal amount to: every durable session and every retained message.</summary>
/// <remarks>
/// A record says what a thing is from now on, never by how much it changes. So a record may be applied to a state that contains it already, as long as every
/// later one about the same thing follows: a snapshot need not be of one moment.
/// </remarks>
internal sealed class JournalImage
{
    private readonly Dictionary<uint, MqttMessage> _held = [];
    private (long Session, ushort PacketId, ulong Origin, long End)? _receipt;

    public SortedDictionary<long, SessionImage> Sessions { get; } = [];
    public Dictionary<byte[], MqttMessage> Retained { get; } = new(BytesComparer.Instance);
    /// <summary>The number the next session gets.</summary>
    public long NextSession { get; private set; } = 1;
    /// <summary>Observations before it have been handed to their subscribers.</summary>
    public long FedTo { get; private set; }

    public void Apply(in LogRecord record)
    {
        var reader = new PayloadReader(record.Payload);
        var receipt = _receipt;
        _receipt = null;
        switch (record.Type)
        {
            case RecordType.Message: MessageOf(receipt, record); break;
            case RecordType.SessionOpened: Opened(ref reader); break;
            case RecordType.SessionLeft: Left(ref reader); break;
            case RecordType.SessionEnded: Sessions.Remove(reader.Int64()); break;
            case RecordType.Subscribed: Subscribed(ref reader, record.Position); break;
            case RecordType.Unsubscribed: Unsubscribed(ref reader); break;
            case RecordType.Published or RecordType.Retained: Published(ref reader, record.Type); break;
            case RecordType.Acknowledged: Acknowledged(ref reader); break;
            case RecordType.Released: Find(ref reader)?.Queue.Received.Remove(reader.UInt16()); break;
            case RecordType.Receipt: Receipt(ref reader, record); break;
            case RecordType.WillGone:
                if (Find(ref reader) is { } mourned) (mourned.Will, mourned.WillDue) = (null, 0);
                break;
            case RecordType.Fed: FedTo = Math.Max(FedTo, reader.Int64()); break;
            case RecordType.HeldMessage: _held[reader.UInt32()] = reader.Message(); break;
            case RecordType.SessionQueue: Queue(ref reader); break;
            case RecordType.SnapshotHead: (NextSession, FedTo) = (reader.Int64(), reader.Int64()); break;
        }
    }

    /// <summary>The snapshot has been read: its messages belong to the sessions now.</summary>
    public void EndOfSnapshot() => _held.Clear();

    private SessionImage? Find(ref PayloadReader reader) => Sessions.GetValueOrDefault(reader.Int64());

    private void Opened(ref PayloadReader reader)
    {
        var (number, flags) = (reader.Int64(), reader.Byte());
        var (kind, name) = ((CallerKind)reader.Byte(), reader.Text16());
        var identity = new string[reader.Byte()];
        for (var i = 0; i < identity.Length; i++) identity[i] = reader.Text16();
        ThingId? thing = kind == CallerKind.Thing && ThingId.TryParse(name, null, out var id) ? id : null;
        var caller = thing is { } own ? Caller.OfThing(own) : new Caller(kind, name, null)
        {
            Id = identity.FirstOrDefault(), Scope = identity.Length > 1 ? PermissionSet.Read(identity[1]) : PermissionSet.All,
        };
        var clientId = reader.Text16();
        if ((flags & SessionRecords.IsNew) != 0 || !Sessions.TryGetValue(number, out var session))
            Sessions[number] = session = new SessionImage { Number = number, Caller = caller, ClientId = clientId };
        (session.Caller, session.Expiry, session.IsConnected) = (caller, reader.UInt32(), true);
        (session.WillDelay, session.Will, session.WillDue) = (reader.UInt32(), (flags & SessionRecords.HasWill) != 0 ? reader.Message() : null, 0);
        // What has been sent since is not known until the connection ends.
        session.Queue.SentBelow = long.MaxValue;
        NextSession = Math.Max(NextSession, number + 1);
    }

    private void Left(ref PayloadReader reader)
    {
        if (Find(ref reader) is not { } session) return;
        (session.IsConnected, session.Expires, session.WillDue, session.Queue.SentBelow) = (false, reader.Int64(), reader.Int64(), reader.Int64());
        if (session.WillDue == 0) session.Will = null;
    }

    private void Subscribed(ref PayloadReader reader, long position)
    {
        var session = Find(ref reader);
        for (var left = reader.UInt16(); left > 0; left--)
        {
            var filter = reader.Bytes16().ToArray();
            var image = new SubscriptionImage(new SubscriptionOptions(reader.Byte()), reader.UInt32(), reader.Int64());
            if (session is not null) session.Subscriptions[filter] = image.Since == 0 ? image with { Since = position } : image;
        }
    }

    private void Unsubscribed(ref PayloadReader reader)
    {
        var session = Find(ref reader);
        for (var left = reader.UInt16(); left > 0; left--) session?.Subscriptions.Remove(reader.Bytes16().ToArray());
    }

    private void Published(ref PayloadReader reader, RecordType type)
    {
        var message = reader.Message();
        if (type == RecordType.Retained && message.Payload.Length == 0) Retained.Remove(message.Topic);
        else if (type == RecordType.Retained) Retained[message.Topic] = message;
        var (sender, packetId) = (Find(ref reader), reader.UInt16());
        if (packetId != 0) sender?.Queue.Received.Add(packetId);
        for (var left = reader.UInt32(); left > 0; left--)
        {
            var session = Find(ref reader);
            var delivery = reader.Delivery(message);
            if (session is null) continue;
            session.Queue.Deliveries[delivery.Number] = delivery;
            session.Queue.Next = Math.Max(session.Queue.Next, delivery.Number + 1);
        }
    }

    private void Acknowledged(ref PayloadReader reader)
    {
        if (Find(ref reader) is not { } session) return;
        var (number, received) = (reader.Int64(), reader.Byte() != 0);
        if (!received) session.Queue.Deliveries.Remove(number);
        else if (session.Queue.Deliveries.TryGetValue(number, out var delivery)) session.Queue.Deliveries[number] = delivery with { Message = null };
    }

    private void Receipt(ref PayloadReader reader, in LogRecord record)
    {
        var (session, packetId, origin) = (reader.Int64(), reader.UInt16(), (ulong)reader.Int64());
        if (origin == 0) Sessions.GetValueOrDefault(session)?.Queue.Received.Add(packetId);
        else _receipt = (session, packetId, origin, record.Position + record.Bytes.Length);
    }

    /// <summary>The log may have been cut between a receipt and its message: it counts only if the message follows, and is that message.</summary>
    private void MessageOf((long Session, ushort PacketId, ulong Origin, long End)? receipt, in LogRecord record)
    {
        if (receipt is not { } there || there.End != record.Position || new RecordReader(record.Payload).Head().Origin != there.Origin) return;
        Sessions.GetValueOrDefault(there.Session)?.Queue.Received.Add(there.PacketId);
    }

    private void Queue(ref PayloadReader reader)
    {
        if (Find(ref reader) is not { } session) return;
        var queue = session.Queue;
        (queue.Next, queue.SentBelow, queue.Dropped) = (reader.Int64(), reader.Int64(), reader.Int64());
        for (var left = reader.UInt32(); left > 0; left--) queue.Received.Add(reader.UInt16());
        for (var left = reader.UInt32(); left > 0; left--)
        {
            var held = reader.UInt32();
            var delivery = reader.Delivery(held == SessionRecords.NoMessage ? null : _held[held]);
            queue.Deliveries[delivery.Number] = delivery;
        }
    }
}
