using System.Runtime.CompilerServices;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>One number for each quality of service.</summary>
[InlineArray(3)]
internal struct ByQos
{
    private long _first;

    public readonly long Sum => this[0] + this[1] + this[2];

    public void Add(in ByQos other)
    {
        for (var qos = 0; qos < 3; qos++) this[qos] += other[qos];
    }
}

/// <summary>What one connection has carried.</summary>
/// <remarks>Plain fields. Each is written by the one loop that reads from the connection, or by the sweep; whoever else looks sees what was true a moment ago.</remarks>
internal sealed class ConnectionFigures(MqttOutput output)
{
    /// <summary>A connection is called slow until this many sweeps (seconds) after the last sign of it.</summary>
    private const int SlowFor = 30;
    private const double Smoothing = 0.2;
    private (long In, long Out, long BytesIn, long BytesOut, long Dropped) _last;
    private int _slowSweeps;

    // The reading loop.
    public ByQos MessagesIn;
    public long BytesIn;
    /// <summary>Times the connection was read from more slowly because of a limit of rate.</summary>
    public long HeldBack;

    public ByQos MessagesOut
    {
        get
        {
            var sum = new ByQos();
            for (var qos = 0; qos < 3; qos++) sum[qos] = output.Published(qos);
            return sum;
        }
    }

    public long BytesOut => output.BytesTaken;

    // The sweep. Over some five seconds, in messages and bytes a second.
    public Rates Rates { get; private set; }
    public bool IsSlow => _slowSweeps > 0;

    /// <summary>Called once a second.</summary>
    /// <param name="dropped">What the client has missed so far.</param>
    /// <param name="behind">Whether so much waits for the client that it does not keep up.</param>
    public void Sweep(long dropped, bool behind)
    {
        var now = (In: MessagesIn.Sum, Out: MessagesOut.Sum, BytesIn, BytesOut, Dropped: dropped);
        Rates = new Rates(
            Smooth(Rates.MessagesIn, now.In - _last.In), Smooth(Rates.MessagesOut, now.Out - _last.Out),
            Smooth(Rates.BytesIn, now.BytesIn - _last.BytesIn), Smooth(Rates.BytesOut, now.BytesOut - _last.BytesOut));
        _slowSweeps = behind || dropped > _last.Dropped ? SlowFor : Math.Max(0, _slowSweeps - 1);
        _last = now;
    }

    private static double Smooth(double rate, long passed)
    {
        var next = rate + (passed - rate) * Smoothing;
        return next < 0.005 ? 0 : next;
    }
}

/// <summary>In a second.</summary>
internal readonly record struct Rates(double MessagesIn, double MessagesOut, double BytesIn, double BytesOut);

/// <summary>What all connections have carried, those that have ended included. Guarded by its own lock; changes when a connection ends.</summary>
internal sealed class EndedTraffic
{
    private readonly Lock _gate = new();
    private ByQos _in, _out;
    private long _bytesIn, _bytesOut, _dropped, _heldBack;

    public void Add(ConnectionFigures ended, long dropped)
    {
        lock (_gate)
        {
            _in.Add(ended.MessagesIn);
            _out.Add(ended.MessagesOut);
            _bytesIn += ended.BytesIn;
            _bytesOut += ended.BytesOut;
            _dropped += dropped;
            _heldBack += ended.HeldBack;
        }
    }

    /// <summary>The sum with the connections there are.</summary>
    public Traffic With(IEnumerable<MqttConnection> open)
    {
        lock (_gate)
        {
            var sum = new Traffic { In = _in, Out = _out, BytesIn = _bytesIn, BytesOut = _bytesOut, Dropped = _dropped, HeldBack = _heldBack };
            foreach (var connection in open) sum.Add(connection);
            return sum;
        }
    }
}

/// <summary>A sum over connections at one moment.</summary>
internal struct Traffic
{
    public ByQos In, Out;
    public long BytesIn, BytesOut, Dropped, HeldBack;
    public int Slow;

    public void Add(MqttConnection connection)
    {
        var figures = connection.Figures;
        In.Add(figures.MessagesIn);
        Out.Add(figures.MessagesOut);
        BytesIn += figures.BytesIn;
        BytesOut += figures.BytesOut;
        Dropped += connection.Output.Dropped;
        HeldBack += figures.HeldBack;
        if (figures.IsSlow) Slow++;
    }
}
