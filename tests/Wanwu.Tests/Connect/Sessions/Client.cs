using System.Buffers;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>A client as the standard wants it: it keeps what is unacknowledged over its connections, sends it again, and takes a message of QoS 2 once.</summary>
internal sealed class Client : IMqttTransport
{
    private enum Stage { AwaitsAck, AwaitsRec, AwaitsComp }

    private readonly MqttConnection _connection;
    private readonly List<byte> _unread = [];
    private readonly Channel<bool> _kicks = Channel.CreateUnbounded<bool>();
    private readonly SortedDictionary<ushort, (string Topic, string Payload, byte Qos, bool Retain, Stage Stage)> _outgoing = [];
    private readonly HashSet<ushort> _incoming = [];
    private readonly SortedDictionary<ushort, (string Filter, byte? Qos)> _awaitsSubAck = [];
    private ushort _lastId;

    /// <param name="before">The same client's last connection: what it remembers.</param>
    public Client(MqttDoor door, string id, Client? before)
    {
        Id = id;
        if (before is not null)
        {
            foreach (var (packetId, message) in before._outgoing) _outgoing[packetId] = message;
            foreach (var (packetId, wish) in before._awaitsSubAck) _awaitsSubAck[packetId] = wish;
            _incoming.UnionWith(before._incoming);
            (_lastId, Received) = (before._lastId, before.Received);
        }
        _connection = door.Admit(this, ConnectionOrigin.Tcp)!;
    }

    public string Id { get; }
    public IPEndPoint? Remote => null;
    public bool IsClosed { get; private set; }
    public bool? SessionPresent { get; private set; }
    /// <summary>Messages taken, as topic=payload; of QoS 2 each once for each time it was given.</summary>
    public List<string> Received { get; } = [];
    public List<ushort> Acknowledged { get; } = [];
    /// <summary>Leaves incoming messages unacknowledged.</summary>
    public bool IsLazy { get; set; }
    public bool IsIdle => _outgoing.Count == 0 && _awaitsSubAck.Count == 0;

    public async Task<Client> SignInAsync(bool clean = false, string? will = null)
    {
        BeginSignIn(clean, will, out var waits);
        await waits;
        await UntilAsync(() => SessionPresent is not null || IsClosed, "CONNACK");
        if (!IsClosed) SendAgain();
        return this;
    }

    public void BeginSignIn(bool clean, string? will, out Task waits)
    {
        var output = new ArrayBufferWriter<byte>();
        ConnectWriter.Write(output, new ConnectFields
        {
            Version = MqttVersion.V311, ClientId = Encoding.UTF8.GetBytes(Id), CleanStart = clean,
            Will = will is null ? null : new WillFields("will"u8.ToArray(), Encoding.UTF8.GetBytes(will), Qos: 1),
        });
        waits = GiveAsync(output.WrittenSpan.ToArray());
    }

    private void SendAgain()
    {
        foreach (var (id, (filter, qos)) in _awaitsSubAck) Ask(id, filter, qos);
        foreach (var (id, message) in _outgoing)
        {
            if (message.Stage == Stage.AwaitsComp) Give(output => MqttWriter.WriteAck(output, MqttVersion.V311, PacketType.PubRel, id));
            else GivePublish(id, message.Topic, message.Payload, message.Qos, dup: true, message.Retain);
        }
    }

    public void Publish(string topic, string payload, byte qos, bool retain = false)
    {
        if (qos == 0)
        {
            Give(output => MqttWriter.WritePublish(output, MqttVersion.V311, (byte)(retain ? 1 : 0), Encoding.UTF8.GetBytes(topic), 0, [], Encoding.UTF8.GetBytes(payload)));
            return;
        }
        do
        {
            if (++_lastId == 0) _lastId = 1;
        }
        while (_outgoing.ContainsKey(_lastId) || _awaitsSubAck.ContainsKey(_lastId));
        _outgoing[_lastId] = (topic, payload, qos, retain, qos == 1 ? Stage.AwaitsAck : Stage.AwaitsRec);
        GivePublish(_lastId, topic, payload, qos, dup: false, retain);
    }

    private void GivePublish(ushort id, string topic, string payload, byte qos, bool dup, bool retain = false) => Give(output => MqttWriter.WritePublish(
        output, MqttVersion.V311, (byte)(qos << 1 | (dup ? 8 : 0) | (retain ? 1 : 0)), Encoding.UTF8.GetBytes(topic), id, [], Encoding.UTF8.GetBytes(payload)));

    public void Subscribe(string filter, byte qos)
    {
        _awaitsSubAck[++_lastId] = (filter, qos);
        Ask(_lastId, filter, qos);
    }

    public void Unsubscribe(string filter)
    {
        _awaitsSubAck[++_lastId] = (filter, null);
        Ask(_lastId, filter, null);
    }

    private void Ask(ushort id, string filter, byte? qos) => Give(output =>
    {
        if (qos is { } wanted) MqttWriter.WriteSubscribe(output, MqttVersion.V311, id, Encoding.UTF8.GetBytes(filter), new SubscriptionOptions(wanted));
        else MqttWriter.WriteUnsubscribe(output, MqttVersion.V311, id, Encoding.UTF8.GetBytes(filter));
    });

    public void Disconnect()
    {
        Give(output => MqttWriter.WriteDisconnect(output, MqttVersion.V311, ReasonCode.Success));
        Break();
    }

    /// <summary>The connection breaks.</summary>
    public void Break()
    {
        if (_isOver) return;
        (IsClosed, _isOver) = (true, true);
        _connection.End();
    }

    private bool _isOver;

    private void Give(Action<ArrayBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        var given = GiveAsync(output.WrittenSpan.ToArray());
        Assert.True(given.IsCompleted, "The server waits where it should not.");
    }

    private async Task GiveAsync(byte[] bytes)
    {
        if (IsClosed) return;
        while (bytes.Length > 0)
        {
            var outcome = _connection.Drain(bytes, out var consumed);
            bytes = bytes[consumed..];
            if (outcome == DrainOutcome.NeedMore) return;
            if (outcome == DrainOutcome.Close || !await _connection.ResumeAsync(outcome, TestContext.Current.CancellationToken))
            {
                Listen();
                IsClosed = true;
                return;
            }
        }
    }

    /// <summary>Takes what the server has sent, and answers.</summary>
    public void Listen()
    {
        while (true)
        {
            var bytes = _connection.Output.Take();
            if (bytes.Count == 0) return;
            _unread.AddRange(bytes.AsSpan());
            ArrayPool<byte>.Shared.Return(bytes.Array!);
            while (MqttFrame.TryRead(_unread.ToArray(), 1 << 20, out var frame) == FrameResult.Done)
            {
                var packet = _unread.GetRange(0, frame.Length).ToArray();
                _unread.RemoveRange(0, frame.Length);
                Hear(frame, packet.AsSpan(frame.BodyStart, frame.BodyLength));
            }
        }
    }

    private void Hear(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        var id = body.Length >= 2 && frame.Type != PacketType.Publish ? (ushort)(body[0] << 8 | body[1]) : (ushort)0;
        switch (frame.Type)
        {
            case PacketType.ConnAck:
                SessionPresent = body[0] == 1;
                if (body[1] != 0) IsClosed = true;
                break;
            case PacketType.SubAck or PacketType.UnsubAck: _awaitsSubAck.Remove(id); break;
            case PacketType.PubAck or PacketType.PubComp:
                if (_outgoing.Remove(id)) Acknowledged.Add(id);
                break;
            case PacketType.PubRec:
                if (_outgoing.TryGetValue(id, out var sent)) _outgoing[id] = sent with { Stage = Stage.AwaitsComp };
                Give(output => MqttWriter.WriteAck(output, MqttVersion.V311, PacketType.PubRel, id));
                break;
            case PacketType.PubRel:
                _incoming.Remove(id);
                Give(output => MqttWriter.WriteAck(output, MqttVersion.V311, PacketType.PubComp, id));
                break;
            case PacketType.Publish: Take(frame, body); break;
        }
    }

    private void Take(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        Assert.Equal(MqttFault.None, PublishPacket.TryRead(body, frame.Flags, MqttVersion.V311, out var publish));
        var (id, qos) = (publish.PacketId, publish.Qos);
        if (qos < 2 || _incoming.Add(id)) Received.Add($"{Encoding.UTF8.GetString(publish.Topic)}={Encoding.UTF8.GetString(publish.Payload)}");
        if (IsLazy || qos == 0) return;
        Give(output => MqttWriter.WriteAck(output, MqttVersion.V311, qos == 1 ? PacketType.PubAck : PacketType.PubRec, id));
    }

    public async Task UntilAsync(Func<bool> happened, string what)
    {
        while (true)
        {
            Listen();
            if (happened()) return;
            // As a transport: it looks again only when it is kicked.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _kicks.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{Id} waited in vain: {what}");
            }
        }
    }

    /// <summary>Until everything sent is acknowledged.</summary>
    public Task SettleAsync() => UntilAsync(() => IsIdle || IsClosed, "acknowledgements");

    public void Kick() => _kicks.Writer.TryWrite(true);
    public ICommitWaiter CommitsFor(MqttConnection client) => client;
    public void Await(MqttConnection client, long batch)
    {
        // The log tells the client itself.
    }

    public void Close()
    {
        IsClosed = true;
        Kick();
    }

    public void Abort() => Close();
}
