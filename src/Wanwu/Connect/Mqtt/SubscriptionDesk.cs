using System.Text;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt;

/// <summary>Grants and withdraws the subscriptions of one client.</summary>
internal readonly struct SubscriptionDesk(MqttDoor door, ClientSession session, TopicRights rights)
{
    public void Subscribe(in SubscribePacket packet, MqttOutput output, long now)
    {
        if (!IsAnswerable(packet, output)) return;
        var codes = new byte[packet.Count];
        var granted = new List<(Subscription Subscription, bool IsNew)>(packet.Count);
        string? reason = null;
        var i = 0;
        foreach (var request in packet)
        {
            var code = Judge(request.Filter);
            if (code == ReasonCode.Success)
            {
                var subscription = new Subscription(session, request.Filter.ToArray(), request.Options, packet.SubscriptionIdentifier) { Since = door.Intake.Log.CommittedPosition };
                if (door.Plain.Routes.Add(subscription, door.Options.MaxSubscriptions) is { } isNew)
                {
                    granted.Add((subscription, isNew));
                    code = (ReasonCode)request.Options.Qos;
                }
                else code = ReasonCode.QuotaExceeded;
            }
            // Whoever has not said who it is is not told more than no (MQTT 5.0 §3.9.3).
            if (code == ReasonCode.NotAuthorized && session.Caller.Kind == CallerKind.Anonymous) code = ReasonCode.UnspecifiedError;
            else if (code >= ReasonCode.UnspecifiedError) reason ??= Sentence(code, request.Filter);
            codes[i++] = code >= ReasonCode.UnspecifiedError && output.Version != MqttVersion.V5 ? (byte)ReasonCode.UnspecifiedError : (byte)code;
        }
        var batch = session.Durable is { } durable && granted.Count > 0
            ? durable.Promise(RecordType.Subscribed, SessionRecords.Subscribed(PayloadWriter.Mine, durable.Number, [.. granted.Select(one => one.Subscription)])) : 0;
        output.WriteSubAck(PacketType.SubAck, packet.PacketId, codes, reason, batch);
        foreach (var (subscription, isNew) in granted) door.Plain.SendRetained(subscription, isNew, now);
    }

    public void Unsubscribe(in SubscribePacket packet, MqttOutput output)
    {
        if (!IsAnswerable(packet, output)) return;
        var codes = new byte[packet.Count];
        var gone = new List<byte[]>(packet.Count);
        var i = 0;
        foreach (var request in packet)
        {
            var there = door.Plain.Routes.Remove(session, request.Filter);
            if (there) gone.Add(request.Filter.ToArray());
            codes[i++] = (byte)(there ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted);
        }
        output.WriteSubAck(PacketType.UnsubAck, packet.PacketId, codes, batch: Withdrawn(gone));
    }

    private long Withdrawn(List<byte[]> filters) => session.Durable is { } durable && filters.Count > 0
        ? durable.Promise(RecordType.Unsubscribed, SessionRecords.Unsubscribed(PayloadWriter.Mine, durable.Number, filters)) : 0;

    /// <summary>A client that asks for more at once than it takes as an answer is closed: it would wait for ever.</summary>
    private bool IsAnswerable(in SubscribePacket packet, MqttOutput output)
    {
        if (MqttWriter.SubAckSize(output.Version, packet.Count) <= output.ClientMaxPacket) return true;
        session.Connection?.Close(ReasonCode.PacketTooLarge, "the answer to so many filters is larger than the client takes");
        return false;
    }

    /// <summary>The client is back: what it subscribed and may no longer is withdrawn, and what waits for it that it may no longer see is not delivered.</summary>
    public void Review()
    {
        var mine = rights;
        Withdrawn(door.Plain.Routes.Review(session, subscription => mine.MaySubscribe(subscription.Topics)));
        if (!session.Caller.IsRegistering) door.Sessions.Pass(session.State.Revise(mine.MayGet, alsoSent: true));
    }

    private ReasonCode Judge(ReadOnlySpan<byte> filter)
    {
        if (!MqttText.IsTopicFilter(filter)) return ReasonCode.TopicFilterInvalid;
        if (session.Caller.IsRegistering) return MqttRegistration.IsAnswer(filter) ? ReasonCode.Success : ReasonCode.NotAuthorized;
        if (MqttText.TrySplitShared(filter, out var name, out var rest))
        {
            if (name.IsEmpty || rest.IsEmpty) return ReasonCode.TopicFilterInvalid;
            filter = rest;
        }
        // Not a matter of rights: nobody gets anything under such a filter.
        if (PlainTopics.IsPlatforms(filter) && !filter.SequenceEqual(RenewalDesk.AnswerTopic) && !TopicFilter.Overlaps(filter, ObservationFeed.Pattern)) return ReasonCode.UnspecifiedError;
        return rights.MaySubscribe(filter) ? ReasonCode.Success : ReasonCode.NotAuthorized;
    }

    private string Sentence(ReasonCode code, ReadOnlySpan<byte> filter)
    {
        var text = Encoding.UTF8.GetString(filter[..Math.Min(filter.Length, 128)]);
        return code switch
        {
            ReasonCode.TopicFilterInvalid => $"'{text}' is no topic filter of at most {MqttText.MaxFilterLevels} levels.",
            ReasonCode.UnspecifiedError => $"Nothing is sent under '{text}': observations are under v1/things/ID/observations/PROPERTY.",
            ReasonCode.QuotaExceeded => $"'{text}': a client has at most {door.Options.MaxSubscriptions} subscriptions, the things of an organisation as many as Connect:Mqtt:Limits allows.",
            _ => $"'{session.Caller.Name}' may not subscribe '{text}': some topic it matches is allowed neither by Connect:Mqtt:Topics nor by its role.",
        };
    }
}
