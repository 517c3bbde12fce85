using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

/// <summary>Messages between clients on topics outside <c>v1/</c>: routed in memory to whoever has subscribed.</summary>
internal sealed class PlainTopics(Routes routes, RetainedMessages retained, ConnectMetrics metrics)
{
    public Routes Routes => routes;

    /// <summary>Whether the topic is the platform's own or the server's.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> topic) => topic.StartsWith("v1/"u8) || topic.SequenceEqual("v1"u8) || topic.StartsWith("$"u8);

    /// <summary>Hands a message to every subscriber. False when there was none.</summary>
    /// <param name="route">The topic's route as the publisher knows it; brought up to date.</param>
    public bool Publish(MqttMessage message, ClientSession? from, ref TopicRoute? route)
    {
        if (message.Retain) retained.Keep(message);
        if (route is null || route.Version != routes.Version) route = routes.Find(message.Topic);
        var dropped = 0;
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            if (target.NoLocal && ReferenceEquals(target.Session, from)) continue;
            var qos = Math.Min(target.Qos, message.Qos);
            var output = target.Session.State.Deliver(message, qos, message.Retain && target.RetainAsPublished, target.Identifiers, message.Received);
            if (output is null) dropped += qos == 0 && target.Session.State.IsConnected ? 1 : 0;
            else target.Session.Connection?.Kick();
        }
        metrics.Dropped("mqtt", dropped);
        return route.Targets.Length > 0;
    }

    /// <summary>Sends what is retained to a new subscription, as its retain handling asks (MQTT 5.0 §3.3.1.3).</summary>
    public void SendRetained(Subscription subscription, bool isNew, long now)
    {
        var handling = subscription.Options.RetainHandling;
        if (handling == 2 || (handling == 1 && !isNew)) return;
        uint[] identifiers = subscription.Identifier == 0 ? [] : [subscription.Identifier];
        foreach (var message in retained.Matching(subscription.Filter, now))
            subscription.Owner.State.Deliver(message, Math.Min(message.Qos, subscription.Options.Qos), retain: true, identifiers, now);
    }
}
