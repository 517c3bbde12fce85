using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Grants and withdraws the subscriptions of one client.</summary>
internal readonly struct SubscriptionDesk(MqttDoor door, ClientSession session)
{
    public void Subscribe(in SubscribePacket packet, MqttOutput output, long now)
    {
        var codes = new byte[packet.Count];
        var granted = new List<(Subscription Subscription, bool IsNew)>(packet.Count);
        var i = 0;
        foreach (var request in packet)
        {
            var code = Judge(request, output.Version);
            if (code == ReasonCode.Success)
            {
                var subscription = new Subscription(session, request.Filter.ToArray(), request.Options, packet.SubscriptionIdentifier);
                if (door.Plain.Routes.Add(subscription, door.Options.MaxSubscriptions) is { } isNew)
                {
                    granted.Add((subscription, isNew));
                    code = (ReasonCode)request.Options.Qos;
                }
                else code = ReasonCode.QuotaExceeded;
            }
            codes[i++] = code >= ReasonCode.UnspecifiedError && output.Version != MqttVersion.V5 ? (byte)ReasonCode.UnspecifiedError : (byte)code;
        }
        output.WriteSubAck(PacketType.SubAck, packet.PacketId, codes);
        if (!Admission.UsesPlainTopics(session.Caller)) return;
        foreach (var (subscription, isNew) in granted) door.Plain.SendRetained(subscription, isNew, now);
    }

    public void Unsubscribe(in SubscribePacket packet, MqttOutput output)
    {
        var codes = new byte[packet.Count];
        var i = 0;
        foreach (var request in packet)
            codes[i++] = (byte)(door.Plain.Routes.Remove(session, request.Filter) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted);
        output.WriteSubAck(PacketType.UnsubAck, packet.PacketId, codes);
    }

    /// <summary>Whether the filter may be subscribed at all; what it lets through is asked for each thing when there is something to deliver.</summary>
    private ReasonCode Judge(in FilterRequest request, MqttVersion version)
    {
        if (!MqttText.IsTopicFilter(request.Filter)) return ReasonCode.TopicFilterInvalid;
        if (request.Filter.StartsWith("$share/"u8)) return version == MqttVersion.V5 ? ReasonCode.SharedSubscriptionsNotSupported : ReasonCode.UnspecifiedError;
        if (Admission.UsesPlainTopics(session.Caller)) return PlainTopics.IsReserved(request.Filter) ? ReasonCode.NotAuthorized : ReasonCode.Success;
        return TopicFilter.Overlaps(request.Filter, ObservationFeed.Pattern) && door.Intake.Rules.May(session.Caller, Permission.ReadObservations)
            ? ReasonCode.Success : ReasonCode.NotAuthorized;
    }
}
