using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect;

/// <summary>What the doors count, under the meter <c>Wanwu.Connect</c>.</summary>
/// <remarks>Loops count in plain fields of their own and hand the sums over once a read, so that a message costs no more for being counted.</remarks>
internal sealed class ConnectMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _observations;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _dropped;
    private readonly UpDownCounter<long> _connections;
    private readonly Histogram<double> _acknowledged;
    private readonly long[] _byCode = new long[256];
    private readonly ConcurrentDictionary<string, ReceivedTotals> _totals = new(StringComparer.Ordinal);
    private long _turnedAway;
    private long _accepted;

    public ConnectMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Wanwu.Connect");
        _messages = meter.CreateCounter<long>("wanwu.connect.messages", "{message}", "Messages received.");
        _observations = meter.CreateCounter<long>("wanwu.connect.observations", "{observation}", "Observations handed to the log.");
        _refusals = meter.CreateCounter<long>("wanwu.connect.refusals", "{observation}", "Observations refused.");
        _dropped = meter.CreateCounter<long>("wanwu.connect.dropped", "{message}", "Messages to subscribers that were dropped because they did not keep up.");
        _connections = meter.CreateUpDownCounter<long>("wanwu.connect.connections", "{connection}", "Open connections.");
        _acknowledged = meter.CreateHistogram<double>("wanwu.mqtt.acknowledgement.duration", "s", "From the reading of a message to its being on disk; of each connection one message a second.");
    }

    public void Received(string protocol, long messages, long observations, long refusals)
    {
        if (messages == 0) return;
        var tag = new KeyValuePair<string, object?>("protocol", protocol);
        _messages.Add(messages, tag);
        if (observations > 0) _observations.Add(observations, tag);
        if (refusals > 0) _refusals.Add(refusals, tag);
        var totals = _totals.GetOrAdd(protocol, static _ => new ReceivedTotals());
        Interlocked.Add(ref totals.Messages, messages);
        Interlocked.Add(ref totals.Observations, observations);
        Interlocked.Add(ref totals.Refusals, refusals);
    }

    /// <summary>What was received since the start, by protocol.</summary>
    public IEnumerable<KeyValuePair<string, ReceivedTotals>> Totals => _totals;

    public void Dropped(string protocol, long messages)
    {
        if (messages > 0) _dropped.Add(messages, new KeyValuePair<string, object?>("protocol", protocol));
    }

    /// <summary>CONNECTs refused since the start, by reason code.</summary>
    public IEnumerable<(ReasonCode Code, long Count)> RefusedConnects =>
        Enumerable.Range(0, _byCode.Length).Select(code => ((ReasonCode)code, Interlocked.Read(ref _byCode[code]))).Where(refused => refused.Item2 > 0);

    /// <summary>Connections closed at once, because there were as many as there may be.</summary>
    public long ConnectionsTurnedAway => Interlocked.Read(ref _turnedAway);

    public void RefusedConnect(ReasonCode code) => Interlocked.Increment(ref _byCode[(byte)code]);

    /// <summary>Whether anybody wants to know how long acknowledgements take.</summary>
    public bool TimesAcknowledgements => _acknowledged.Enabled;

    public void Acknowledged(TimeSpan took) => _acknowledged.Record(took.TotalSeconds);

    /// <summary>CONNECTs let in since the start.</summary>
    public long ConnectsAccepted => Interlocked.Read(ref _accepted);

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void TurnedAway() => Interlocked.Increment(ref _turnedAway);

    public void Connection(string protocol, int change) => _connections.Add(change, new KeyValuePair<string, object?>("protocol", protocol));
}

/// <summary>Sums of one protocol; added to by many threads.</summary>
internal sealed class ReceivedTotals
{
    public long Messages;
    public long Observations;
    public long Refusals;
}
