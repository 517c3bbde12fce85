using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>What one caller may publish and subscribe, worked out when it connects and again when its thing changes or what is granted.</summary>
/// <remarks>Belongs to the connection's reading loop. Publishers keep the answer with the topic (<see cref="PublishTarget"/>).</remarks>
internal sealed class TopicRights
{
    private readonly TopicRules _rules;
    private readonly AccessRules _access;
    private readonly ThingDirectory _things;
    private readonly string _clientId;
    private ThingEntry? _thing;
    private long _version;
    private byte[][] _publish = [], _subscribe = [];

    internal TopicRights(TopicRules rules, AccessRules access, ThingDirectory things, Caller caller, string clientId)
    {
        (_rules, _access, _things, _clientId, Caller) = (rules, access, things, clientId, caller);
        (_thing, _version) = (Find(), access.Version);
        (_publish, _subscribe) = rules.GrantedTo(caller, clientId, _thing);
    }

    public Caller Caller { get; }

    /// <summary>Whether retained messages are any use to the caller: it may publish some plain topic.</summary>
    public bool MayRetain => _publish.Length > 0;

    /// <summary>Whether the caller may publish to a topic that is not reserved.</summary>
    public bool MayPublish(ReadOnlySpan<byte> topic)
    {
        Refresh();
        foreach (var filter in _publish)
            if (TopicFilter.Matches(filter, topic)) return true;
        return false;
    }

    /// <summary>
    /// Whether the filter may be subscribed (for a shared subscription: the filter behind the share's name). Under <c>v1/</c> what it lets through is asked for each thing
    /// when there is something to deliver; elsewhere every topic the filter matches must be allowed.
    /// </summary>
    public bool MaySubscribe(ReadOnlySpan<byte> filter)
    {
        Refresh();
        if (filter.StartsWith("$"u8)) return filter.StartsWith("$SYS/"u8) && _access.MayEverywhere(Caller, Permission.ReadConnections);
        if (filter.SequenceEqual(RenewalDesk.AnswerTopic)) return Caller.Thing is not null;
        if (PlainTopics.IsReserved(filter)) return TopicFilter.Overlaps(filter, ObservationFeed.Pattern) && _access.May(Caller, Permission.ReadObservations);
        return TopicFilter.Covers(_subscribe, filter) && !MayTellHidden(filter);
    }

    /// <summary>Whether what was put into the caller's queue, when more was granted or a thing was elsewhere, may still be given to it.</summary>
    public bool MayGet(MqttMessage message)
    {
        if (!ObservationTopic.TryRead(message.Topic, out var id, out var property)) return MaySubscribe(message.Topic);
        if (_things.Find(id) is not { } thing || !_access.May(Caller, Permission.ReadObservations, thing)) return false;
        var sight = _access.SightOf(Caller, thing).Of(property);
        return sight.IsClear || (message.IsMasked && sight.ShowsNow);
    }

    /// <summary>Whether what comes by the filter is made into observations of things, by a mapping, of which the caller does not see all. Things are allowed topics by name, and are asked nothing more.</summary>
    private bool MayTellHidden(ReadOnlySpan<byte> filter)
    {
        if (Caller.Kind == CallerKind.Thing || _things.Mappings.Enabled.IsEmpty || _access.SeesAllClear(Caller, _things)) return false;
        foreach (var entry in _things.Mappings.Enabled)
            if (TopicFilter.Overlaps(filter, entry.Mapping.Topic.Filter)) return true;
        return false;
    }

    private ThingEntry? Find() => Caller.Thing is { } id ? _things.Find(id) : null;

    private void Refresh()
    {
        var thing = Find();
        if (ReferenceEquals(thing, _thing) && _version == _access.Version) return;
        (_thing, _version) = (thing, _access.Version);
        (_publish, _subscribe) = _rules.GrantedTo(Caller, _clientId, thing);
    }
}
