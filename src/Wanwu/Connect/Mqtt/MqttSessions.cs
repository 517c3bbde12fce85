using Microsoft.Extensions.Options;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Every session by client identifier: made at CONNECT, taken over by the next connection of the same client, ended when it expires.</summary>
/// <remarks>Thread-safe. In memory: sessions end with the process.</remarks>
internal sealed class MqttSessions(Routes routes, IOptions<MqttOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ClientSession> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<(CallerKind, string), int> _ofCaller = [];
    private long _droppedByEnded;
    private readonly SessionLimits _limits = new(options.Value.MaxQueuedMessages);

    public int Count { get { lock (_gate) return _byKey.Count; } }
    /// <summary>Messages of QoS 1 and 2 that sessions have dropped, those that have ended included.</summary>
    public long Dropped { get { lock (_gate) return _droppedByEnded + _byKey.Values.Sum(session => session.State.Dropped); } }
    /// <summary>All of them, as of this moment.</summary>
    public ClientSession[] All { get { lock (_gate) return [.. _byKey.Values]; } }

    private static string KeyOf(Caller caller, string clientId) => $"{caller.Kind}\n{caller.Name}\n{clientId}";

    public ClientSession? Find(string key) { lock (_gate) return _byKey.GetValueOrDefault(key); }

    public ClientSession? Find(Caller caller, string clientId) => Find(KeyOf(caller, clientId));

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

    /// <summary>The session for a new connection, and whether it was there before. A connection that has it is told that it is taken over.</summary>
    public ClientSession Open(Caller caller, string clientId, bool cleanStart, MqttConnection connection, out bool present, out MqttMessage? will)
    {
        var key = KeyOf(caller, clientId);
        MqttConnection? before = null;
        ClientSession session;
        lock (_gate)
        {
            will = null;
            present = _byKey.TryGetValue(key, out var old);
            if (old is not null)
            {
                before = old.Connection;
                // A will that waits is void when the client comes back in time, and due when its session is thrown away (§3.1.3.2.2).
                if (cleanStart) will = old.DelayedWill;
                old.DelayedWill = null;
            }
            if (old is null) Tally(caller, 1);
            if (cleanStart && old is not null)
            {
                routes.RemoveAll(old);
                (present, old) = (false, null);
            }
            session = _byKey[key] = old ?? new ClientSession(key, clientId, caller, new MqttSession(_limits));
            session.Expires = null;
            session.Connection = connection;
        }
        before?.TakeOver();
        return session;
    }

    /// <summary>The connection has ended. Its session lives on for as long as it may.</summary>
    /// <param name="expiry">Seconds; 0 ends the session now.</param>
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

    private void End(ClientSession session)
    {
        if (_byKey.TryGetValue(session.Key, out var current) && ReferenceEquals(current, session) && _byKey.Remove(session.Key)) Tally(session.Caller, -1);
        _droppedByEnded += session.State.Dropped;
        routes.RemoveAll(session);
    }

    private void Tally(Caller caller, int change)
    {
        var key = (caller.Kind, caller.Name);
        var count = _ofCaller.GetValueOrDefault(key) + change;
        if (count > 0) _ofCaller[key] = count;
        else _ofCaller.Remove(key);
    }
}
