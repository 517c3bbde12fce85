using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

/// <summary>One client that gets a topic's messages, however many of its filters match.</summary>
internal readonly record struct RouteTarget(ClientSession Session, byte Qos, bool NoLocal, bool RetainAsPublished, uint[] Identifiers);

/// <summary>Everyone who gets a topic's messages, as of one version of the subscriptions.</summary>
internal sealed record TopicRoute(long Version, RouteTarget[] Targets);

/// <summary>Who has subscribed what.</summary>
/// <remarks>
/// Thread-safe. A publisher keeps the <see cref="TopicRoute"/> of the topics it uses and asks again only when <see cref="Version"/> has grown, so that a message
/// costs the same with one subscription as with a hundred thousand.
/// </remarks>
internal sealed class Routes
{
    private readonly Lock _gate = new();
    private readonly TopicTrie<Subscription> _trie = new();
    private readonly List<Subscription> _matches = [];
    private long _version = 1;

    public long Version => Volatile.Read(ref _version);
    public int Count { get { lock (_gate) return _trie.Count; } }

    /// <summary>Adds or replaces a subscription. Null when the client has as many as it may; otherwise whether it is new.</summary>
    public bool? Add(Subscription subscription, int atMost)
    {
        var all = subscription.Owner.Subscriptions;
        lock (_gate)
        {
            var replaced = all.Remove(subscription.Filter, out var before);
            if (replaced) _trie.Remove(subscription.Filter, before!);
            else if (all.Count >= atMost) return null;
            all.Add(subscription.Filter, subscription);
            _trie.Add(subscription.Filter, subscription);
            _version++;
            return !replaced;
        }
    }

    public bool Remove(ClientSession session, ReadOnlySpan<byte> filter)
    {
        lock (_gate)
        {
            var key = filter.ToArray();
            if (!session.Subscriptions.Remove(key, out var subscription)) return false;
            _trie.Remove(key, subscription);
            _version++;
            return true;
        }
    }

    public void RemoveAll(ClientSession session)
    {
        lock (_gate)
        {
            if (session.Subscriptions.Count == 0) return;
            foreach (var (filter, subscription) in session.Subscriptions) _trie.Remove(filter, subscription);
            session.Subscriptions.Clear();
            _version++;
        }
    }

    public TopicRoute Find(ReadOnlySpan<byte> topic)
    {
        lock (_gate)
        {
            _matches.Clear();
            if (_trie.Count > 0) _trie.Match(topic, _matches);
            return new TopicRoute(_version, _matches.Count == 0 ? [] : Gather());
        }
    }

    private RouteTarget[] Gather()
    {
        var bySession = new Dictionary<ClientSession, RouteTarget>(_matches.Count);
        foreach (var match in _matches)
        {
            var options = match.Options;
            uint[] identifiers = match.Identifier == 0 ? [] : [match.Identifier];
            bySession[match.Owner] = bySession.TryGetValue(match.Owner, out var other)
                ? new RouteTarget(match.Owner, Math.Max(other.Qos, options.Qos), other.NoLocal && options.NoLocal,
                    other.RetainAsPublished || options.RetainAsPublished, [.. other.Identifiers, .. identifiers])
                : new RouteTarget(match.Owner, options.Qos, options.NoLocal, options.RetainAsPublished, identifiers);
        }
        return [.. bySession.Values];
    }
}
