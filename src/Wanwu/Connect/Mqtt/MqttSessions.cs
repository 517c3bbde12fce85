using Microsoft.Extensions.Options;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt;

/// <summary>What a CONNECT asks of its session.</summary>
/// <param name="Expiry">Seconds granted; 0: the session ends with its connection.</param>
internal sealed record SessionRequest(Caller Caller, string ClientId, bool CleanStart, uint Expiry, MqttMessage? Will, uint WillDelay)
{
    public string Key => KeyOf(Caller, ClientId);

    /// <summary>Two callers with the same client identifier have two sessions.</summary>
    public static string KeyOf(Caller caller, string clientId) => $"{caller.Kind}\n{caller.Name}\n{clientId}";
}

/// <param name="Present">Whether it was there before.</param>
/// <param name="DueWill">The will of the session that was thrown away.</param>
/// <param name="Batch">What the CONNACK waits for; 0 for nothing, <see cref="ISessionJournal.Refused"/> where the disk takes nothing.</param>
internal readonly record struct OpenedSession(ClientSession Session, bool Present, (ClientSession Session, MqttMessage Will)? DueWill, long Batch);

/// <summary>Every session by client identifier: made at CONNECT, taken over by the next connection of the same client, ended when it expires.</summary>
/// <remarks>Thread-safe. A session that outlives its connection outlives the process too: each change is written down under the lock that makes it.</remarks>
internal sealed class MqttSessions(Routes routes, TopicRules rules, Journal journal, Post post, IOptions<MqttOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ClientSession> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<(CallerKind, string), int> _ofCaller = [];
    private long _droppedByEnded;
    private readonly SessionLimits _limits = new(options.Value.MaxQueuedMessages, options.Value.MaxQueuedKilobytes * 1024, options.Value.MaxInFlight);

    public int Count { get { lock (_gate) return _byKey.Count; } }
    /// <summary>Messages of QoS 1 and 2 that sessions have dropped, those that have ended included.</summary>
    public long Dropped { get { lock (_gate) return _droppedByEnded + _byKey.Values.Sum(session => session.State.Dropped); } }
    /// <summary>All of them, as of this moment.</summary>
    public ClientSession[] All { get { lock (_gate) return [.. _byKey.Values]; } }

    public ClientSession? Find(string key) { lock (_gate) return _byKey.GetValueOrDefault(key); }

    public ClientSession? Find(Caller caller, string clientId) => Find(SessionRequest.KeyOf(caller, clientId));

    /// <summary>Whether the caller has as many sessions as it may; 0: any number.</summary>
    public bool IsFull(Caller caller, int atMost) { lock (_gate) return atMost > 0 && _ofCaller.GetValueOrDefault((caller.Kind, caller.Name)) >= atMost; }

    /// <summary>Ends a session that has no connection. False when it has one, or is none any more.</summary>
    public bool Delete(ClientSession session)
    {
        lock (_gate)
        {
            if (session.Connection is not null || !ReferenceEquals(_byKey.GetValueOrDefault(session.Key), session)) return false;
            End(session);
            return true;
        }
    }

    /// <summary>What waits in all sessions together, and what was dropped.</summary>
    public QueueBudget Budget { get; } = new((long)options.Value.MaxQueuedTotalMegabytes << 20);

    /// <summary>The session for a new connection. A connection that has it is told that it is taken over.</summary>
    public OpenedSession Open(SessionRequest request, MqttConnection connection)
    {
        MqttConnection? before = null;
        OpenedSession opened;
        lock (_gate)
        {
            var old = _byKey.GetValueOrDefault(request.Key);
            before = old?.Connection;
            // A session that ends with its connection ends with this take-over, unless the next one is of the same kind.
            var discards = old is not null && (request.CleanStart || (old.Durable is null && request.Expiry > 0));
            // A will that waits is void when the client comes back in time, and due when its session is thrown away (§3.1.3.2.2).
            (ClientSession, MqttMessage)? due = discards && old!.DelayedWill is { } will ? (old, will) : null;
            var batch = discards ? End(old!) : 0;
            var session = discards || old is null ? Make(request, journal.NextSession()) : old;
            if (_byKey.TryAdd(request.Key, session)) Tally(request.Caller, 1);
            (session.Caller, session.Connection, session.Expires, session.DelayedWill) = (request.Caller, connection, null, null);
            if (session.Durable is { } durable)
            {
                var isNew = !ReferenceEquals(session, old);
                var written = Write(RecordType.SessionOpened, SessionRecords.Opened(
                    PayloadWriter.Mine, durable.Number, isNew, request.Caller, request.ClientId, request.Expiry, request.WillDelay, request.Will));
                // Also where something the last connection was promised is still on its way: it must not be answered differently now.
                if (isNew || written == ISessionJournal.Refused || !durable.IsSettled) batch = written;
                session.Will = (request.Will, request.WillDelay, request.Expiry);
            }
            opened = new OpenedSession(session, ReferenceEquals(session, old), due, batch);
        }
        before?.TakeOver();
        return opened;
    }

    private ClientSession Make(SessionRequest request, long number)
    {
        var session = new ClientSession(request.Key, request.ClientId, request.Caller, new MqttSession(_limits, Budget));
        if (request.Expiry > 0) session.State.Journal = session.Durable = new DurableSession(number, journal, session);
        return session;
    }

    private long Write(RecordType type, PayloadWriter payload)
    {
        var result = journal.Append(type, payload, null);
        return result.Outcome == AppendOutcome.Appended ? result.Batch : ISessionJournal.Refused;
    }

    /// <summary>Does what belongs to the connection that has the session, unless another one has taken it over.</summary>
    public bool IfHeld(ClientSession session, MqttConnection connection, Func<bool> act)
    {
        lock (_gate) return ReferenceEquals(session.Connection, connection) && act();
    }

    /// <summary>The connection has ended. Its session lives on for as long as it may.</summary>
    /// <param name="expiry">Zero ends the session now.</param>
    /// <param name="will">The will to publish after a delay, if there is one.</param>
    public void Leave(ClientSession session, MqttConnection connection, TimeSpan expiry, MqttMessage? will, TimeSpan willDelay, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(session.Connection, connection)) return;
            session.Connection = null;
            if (expiry <= TimeSpan.Zero)
            {
                End(session);
                return;
            }
            session.Expires = now + expiry;
            (session.DelayedWill, session.WillDue) = (will, now + (willDelay < expiry ? willDelay : expiry));
            if (session.Durable is not { } durable) return;
            Write(RecordType.SessionLeft, SessionRecords.Left(PayloadWriter.Mine, durable.Number, session.Expires.Value.ToUnixTimeMilliseconds(),
                will is null ? 0 : session.WillDue.ToUnixTimeMilliseconds(), session.State.SentBelow));
        }
    }

    /// <summary>Ends what has expired and hands out the wills that are due.</summary>
    public List<(ClientSession Session, MqttMessage Will)> Sweep(DateTimeOffset now)
    {
        var due = new List<(ClientSession, MqttMessage)>();
        lock (_gate)
        {
            foreach (var session in _byKey.Values.Where(session => session.Connection is null).ToList())
            {
                if (session.DelayedWill is { } will && session.WillDue <= now)
                {
                    due.Add((session, will));
                    session.DelayedWill = null;
                }
                if (session.Expires <= now) End(session);
            }
        }
        return due;
    }

    /// <summary>A will that waited has been published.</summary>
    public void WillPublished(ClientSession session)
    {
        if (session.Durable is { } durable) journal.Append(RecordType.WillGone, PayloadWriter.Mine.Int64(durable.Number), null);
    }

    /// <summary>What a member of a shared subscription was given and does not get goes on to another, who may see it (MQTT 5.0 §4.8.2).</summary>
    public void Pass(IReadOnlyList<(MqttMessage Message, byte[] Share)> given)
    {
        foreach (var (message, share) in given)
            if (routes.TryPass(message, share, rules.Receivers(message), out var member)) post.Send(message, default, [member], Sender.Server);
    }

    private long End(ClientSession session)
    {
        if (_byKey.TryGetValue(session.Key, out var current) && ReferenceEquals(current, session) && _byKey.Remove(session.Key)) Tally(session.Caller, -1);
        _droppedByEnded += session.State.Dropped;
        Pass(routes.RemoveAll(session));
        return session.Durable is { } durable ? Write(RecordType.SessionEnded, PayloadWriter.Mine.Int64(durable.Number)) : 0;
    }

    /// <summary>Whether observations must be kept for somebody until they are handed over.</summary>
    public bool AnySubscribed => routes.DurableCount > 0;

    public List<ClientSession> Durable()
    {
        lock (_gate) return [.. _byKey.Values.Where(session => session.Durable is not null)];
    }

    /// <summary>All of a session that must outlive the process. Null when it has ended; false when a message is on its way into it at this moment.</summary>
    public SessionImage? Capture(ClientSession session, out bool isWhole)
    {
        var image = new SessionImage { Number = session.Durable!.Number, Caller = session.Caller, ClientId = session.ClientId };
        lock (_gate)
        {
            isWhole = true;
            if (!_byKey.TryGetValue(session.Key, out var current) || !ReferenceEquals(current, session)) return null;
            (image.Will, image.WillDelay, image.Expiry) = session.Will;
            image.IsConnected = session.Connection is not null;
            image.Expires = session.Expires?.ToUnixTimeMilliseconds() ?? 0;
            if (!image.IsConnected) (image.Will, image.WillDue) = (session.DelayedWill, session.DelayedWill is null ? 0 : session.WillDue.ToUnixTimeMilliseconds());
            image.Caller = session.Caller;
        }
        foreach (var subscription in routes.Of(session))
            image.Subscriptions[subscription.Filter] = new SubscriptionImage(subscription.Options, subscription.Identifier, subscription.Since);
        isWhole = session.State.TryCapture(image.Queue);
        if (image.IsConnected) image.Queue.SentBelow = long.MaxValue;
        return image;
    }

    /// <summary>A session that outlived the process. One that had a connection counts its expiry from now, and its will waits for the client to come back.</summary>
    public void Restore(SessionImage image, DateTimeOffset now)
    {
        if (image.IsConnected && image.Expiry == 0) return;
        var request = new SessionRequest(image.Caller, image.ClientId, false, Math.Max(1, image.Expiry), image.Will, image.WillDelay);
        var session = Make(request, image.Number);
        var grace = TimeSpan.FromSeconds(Math.Max(image.WillDelay, options.Value.RestartGraceSeconds));
        var expiry = TimeSpan.FromSeconds(image.Expiry);
        session.Expires = image.IsConnected ? now + expiry : DateTimeOffset.FromUnixTimeMilliseconds(image.Expires);
        session.DelayedWill = image.Will;
        session.WillDue = image.IsConnected ? now + (grace < expiry ? grace : expiry) : DateTimeOffset.FromUnixTimeMilliseconds(image.WillDue);
        session.Will = (image.Will, image.WillDelay, image.Expiry);
        session.State.Restore(image.Queue);
        lock (_gate)
        {
            _byKey[session.Key] = session;
            Tally(session.Caller, 1);
        }
        foreach (var (filter, subscription) in image.Subscriptions)
            routes.Add(new Subscription(session, filter, subscription.Options, subscription.Identifier) { Since = subscription.Since }, int.MaxValue);
    }

    private void Tally(Caller caller, int change)
    {
        var key = (caller.Kind, caller.Name);
        var count = _ofCaller.GetValueOrDefault(key) + change;
        if (count > 0) _ofCaller[key] = count;
        else _ofCaller.Remove(key);
    }
}
