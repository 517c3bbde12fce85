using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>That a session has received a message of QoS 2, kept with the message's own record.</summary>
internal readonly record struct MessageReceipt(long Session, ushort PacketId)
{
    /// <summary>The payload, valid until the calling thread writes the next one.</summary>
    /// <param name="origin">The origin of the message that follows.</param>
    public ReadOnlySpan<byte> With(ulong origin) => SessionRecords.Receipt(PayloadWriter.Mine, Session, PacketId, origin).Written;
}

/// <summary>Writes the payloads of the records of sessions; <see cref="JournalImage"/> reads them back.</summary>
internal static class SessionRecords
{
    public const byte IsNew = 1, HasWill = 2;
    public const uint NoMessage = uint.MaxValue;

    public static PayloadWriter Opened(PayloadWriter into, long number, bool isNew, Caller caller, string clientId, uint expiry, uint willDelay, MqttMessage? will)
    {
        into.Int64(number).Byte((byte)((isNew ? IsNew : 0) | (will is null ? 0 : HasWill))).Byte((byte)caller.Kind).Text16(caller.Name);
        // A list of texts, which were roles once: read as an id, a role names nobody, and a session so old gets nothing before its client is back.
        if (caller is not { Id: { } id, Thing: null }) into.Byte(0);
        else if (caller.Scope.IsAll) into.Byte(1).Text16(id);
        else into.Byte(2).Text16(id).Text16(caller.Scope.ToString());
        into.Text16(clientId).UInt32(expiry).UInt32(willDelay);
        return will is null ? into : into.Message(will);
    }

    public static PayloadWriter Left(PayloadWriter into, long number, long expires, long willDue, long sentBelow) =>
        into.Int64(number).Int64(expires).Int64(willDue).Int64(sentBelow);

    public static PayloadWriter Subscribed(PayloadWriter into, long number, IReadOnlyCollection<Subscription> subscriptions)
    {
        into.Int64(number).UInt16((ushort)subscriptions.Count);
        foreach (var one in subscriptions) into.Bytes16(one.Filter).Byte(one.Options.Bits).UInt32(one.Identifier).Int64(one.Since);
        return into;
    }

    public static PayloadWriter Unsubscribed(PayloadWriter into, long number, IReadOnlyCollection<byte[]> filters)
    {
        into.Int64(number).UInt16((ushort)filters.Count);
        foreach (var filter in filters) into.Bytes16(filter);
        return into;
    }

    /// <summary>The beginning of a message's record; its deliveries follow, and their number is patched in at the answer.</summary>
    public static int Published(PayloadWriter into, MqttMessage message, long sender, ushort packetId)
    {
        into.Message(message).Int64(sender).UInt16(packetId).UInt32(0);
        return into.Length - 4;
    }

    public static PayloadWriter Receipt(PayloadWriter into, long session, ushort packetId, ulong origin) => into.Int64(session).UInt16(packetId).Int64((long)origin);

    public static PayloadWriter Queue(PayloadWriter into, long number, QueueImage queue, Func<MqttMessage, uint> held)
    {
        into.Int64(number).Int64(queue.Next).Int64(queue.SentBelow).Int64(queue.Dropped).UInt32((uint)queue.Received.Count);
        foreach (var packetId in queue.Received) into.UInt16(packetId);
        into.UInt32((uint)queue.Deliveries.Count);
        foreach (var delivery in queue.Deliveries.Values)
        {
            into.UInt32(delivery.Message is { } message ? held(message) : NoMessage);
            into.Delivery(delivery.Number, delivery.Qos, delivery.Retain, delivery.SubscriptionIdentifiers, delivery.Share);
        }
        return into;
    }
}
