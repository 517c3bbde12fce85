using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.EndToEnd.Crash;

/// <summary>An MQTT client with a session that outlives its connections, as the standard wants it: it sends again what is unacknowledged and takes a message of QoS 2 once.</summary>
/// <remarks>One loop of its own does everything; others look at it when it has ended, or at its counters.</remarks>
internal sealed class SurvivingClient(int port, string id)
{
    private const int Window = 20;
    private const MqttVersion Version = MqttVersion.V311;

    private sealed record Outgoing(string Topic, byte[] Payload, byte Qos)
    {
        public bool IsReceived { get; set; }
    }

    private readonly SortedDictionary<ushort, Outgoing> _unacknowledged = [];
    private readonly HashSet<ushort> _incoming = [];
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Random _random = new(id.GetHashCode(StringComparison.Ordinal));
    private ushort _lastId;
    private volatile bool _isSubscribed;

    /// <summary>A filter to subscribe with QoS 2; null for none.</summary>
    public string? Filter { get; init; }
    /// <summary>An access token; without one the client is let in without an account.</summary>
    public string? Token { get; init; }
    /// <summary>A topic to publish numbers to; null for none.</summary>
    public string? Topic { get; init; }
    public byte Qos { get; init; }
    /// <summary>Stays away for so long now and then.</summary>
    public TimeSpan Absence { get; init; }

    public bool IsSubscribed => _isSubscribed;
    public long Published { get; private set; }
    public long Unacknowledged => _unacknowledged.Count;
    public long SentAgain { get; private set; }
    public long Connections { get; private set; }
    /// <summary>Connections to which the server said that it knew nothing of the client, all but the first.</summary>
    public long Forgotten { get; private set; }
    /// <summary>By topic, in the order in which they came.</summary>
    public Dictionary<string, List<long>> Received { get; } = [];
    public long ReceivedCount { get; private set; }

    public override string ToString() =>
        $"{id}: {Connections} connections, {Published} published, {SentAgain} sent again, {ReceivedCount} received, unacknowledged {string.Join(", ", _unacknowledged.Select(one => $"{one.Key}{(one.Value.IsReceived ? " received" : "")}"))}";

    public async Task RunAsync(Func<bool> isOver, CancellationToken enough, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!isOver())
        {
            try
            {
                await ConnectAsync(timer, isOver, enough, stop);
            }
            // The server died, or is not there yet.
            catch (Exception fault) when (fault is IOException or SocketException)
            {
                await timer.WaitForNextTickAsync(stop);
            }
        }
    }

    private async Task ConnectAsync(PeriodicTimer timer, Func<bool> isOver, CancellationToken enough, CancellationToken stop)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port, stop);
        await using var stream = new NetworkStream(socket);
        _output.ResetWrittenCount();
        ConnectWriter.Write(_output, new ConnectFields
        {
            Version = Version, ClientId = Encoding.UTF8.GetBytes(id), CleanStart = false, KeepAlive = 0,
            UserName = Token is null ? (ReadOnlyMemory<byte>?)null : "token"u8.ToArray(), Password = Token is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(Token),
        });
        await FlushAsync(stream, stop);
        var unread = new List<byte>();
        await ReadAsync(stream, unread, Welcomed, stop);
        var leaves = Absence > TimeSpan.Zero ? _random.Next(20, 120) : int.MaxValue;
        while (!isOver() && leaves-- > 0)
        {
            if (Topic is not null && !enough.IsCancellationRequested) PublishSome();
            await FlushAsync(stream, stop);
            while (stream.DataAvailable) await ReadAsync(stream, unread, null, stop);
            await FlushAsync(stream, stop);
            if (socket.Poll(0, SelectMode.SelectRead) && !stream.DataAvailable) throw new IOException("The server is gone.");
            await timer.WaitForNextTickAsync(stop);
        }
        if (leaves < 0) await Task.Delay(Absence, TimeProvider.System, stop);
    }

    private void Welcomed(bool present)
    {
        if (Connections++ > 0 && !present) Forgotten++;
        foreach (var (packetId, message) in _unacknowledged)
        {
            SentAgain++;
            if (message.IsReceived) MqttWriter.WriteAck(_output, Version, PacketType.PubRel, packetId);
            else MqttWriter.WritePublish(_output, Version, (byte)(message.Qos << 1 | 8), Encoding.UTF8.GetBytes(message.Topic), packetId, [], message.Payload);
        }
        if (Filter is not null && !_isSubscribed) MqttWriter.WriteSubscribe(_output, Version, ushort.MaxValue, Encoding.UTF8.GetBytes(Filter), new SubscriptionOptions(2));
    }

    private void PublishSome()
    {
        while (_unacknowledged.Count < Window)
        {
            do
            {
                if (++_lastId == ushort.MaxValue) _lastId = 1;
            }
            while (_unacknowledged.ContainsKey(_lastId));
            var message = _unacknowledged[_lastId] = new Outgoing(Topic!, Encoding.UTF8.GetBytes($"{++Published}"), Qos);
            MqttWriter.WritePublish(_output, Version, (byte)(Qos << 1), Encoding.UTF8.GetBytes(Topic!), _lastId, [], message.Payload);
        }
    }

    private async Task FlushAsync(NetworkStream stream, CancellationToken stop)
    {
        if (_output.WrittenCount == 0) return;
        await stream.WriteAsync(_output.WrittenMemory, stop);
        _output.ResetWrittenCount();
    }

    private async Task ReadAsync(NetworkStream stream, List<byte> unread, Action<bool>? welcomed, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        do
        {
            var read = await stream.ReadAsync(buffer, stop);
            if (read == 0) throw new IOException("The server closed the connection.");
            unread.AddRange(buffer.AsSpan(0, read));
            var bytes = unread.ToArray();
            var at = 0;
            while (MqttFrame.TryRead(bytes.AsSpan(at), 1 << 20, out var frame) == FrameResult.Done)
            {
                if (frame.Type == PacketType.ConnAck)
                {
                    if (bytes[at + 3] != 0) throw new IOException("Refused for now.");
                    welcomed!(bytes[at + 2] == 1);
                    welcomed = null;
                }
                else Hear(frame, bytes.AsSpan(at + frame.BodyStart, frame.BodyLength));
                at += frame.Length;
            }
            unread.RemoveRange(0, at);
        }
        while (welcomed is not null);
    }

    private void Hear(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        if (frame.Type == PacketType.Publish)
        {
            Take(frame, body);
            return;
        }
        var packetId = (ushort)(body[0] << 8 | body[1]);
        switch (frame.Type)
        {
            case PacketType.SubAck: _isSubscribed = true; break;
            case PacketType.PubAck or PacketType.PubComp: _unacknowledged.Remove(packetId); break;
            case PacketType.PubRec:
                if (_unacknowledged.TryGetValue(packetId, out var sent)) sent.IsReceived = true;
                MqttWriter.WriteAck(_output, Version, PacketType.PubRel, packetId);
                break;
            case PacketType.PubRel:
                _incoming.Remove(packetId);
                MqttWriter.WriteAck(_output, Version, PacketType.PubComp, packetId);
                break;
        }
    }

    /// <summary>The payload, or the value of an observation.</summary>
    private static long NumberIn(ReadOnlySpan<byte> payload)
    {
        if (payload[0] != (byte)'{') return long.Parse(payload, System.Globalization.CultureInfo.InvariantCulture);
        using var json = System.Text.Json.JsonDocument.Parse(payload.ToArray());
        return json.RootElement.GetProperty("value").GetInt64();
    }

    private void Take(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        if (PublishPacket.TryRead(body, frame.Flags, Version, out var publish) != MqttFault.None) throw new IOException("The server wrote nonsense.");
        var isNew = publish.Qos < 2 || _incoming.Add(publish.PacketId);
        if (isNew)
        {
            var topic = Encoding.UTF8.GetString(publish.Topic);
            if (!Received.TryGetValue(topic, out var numbers)) Received[topic] = numbers = [];
            numbers.Add(NumberIn(publish.Payload));
            ReceivedCount++;
        }
        if (publish.Qos > 0) MqttWriter.WriteAck(_output, Version, publish.Qos == 1 ? PacketType.PubAck : PacketType.PubRec, publish.PacketId);
    }
}
