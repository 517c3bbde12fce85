using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

/// <summary>Messages between clients on topics outside <c>v1/</c>: routed in memory to whoever has subscribed.</summary>
internal sealed class PlainTopics(Routes routes, RetainedMessages retained, TopicRules rules, ServerTopics server, ConnectMetrics metrics)
{
    public Routes Routes => routes;
    public TopicRules Rules => rules;
    public RetainedMessages Retained => retained;

    /// <summary>Whether the topic is the platform's own or the server's.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> topic) => topic.StartsWith("v1/"u8) || topic.SequenceEqual("v1"u8) || topic.StartsWith("$"u8);

    /// <summary>Hands a message to every subscriber. False when there was none.</summary>
    /// <param name="route">The topic's route as the publisher knows it; brought up to date.</param>
    public bool Publish(MqttMessage message, ClientSession? from, ref TopicRoute? route)
    {
        if (message.Retain) retained.Keep(message);
        route = routes.Find(message.Topic, ref route);
        var dropped = 0;
        foreach (ref readonly var target in route.Targets.AsSpan())
            if (target.Takes(from)) dropped += Send(target, message);
        foreach (var group in route.Groups)
            dropped += group.TryChoose(message.Qos, null, out var member) ? Send(member, message) : 1;
        metrics.Dropped("mqtt", dropped);
        return !route.IsEmpty;
    }

    /// <summary>The answer is how many messages were dropped: 0 or 1.</summary>
    private static int Send(in RouteTarget target, MqttMessage message)
    {
        if (target.Deliver(message, message.Received) is null) return Math.Min(target.Qos, message.Qos) == 0 && target.Session.State.IsConnected ? 1 : 0;
        target.Session.Connection?.Kick();
        return 0;
    }

    /// <summary>Sends what is retained to a new subscription, as its retain handling asks (MQTT 5.0 §3.3.1.3).</summary>
    public void SendRetained(Subscription subscription, bool isNew, long now)
    {
        var handling = subscription.Options.RetainHandling;
        if (handling == 2 || (handling == 1 && !isNew) || subscription.IsShared) return;
        foreach (var message in retained.Matching(subscription.Filter, now).Concat(server.Matching(subscription.Filter)))
            subscription.Owner.State.Deliver(message, Math.Min(message.Qos, subscription.Options.Qos), retain: true, subscription.Identifiers, now);
    }
}
