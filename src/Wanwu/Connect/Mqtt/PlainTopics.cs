using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

/// <summary>Messages between clients on topics outside <c>v1/</c>, on their way to whoever has subscribed.</summary>
internal sealed class PlainTopics(Routes routes, RetainedMessages retained, TopicRules rules, ServerTopics server, Post post, ConnectMetrics metrics)
{
    public Routes Routes => routes;
    public Post Post => post;
    public TopicRules Rules => rules;
    public RetainedMessages Retained => retained;

    /// <summary>Whether the topic is the platform's own or the server's.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> topic) => IsPlatforms(topic) || topic.StartsWith("$"u8);

    /// <summary>Whether the topic or filter is of those that have a meaning to the platform.</summary>
    public static bool IsPlatforms(ReadOnlySpan<byte> topic) => topic.StartsWith("v1/"u8) || topic.SequenceEqual("v1"u8);

    /// <summary>Hands a message to every subscriber. The answer says whether there was one, and what became of the message.</summary>
    /// <param name="route">The topic's route as the publisher knows it; brought up to date.</param>
    public (Posted Posted, bool Heard) Publish(MqttMessage message, in Sender sender, ref TopicRoute? route)
    {
        route = routes.Find(message.Topic, ref route);
        var unchosen = 0;
        var members = route.Groups.Length == 0 ? null : Choose(message, route.Groups, out unchosen);
        var posted = post.Send(message, route.Targets, members, sender);
        if (posted.Outcome == Telemetry.AppendOutcome.Appended) metrics.Dropped("mqtt", posted.Dropped + unchosen);
        return (posted, !route.IsEmpty);
    }

    /// <summary>Whether anybody has subscribed the topic.</summary>
    public bool IsHeard(ReadOnlySpan<byte> topic, ref TopicRoute? route) => !routes.Find(topic, ref route).IsEmpty;

    private static List<RouteTarget> Choose(MqttMessage message, ShareGroup[] groups, out int unchosen)
    {
        var members = new List<RouteTarget>(groups.Length);
        foreach (var group in groups)
            if (group.TryChoose(message.Qos, null, out var member)) members.Add(member);
        unchosen = groups.Length - members.Count;
        return members;
    }

    /// <summary>Sends what is retained to a new subscription, as its retain handling asks (MQTT 5.0 §3.3.1.3).</summary>
    public void SendRetained(Subscription subscription, bool isNew, long now)
    {
        var handling = subscription.Options.RetainHandling;
        if (handling == 2 || (handling == 1 && !isNew) || subscription.IsShared) return;
        var target = new RouteTarget(subscription.Owner, subscription.Options.Qos, Audience.Everybody, RetainAsPublished: true, subscription.Identifiers);
        foreach (var message in retained.Matching(subscription.Filter, now).Concat(server.Matching(subscription.Filter))) post.Send(message, [target], null, Sender.Server with { IsStored = true });
    }
}
