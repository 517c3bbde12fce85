using System.Net;
using System.Net.Sockets;
using Wanwu.Bench.Flood;

namespace Wanwu.Bench.Access;

/// <summary>A connection to the MQTT door, blocking, that reads whole packets.</summary>
internal sealed class MqttClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
    private readonly byte[] _bytes = new byte[64 * 1024];
    private int _from, _to;

    public MqttClient(int port, string id, string name, string password)
    {
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        Send(MqttPackets.Connect(id, name, password));
        if (Read() != 0x20 || Last[1] != 0) throw new InvalidOperationException($"'{id}' was not let in.");
    }

    private ReadOnlySpan<byte> Last => _bytes.AsSpan(_from - _length, _length);
    private int _length;

    public void Send(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

    /// <summary>First byte of the next packet; waits for it. 0: the connection has ended.</summary>
    public byte Read()
    {
        while (true)
        {
            if (TryCut(out var first)) return first;
            if (_from > 0) (_to, _from) = (Move(), 0);
            var read = _socket.Receive(_bytes.AsSpan(_to));
            if (read == 0) return 0;
            _to += read;
        }
    }

    /// <summary>Reads the acknowledgements of so many messages, which must all be good.</summary>
    public void ReadAcknowledged(int count)
    {
        for (var i = 0; i < count; i++)
            if (Read() != 0x40) throw new InvalidOperationException("A message was not acknowledged.");
    }

    public void Subscribe(string filter)
    {
        Send(MqttPackets.Subscribe(1, filter));
        if (Read() != 0x90 || Last[2] > 2) throw new InvalidOperationException($"'{filter}' was refused.");
    }

    /// <summary>Ends a <see cref="Read"/> that waits.</summary>
    public void Hang() => _socket.Shutdown(SocketShutdown.Both);

    private int Move()
    {
        _bytes.AsSpan(_from, _to - _from).CopyTo(_bytes);
        return _to - _from;
    }

    private bool TryCut(out byte first)
    {
        first = 0;
        var length = 0;
        for (int at = _from + 1, shift = 0; at < _to; at++, shift += 7)
        {
            length |= (_bytes[at] & 0x7F) << shift;
            if ((_bytes[at] & 0x80) != 0) continue;
            if (at + 1 + length > _to) return false;
            (first, _length, _from) = (_bytes[_from], length, at + 1 + length);
            return true;
        }
        return false;
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>Connections that publish with so many messages in flight each.</summary>
internal sealed class Publishers : IDisposable
{
    public const int Connections = 50, InFlight = 20;
    private readonly MqttClient[] _clients;
    private readonly byte[][][] _batches;

    /// <param name="topics">Of each connection: those it uses, by turns.</param>
    public Publishers(int port, Asker who, Func<int, IReadOnlyList<string>> topics)
    {
        _clients = [.. Enumerable.Range(0, Connections).Select(number => new MqttClient(port, $"{who.Name}-{number}", "token", who.Token))];
        _batches = [.. Enumerable.Range(0, Connections).Select(number => BatchesOf(topics(number)))];
    }

    private static byte[][] BatchesOf(IReadOnlyList<string> topics) =>
    [
        .. Enumerable.Range(0, Math.Max(1, topics.Count / InFlight)).Select(batch => Enumerable.Range(0, InFlight)
            .SelectMany(i => MqttPackets.Publish((ushort)(i + 1), topics[(batch * InFlight + i) % topics.Count], """{"n":21.5}""")).ToArray()),
    ];

    /// <summary>Publishes and waits until all is acknowledged.</summary>
    /// <returns>How many messages it were.</returns>
    public int Publish(int atLeast)
    {
        var sent = 0;
        for (var turn = 0; sent < atLeast; turn++)
        {
            for (var i = 0; i < _clients.Length; i++) _clients[i].Send(_batches[i][turn % _batches[i].Length]);
            foreach (var client in _clients) client.ReadAcknowledged(InFlight);
            sent += _clients.Length * InFlight;
        }
        return sent;
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }
}

/// <summary>Connections that receive, a thread each, and count.</summary>
internal sealed class Subscribers : IDisposable
{
    public const int Connections = 10;
    private readonly MqttClient[] _clients;
    private readonly Thread[] _threads;
    private long _received;

    public Subscribers(int port, Asker who, string filter)
    {
        _clients = [.. Enumerable.Range(0, Connections).Select(number => new MqttClient(port, $"listens-{who.Name}-{number}", "token", who.Token))];
        foreach (var client in _clients) client.Subscribe(filter);
        _threads = [.. _clients.Select(client => new Thread(() => Count(client)))];
        foreach (var thread in _threads) thread.Start();
    }

    public long Received => Interlocked.Read(ref _received);

    private void Count(MqttClient client)
    {
        try
        {
            while (client.Read() is not 0) Interlocked.Increment(ref _received);
        }
        // Hung up, here or there: what was received counts.
        catch (SocketException)
        {
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Hang();
        foreach (var thread in _threads) thread.Join();
        foreach (var client in _clients) client.Dispose();
    }
}
