using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Whose messages a target gets: with no-local a client does not get its own.</summary>
internal enum Audience : byte { Everybody, Others, Self }

/// <summary>One client that gets a topic's messages, however many of its filters match.</summary>
/// <param name="Share">The shared subscription it gets them for, if it is one.</param>
internal readonly record struct RouteTarget(ClientSession Session, byte Qos, Audience From, bool RetainAsPublished, uint[] Identifiers, byte[]? Share = null)
{
    /// <summary>The single way of a message to a client. The answer is the output that has something to send, if any.</summary>
    public MqttOutput? Deliver(MqttMessage message, long now) =>
        Session.State.Deliver(message, Math.Min(Qos, message.Qos), message.Retain && RetainAsPublished, Identifiers, now, Share);

    public bool Takes(ClientSession? from) => From switch
    {
        Audience.Others => !ReferenceEquals(Session, from),
        Audience.Self => ReferenceEquals(Session, from),
        _ => true,
    };
}

/// <summary>Everyone who gets a topic's messages.</summary>
internal sealed class TopicRoute(int[] slots, long version, long mark, RouteTarget[] targets, ShareGroup[] groups)
{
    public int[] Slots => slots;
    public long Mark => mark;
    /// <summary>The subscriptions' version at which it was last known to hold.</summary>
    public long Version { get; set; } = version;
    public RouteTarget[] Targets => targets;
    /// <summary>Shared subscriptions: one member of each gets a message.</summary>
    public ShareGroup[] Groups => groups;
    public bool IsEmpty => targets.Length == 0 && groups.Length == 0;
}

/// <summary>Who has subscribed what.</summary>
/// <remarks>
/// Thread-safe. A publisher keeps the <see cref="TopicRoute"/> of the topics it uses, so that a message costs the same with one subscription as with a hundred thousand.
/// While nothing changes, a number tells that the route holds; after a change, <see cref="SubscriptionChanges"/> tells whether it can concern the topic.
/// </remarks>
internal sealed class Routes
{
    private readonly Lock _gate = new();
    private readonly TopicTrie<Subscription> _trie = new();
    private readonly TopicTrie<ShareGroup> _shared = new();
    private readonly Dictionary<byte[], ShareGroup> _groups = new(BytesComparer.Instance);
    private readonly SubscriptionChanges _changes = new();
    private readonly List<Subscription> _matches = [];
    private readonly List<ShareGroup> _groupMatches = [];
    private long _version = 1;
    private int _count;
    private int _durable;

    public long Version => Volatile.Read(ref _version);
    public int Count => Volatile.Read(ref _count);
    /// <summary>Subscriptions of sessions that outlive their connection.</summary>
    public int DurableCount => Volatile.Read(ref _durable);

    /// <summary>Adds or replaces a subscription. Null when the client has as many as it may; otherwise whether it is new.</summary>
    public bool? Add(Subscription subscription, int atMost)
    {
        var all = subscription.Owner.Subscriptions;
        lock (_gate)
        {
            var replaced = all.Remove(subscription.Filter, out var before);
            if (replaced) Withdraw(before!);
            else if (all.Count >= atMost || subscription.Owner.Organisation is { MaySubscribe: false }) return null;
            all.Add(subscription.Filter, subscription);
            Enter(subscription);
            return !replaced;
        }
    }

    public bool Remove(ClientSession session, ReadOnlySpan<byte> filter)
    {
        lock (_gate)
        {
            if (!session.Subscriptions.Remove(filter.ToArray(), out var subscription)) return false;
            Withdraw(subscription);
            return true;
        }
    }

    /// <summary>Removes what the client subscribed that <paramref name="keep"/> does not want kept; the answer is what was removed.</summary>
    public List<byte[]> Review(ClientSession session, Func<Subscription, bool> keep)
    {
        lock (_gate)
        {
            var gone = session.Subscriptions.Values.Where(subscription => !keep(subscription)).ToList();
            foreach (var subscription in gone)
            {
                session.Subscriptions.Remove(subscription.Filter);
                Withdraw(subscription);
            }
            return [.. gone.Select(subscription => subscription.Filter)];
        }
    }

    /// <summary>The session's thing belongs to an organisation, or to another one than before: its subscriptions count there.</summary>
    public void Book(ClientSession session, OrganisationHolding? organisation)
    {
        if (ReferenceEquals(session.Organisation, organisation)) return;
        lock (_gate)
        {
            if (session.Organisation is { } before) before.Subscriptions -= session.Subscriptions.Count;
            session.Organisation = organisation;
            if (organisation is not null) organisation.Subscriptions += session.Subscriptions.Count;
        }
    }

    /// <summary>What a client has subscribed, as of this moment.</summary>
    public Subscription[] Of(ClientSession session) { lock (_gate) return [.. session.Subscriptions.Values]; }

    /// <summary>The session has ended: nothing more comes for it. The answer is what it was given for others to share (MQTT 5.0 §4.8.2).</summary>
    public List<(MqttMessage Message, byte[] Share)> RemoveAll(ClientSession session)
    {
        lock (_gate)
        {
            foreach (var subscription in session.Subscriptions.Values) Withdraw(subscription);
            session.Subscriptions.Clear();
        }
        return session.State.End();
    }

    /// <summary>Another member of a shared subscription, for a message that the one it was given to does not get.</summary>
    /// <param name="may">Whether the message may be shown to a caller; everybody unless given.</param>
    public bool TryPass(MqttMessage message, byte[] share, Func<Caller, bool>? may, out RouteTarget other)
    {
        ShareGroup? group;
        lock (_gate) group = _groups.GetValueOrDefault(share);
        other = default;
        return group is not null && group.TryChoose(message.Qos, may, out other);
    }

    /// <summary>The topic's route; <paramref name="known"/> is the one the publisher has, and is brought up to date.</summary>
    public TopicRoute Find(ReadOnlySpan<byte> topic, ref TopicRoute? known) => known is not null && Holds(known) ? known : known = Find(topic);

    private bool Holds(TopicRoute route)
    {
        // In this order: a change counts its topics up before the version.
        var version = Version;
        if (route.Version == version) return true;
        if (_changes.MarkOf(route.Slots) != route.Mark) return false;
        route.Version = version;
        return true;
    }

    private TopicRoute Find(ReadOnlySpan<byte> topic)
    {
        var slots = SubscriptionChanges.SlotsOf(topic);
        lock (_gate)
        {
            _matches.Clear();
            _groupMatches.Clear();
            if (_trie.Count > 0) _trie.Match(topic, _matches);
            if (_shared.Count > 0) _shared.Match(topic, _groupMatches);
            return new TopicRoute(slots, _version, _changes.MarkOf(slots), _matches.Count == 0 ? [] : Gather(), [.. _groupMatches]);
        }
    }

    private void Enter(Subscription subscription)
    {
        if (!subscription.IsShared)
        {
            _trie.Add(subscription.Filter, subscription);
            Changed(subscription.Topics);
        }
        else
        {
            if (!_groups.TryGetValue(subscription.Filter, out var group))
            {
                _groups[subscription.Filter] = group = new ShareGroup(subscription.Filter);
                _shared.Add(subscription.Topics, group);
                Changed(subscription.Topics);
            }
            var options = subscription.Options;
            group.Add(new RouteTarget(subscription.Owner, options.Qos, Audience.Everybody, options.RetainAsPublished, subscription.Identifiers, group.Key));
        }
        Tally(subscription, 1);
    }

    private void Withdraw(Subscription subscription)
    {
        Tally(subscription, -1);
        if (!subscription.IsShared)
        {
            _trie.Remove(subscription.Filter, subscription);
            Changed(subscription.Topics);
            return;
        }
        var group = _groups[subscription.Filter];
        group.Remove(subscription.Owner);
        if (group.Count > 0) return;
        _groups.Remove(subscription.Filter);
        _shared.Remove(subscription.Topics, group);
        Changed(subscription.Topics);
    }

    private void Tally(Subscription subscription, int change)
    {
        _count += change;
        if (subscription.Owner.Durable is not null) _durable += change;
        if (subscription.Owner.Organisation is { } organisation) organisation.Subscriptions += change;
    }

    private void Changed(ReadOnlySpan<byte> filter)
    {
        _changes.Note(filter);
        Volatile.Write(ref _version, _version + 1);
    }

    private RouteTarget[] Gather()
    {
        if (_matches.Count == 1) return [TargetOf(_matches)];
        var targets = new List<RouteTarget>(_matches.Count);
        foreach (var mine in _matches.GroupBy(match => match.Owner))
        {
            var all = mine.ToList();
            var foreign = all.Where(match => !match.Options.NoLocal).ToList();
            if (foreign.Count == all.Count) targets.Add(TargetOf(all));
            else
            {
                targets.Add(TargetOf(all) with { From = Audience.Others });
                if (foreign.Count > 0) targets.Add(TargetOf(foreign) with { From = Audience.Self });
            }
        }
        return [.. targets];
    }

    /// <summary>One copy for all filters of a client that match: the highest QoS, every identifier (MQTT 5.0 §3.3.4).</summary>
    private static RouteTarget TargetOf(List<Subscription> matches)
    {
        var first = matches[0];
        var target = new RouteTarget(first.Owner, first.Options.Qos, first.Options.NoLocal ? Audience.Others : Audience.Everybody, first.Options.RetainAsPublished, first.Identifiers);
        foreach (var match in matches.Skip(1))
        {
            target = target with
            {
                Qos = Math.Max(target.Qos, match.Options.Qos), RetainAsPublished = target.RetainAsPublished || match.Options.RetainAsPublished,
                Identifiers = [.. target.Identifiers, .. match.Identifiers],
            };
        }
        return target;
    }
}
