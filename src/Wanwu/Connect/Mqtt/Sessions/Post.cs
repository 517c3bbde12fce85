using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>Who brings a message.</summary>
/// <param name="Session">Null for the server's own.</param>
/// <param name="Receipt">Packet identifier of a message of QoS 2 from a session that outlives its connection; 0 otherwise.</param>
/// <param name="Waiter">Told when the message is on disk; null if nobody waits.</param>
/// <param name="Insists">The message is taken while the log is full: its sender cannot bring it again.</param>
/// <param name="IsStored">The message is the retained one of its topic already.</param>
/// <param name="Place">Among those who wait for room in the log; null if it never had to.</param>
internal readonly record struct Sender(ClientSession? Session, ushort Receipt = 0, ICommitWaiter? Waiter = null, bool Insists = false, bool IsStored = false, SenderPlace? Place = null)
{
    /// <summary>Nobody who waits, or could bring the message again.</summary>
    public static Sender Server => new(null, Insists: true);
}

/// <param name="Outcome">Only where it was appended has anybody got the message.</param>
/// <param name="Batch">What an acknowledgement waits for; 0 where the message left nothing behind that outlives the process.</param>
/// <param name="Dropped">Receivers of QoS 0 that did not keep up.</param>
internal readonly record struct Posted(AppendOutcome Outcome, long Batch, int Dropped);

/// <summary>Hands messages to their receivers, and writes down what must outlive the process: one record for a message, however many sessions it waits in.</summary>
internal sealed class Post(Journal journal, RetainedMessages retained)
{
    public Journal Journal => journal;

    /// <param name="targets">Everybody who has subscribed; a target that does not take the sender's messages is passed over.</param>
    /// <param name="members">The members chosen of shared subscriptions, if any.</param>
    public Posted Send(MqttMessage message, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender)
    {
        var keeps = message.Retain && !sender.IsStored;
        if (!keeps && sender.Receipt == 0 && !AnyRecorded(message, targets, members, sender))
            return new Posted(AppendOutcome.Appended, 0, SendNow(message, targets, members, sender));
        return journal.IsReady ? SendRecorded(message, keeps, targets, members, sender) : new Posted(AppendOutcome.NoRoom, 0, 0);
    }

    /// <summary>Whether the message waits for the client in the log.</summary>
    private static bool IsRecorded(in RouteTarget target, MqttMessage message) => target.Session.Durable is not null && Math.Min(target.Qos, message.Qos) > 0;

    private static bool AnyRecorded(MqttMessage message, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender)
    {
        if (message.Qos == 0) return false;
        foreach (ref readonly var target in targets)
            if (IsRecorded(target, message) && target.Takes(sender.Session)) return true;
        return members is not null && members.Any(member => IsRecorded(member, message));
    }

    private Posted SendRecorded(MqttMessage message, bool keeps, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender)
    {
        var commitment = new Commitment();
        var payload = PayloadWriter.Mine;
        var count = SessionRecords.Published(payload, message, sender.Receipt == 0 ? 0 : sender.Session!.Durable!.Number, sender.Receipt);
        var offered = Offer(message, targets, members, sender, commitment, payload);
        payload.Patch(count, offered);
        var (waiter, always, place) = (sender.Waiter, sender.Insists, sender.Place);
        var result = keeps && retained.HasRoomFor(message)
            ? retained.Keep(message, () => journal.Append(RecordType.Retained, payload, waiter, always, place))
            : journal.Append(RecordType.Published, payload, waiter, always, place);
        if (result.Outcome == AppendOutcome.Appended) commitment.Batch = result.Batch;
        // Asked once the number is in its place: whoever takes back a failed batch finds it there, or it has failed by now.
        var outcome = result.Outcome == AppendOutcome.Appended && journal.Log.HasFailed(result.Batch) ? AppendOutcome.NoRoom : result.Outcome;
        Settle(message, targets, members, sender, commitment, isTaken: outcome == AppendOutcome.Appended);
        if (outcome != AppendOutcome.Appended) return new Posted(outcome, 0, 0);
        if (sender.Receipt != 0) sender.Session!.Durable!.Note(result.Batch);
        return new Posted(AppendOutcome.Appended, result.Batch, SendNow(message, targets, members, sender));
    }

    private static uint Offer(MqttMessage message, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender, Commitment commitment, PayloadWriter payload)
    {
        var offered = 0u;
        foreach (ref readonly var target in targets)
            if (IsRecorded(target, message) && target.Takes(sender.Session)) offered += OfferOne(target);
        foreach (var member in members ?? [])
            if (IsRecorded(member, message)) offered += OfferOne(member);
        return offered;

        uint OfferOne(in RouteTarget target)
        {
            var qos = Math.Min(target.Qos, message.Qos);
            var retain = message.Retain && target.RetainAsPublished;
            var number = target.Session.State.Offer(message, qos, retain, target.Identifiers, commitment, target.Share);
            payload.Int64(target.Session.Durable!.Number).Delivery(number, qos, retain, target.Identifiers, target.Share);
            return 1;
        }
    }

    /// <summary>The record is in the log's hands, and what was offered may leave; or it is not, and was never offered.</summary>
    private static void Settle(MqttMessage message, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender, Commitment commitment, bool isTaken)
    {
        foreach (ref readonly var target in targets)
            if (IsRecorded(target, message) && target.Takes(sender.Session)) SettleOne(target);
        foreach (var member in members ?? [])
            if (IsRecorded(member, message)) SettleOne(member);

        void SettleOne(in RouteTarget target)
        {
            if (!isTaken) target.Session.State.Withdraw(commitment);
            target.Session.State.Pump(message.Received);
            target.Session.Connection?.Kick();
        }
    }

    /// <summary>To everybody for whom nothing is written down. The answer is how many did not keep up.</summary>
    private static int SendNow(MqttMessage message, ReadOnlySpan<RouteTarget> targets, IReadOnlyList<RouteTarget>? members, in Sender sender)
    {
        var dropped = 0;
        foreach (ref readonly var target in targets)
            if (target.Takes(sender.Session) && !IsRecorded(target, message)) dropped += SendOne(target, message);
        foreach (var member in members ?? [])
            if (!IsRecorded(member, message)) dropped += SendOne(member, message);
        return dropped;
    }

    private static int SendOne(in RouteTarget target, MqttMessage message)
    {
        if (target.Deliver(message, message.Received) is null) return Math.Min(target.Qos, message.Qos) == 0 && target.Session.State.IsConnected ? 1 : 0;
        target.Session.Connection?.Kick();
        return 0;
    }
}
