using Microsoft.Extensions.Options;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>The one place that says who may use which topics outside <c>v1/</c>, and <c>$SYS/</c>. Nothing is allowed that no rule allows.</summary>
internal sealed class TopicRules(IOptions<MqttOptions> options, AccessRules access, ThingDirectory things)
{
    private readonly IReadOnlyList<TopicRule> _rules = options.Value.Topics.Count > 0 ? options.Value.Topics : TopicRule.Defaults;

    /// <summary>What the caller may do under this client identifier.</summary>
    public TopicRights For(Caller caller, string clientId) => new(this, access, things, caller, clientId);

    /// <summary>Who of those that share a subscription may be given a message; null: all of them, since they have subscribed what it lies under.</summary>
    public Func<Caller, bool>? Receivers(MqttMessage message) =>
        ObservationTopic.TryRead(message.Topic, out _, out _) ? caller => For(caller, "").MayGet(message) : null;

    /// <summary>The filters that the rules grant.</summary>
    /// <param name="thing">The thing that is calling, when one is.</param>
    internal (byte[][] Publish, byte[][] Subscribe) GrantedTo(Caller caller, string clientId, ThingEntry? thing)
    {
        var mine = _rules.Where(rule => Applies(rule, caller, thing)).ToList();
        return (Expand(mine.SelectMany(rule => rule.Publish)), Expand(mine.SelectMany(rule => rule.Subscribe)));

        byte[][] Expand(IEnumerable<string> filters) => [.. filters.Select(filter => TopicRule.Expand(filter, caller, clientId)).OfType<byte[]>().Distinct(BytesComparer.Instance)];
    }

    private bool Applies(TopicRule rule, Caller caller, ThingEntry? thing) => rule.Subject switch
    {
        (RuleSubject.Anonymous, _) => caller.Kind == CallerKind.Anonymous,
        (RuleSubject.Anyone, _) => caller.Kind != CallerKind.Anonymous,
        (RuleSubject.Role, var role) => access.HoldsEverywhere(caller, role),
        (RuleSubject.AnyThing, _) => caller.Kind == CallerKind.Thing,
        (RuleSubject.Thing, var id) => caller.Kind == CallerKind.Thing && caller.Name == id,
        (RuleSubject.Model, var model) => caller.Kind == CallerKind.Thing && thing?.Model?.Id == model,
        (RuleSubject.Program, var name) => caller.Kind == CallerKind.Program && caller.Name == name,
        (RuleSubject.Person, var name) => caller.Kind == CallerKind.Person && string.Equals(caller.Name, name, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
