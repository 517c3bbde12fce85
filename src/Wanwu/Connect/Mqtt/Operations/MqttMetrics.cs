using System.Diagnostics.Metrics;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>What MQTT does, as instruments of the meter <c>Wanwu.Mqtt</c>.</summary>
/// <remarks>All but one are read from fields that are kept anyway, when somebody collects: a message costs nothing for being counted.</remarks>
internal sealed class MqttMetrics : IHostedService
{
    public const string MeterName = "Wanwu.Mqtt";
    private static readonly KeyValuePair<string, object?> Received = new("direction", "received"), Sent = new("direction", "sent");
    private readonly MqttDoor _door;

    public MqttMetrics(MqttDoor door, IMeterFactory meters)
    {
        _door = door;
        var meter = meters.Create(MeterName);
        Connections(meter);
        Messages(meter);
        Waiting(meter);
    }

    private void Connections(Meter meter)
    {
        meter.CreateObservableUpDownCounter("wanwu.mqtt.connections", ByTransport, "{connection}", "Connections that have signed in, by transport.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.connections.unauthenticated", () => _door.Bounds.Newcomers.Count, "{connection}", "Connections that have not signed in yet.");
        meter.CreateObservableCounter("wanwu.mqtt.connects", Connects, "{connection}", "CONNECTs answered, by reason code (0 is success).");
        meter.CreateObservableCounter("wanwu.mqtt.connections.turned_away", () => _door.Metrics.ConnectionsTurnedAway, "{connection}", "Connections closed at once, because there were as many as there may be.");
        meter.CreateObservableCounter("wanwu.mqtt.connections.pushed_out", () => _door.Bounds.Newcomers.PushedOut, "{connection}", "Connections that said nothing and were closed for others.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.sessions", Sessions, "{session}", "Sessions, connected and away.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.subscriptions", () => _door.Plain.Routes.Count, "{subscription}", "Topic filters that are subscribed.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.retained", () => _door.Plain.Retained.Count, "{message}", "Retained messages.");
    }

    private void Messages(Meter meter)
    {
        meter.CreateObservableCounter("wanwu.mqtt.messages", ByQos, "{message}", "PUBLISH packets, by direction and QoS.");
        meter.CreateObservableCounter("wanwu.mqtt.io", Bytes, "By", "Bytes read and sent, by direction.");
        meter.CreateObservableCounter("wanwu.mqtt.messages.dropped", Dropped, "{message}", "Messages that clients have missed: outbox (QoS 0, the client did not keep up) or queue (QoS 1 and 2: full, expired, too large).");
        meter.CreateObservableCounter("wanwu.mqtt.held_back", () => _door.Traffic.HeldBack, "{pause}", "Times a client was read from more slowly because of a limit of rate.");
    }

    private void Waiting(Meter meter)
    {
        meter.CreateObservableUpDownCounter("wanwu.mqtt.messages.queued.bytes", () => _door.Sessions.Budget.Bytes, "By", "Bytes that wait for clients in all queues together.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.messages.queued", () => _door.Sessions.All.Sum(session => (long)session.State.Queued), "{message}", "Messages that wait to be sent.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.messages.in_flight", () => _door.Sessions.All.Sum(session => (long)session.State.InFlight), "{message}", "Messages sent and not yet acknowledged by their client.");
        meter.CreateObservableUpDownCounter("wanwu.mqtt.slow_consumers", () => _door.Traffic.Slow, "{client}", "Clients that do not keep up.");
    }

    private IEnumerable<Measurement<int>> ByTransport() => _door.Connections
        .Select(connection => connection.Facts?.Origin.Transport).OfType<string>().CountBy(transport => transport)
        .Select(counted => new Measurement<int>(counted.Value, new KeyValuePair<string, object?>("transport", counted.Key)));

    private IEnumerable<Measurement<long>> Connects() => _door.Metrics.RefusedConnects.Prepend((Protocols.Mqtt.ReasonCode.Success, _door.Metrics.ConnectsAccepted))
        .Select(answered => new Measurement<long>(answered.Item2, new KeyValuePair<string, object?>("code", (int)answered.Item1)));

    private IEnumerable<Measurement<int>> Sessions()
    {
        var all = _door.Sessions.All;
        var connected = all.Count(session => session.Connection is not null);
        yield return new Measurement<int>(connected, new KeyValuePair<string, object?>("state", "connected"));
        yield return new Measurement<int>(all.Length - connected, new KeyValuePair<string, object?>("state", "away"));
    }

    private IEnumerable<Measurement<long>> ByQos()
    {
        var traffic = _door.Traffic;
        for (var qos = 0; qos < 3; qos++)
        {
            var tag = new KeyValuePair<string, object?>("qos", qos);
            yield return new Measurement<long>(traffic.In[qos], Received, tag);
            yield return new Measurement<long>(traffic.Out[qos], Sent, tag);
        }
    }

    private IEnumerable<Measurement<long>> Bytes()
    {
        var traffic = _door.Traffic;
        yield return new Measurement<long>(traffic.BytesIn, Received);
        yield return new Measurement<long>(traffic.BytesOut, Sent);
    }

    private IEnumerable<Measurement<long>> Dropped()
    {
        yield return new Measurement<long>(_door.Traffic.Dropped, new KeyValuePair<string, object?>("reason", "outbox"));
        yield return new Measurement<long>(_door.Sessions.Dropped, new KeyValuePair<string, object?>("reason", "queue"));
        yield return new Measurement<long>(_door.Plain.Retained.NotKept, new KeyValuePair<string, object?>("reason", "retained"));
    }

    /// <summary>The instruments are there from the start on, whoever looks at them.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
