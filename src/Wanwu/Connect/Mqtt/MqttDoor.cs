using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt;

/// <summary>What every MQTT connection shares, and the connections there are.</summary>
internal sealed class MqttDoor(
    IOptions<MqttOptions> options, DeviceArrivals arrivals, MqttSessions sessions, PlainTopics plain, Admission admission, ConnectMetrics metrics)
{
    private readonly ConcurrentDictionary<MqttConnection, byte> _connections = new();
    private int _count;

    public MqttOptions Options { get; } = options.Value;
    public DoorLimits Bounds => admission.Limits;
    /// <summary>Things that ask for certificates, bounded: what finds no room is refused.</summary>
    public Channel<RenewalRequest> Renewals { get; } = Channel.CreateBounded<RenewalRequest>(RenewalDesk.MostWaiting);
    public EndedTraffic Ended { get; } = new();
    public IEnumerable<MqttConnection> Connections => _connections.Keys;
    /// <summary>What all connections have carried since the server started.</summary>
    public Traffic Traffic => Ended.With(_connections.Keys);
    public EngineLimits Limits { get; } = new() { MaxPacketBytes = options.Value.MaxPacketBytes, ReceiveMaximum = (ushort)options.Value.ReceiveMaximum };
    public DeviceArrivals Arrivals => arrivals;
    public MessageIntake Intake => arrivals.Intake;
    public MqttSessions Sessions => sessions;
    public PlainTopics Plain => plain;
    public Admission Admission => admission;
    public ConnectMetrics Metrics => metrics;
    public ILogger Log => admission.Log;
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether anybody at the address is listened to: not while too many wrong credentials come from there.</summary>
    public bool Hears(IPAddress address)
    {
        if (Bounds.Failures.WaitOf(address) == TimeSpan.Zero) return true;
        metrics.TurnedAway();
        return false;
    }

    /// <summary>Whether a new connection from the address is taken: asked once, before anything is read from it.</summary>
    public bool Takes(IPAddress address)
    {
        if (!Hears(address)) return false;
        if (Bounds.Connections.Takes(address)) return true;
        metrics.TurnedAway();
        return false;
    }

    /// <summary>Hangs up at once on who is not taken, before TLS; for listeners of the web server.</summary>
    public void Bound(ListenOptions listener) => listener.Use(next => connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer || Takes(peer.Address)) return next(connection);
        connection.Abort();
        return Task.CompletedTask;
    });

    /// <summary>A connection begins. Null when there are as many as there may be, or its address is not listened to.</summary>
    public MqttConnection? Admit(IMqttTransport transport, ConnectionOrigin origin)
    {
        if (transport.Remote is { } peer && !Hears(peer.Address)) return null;
        if (Interlocked.Increment(ref _count) <= Options.MaxConnections)
        {
            var connection = new MqttConnection(this, transport, origin);
            _connections[connection] = 0;
            metrics.Connection("mqtt", 1);
            if (connection.EnterAsNewcomer()) return connection;
            Forget(connection);
        }
        else Interlocked.Decrement(ref _count);
        metrics.TurnedAway();
        return null;
    }

    internal void Forget(MqttConnection connection)
    {
        if (!_connections.TryRemove(connection, out _)) return;
        Interlocked.Decrement(ref _count);
        metrics.Connection("mqtt", -1);
        Ended.Add(connection.Figures, connection.Output.Dropped);
    }

    /// <summary>Notes rates, closes who has been silent for too long, ends sessions, publishes wills that are due. Called once a second.</summary>
    public void Sweep()
    {
        foreach (var connection in _connections.Keys) connection.Sweep();
        foreach (var (session, will) in sessions.Sweep(Intake.Clock.GetUtcNow()))
        {
            new WillPublisher(this).Publish(session, will);
            sessions.WillPublished(session);
        }
    }

    /// <summary>Grants have changed: people and programs who hold none any more are closed, and subscriptions that are no longer allowed withdrawn, of those who are away too.</summary>
    public void ReviewRights()
    {
        foreach (var session in sessions.All)
        {
            if (session.Caller.Kind is not (CallerKind.Person or CallerKind.Program)) continue;
            var hasRights = Intake.Rules.HasRights(session.Caller);
            var rights = plain.Rules.For(session.Caller, session.ClientId);
            var gone = plain.Routes.Review(session, subscription => hasRights && rights.MaySubscribe(subscription.Topics));
            // Nobody waits for an answer to it: it is written down, and not promised.
            if (gone.Count > 0 && session.Durable is { } durable) durable.Journal.Append(RecordType.Unsubscribed, SessionRecords.Unsubscribed(PayloadWriter.Mine, durable.Number, gone), null);
            if (!hasRights) session.Connection?.Close(ReasonCode.NotAuthorized, "nothing is granted to it any more");
        }
        ReviewQueues();
    }

    /// <summary>Grants or things have changed: what waits for clients that are connected and may no longer see it is taken out. Of those who are away it is when they come back.</summary>
    public void ReviewQueues()
    {
        foreach (var session in sessions.All)
            if (session is { Connection: not null, Caller.IsRegistering: false } && session.State.Queued > 0)
                sessions.Pass(session.State.Revise(plain.Rules.For(session.Caller, session.ClientId).MayGet, alsoSent: false));
    }

    /// <summary>The server stops: every client is told.</summary>
    public void CloseAll()
    {
        foreach (var connection in _connections.Keys) connection.Close(ReasonCode.ServerShuttingDown, "the server stops");
    }
}
