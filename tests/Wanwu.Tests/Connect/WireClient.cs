using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Wanwu.Connect;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Tests.Connect;

/// <summary>A property as it came over the wire.</summary>
internal sealed record WireProperty(PropertyId Id, uint Number, string Name, string Text);

/// <summary>A PUBLISH as it came over the wire, with the topic an alias stands for.</summary>
internal sealed record WireMessage(string Topic, string Payload, byte Qos, bool Retain, bool Dup, ushort Id, IReadOnlyList<WireProperty> Properties, int Bytes)
{
    public uint? Number(PropertyId id) => Properties.FirstOrDefault(property => property.Id == id)?.Number;
    public string? Text(PropertyId id) => Properties.FirstOrDefault(property => property.Id == id)?.Text;
    public IEnumerable<uint> Identifiers => Properties.Where(property => property.Id == PropertyId.SubscriptionIdentifier).Select(property => property.Number).Order();
}

/// <summary>An MQTT client that hides nothing: packets are written and read one by one.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly Queue<WireMessage> _messages = new();
    private readonly Dictionary<uint, string> _aliases = [];
    private ushort _lastId;

    private WireClient(NetworkStream stream, MqttVersion version) => (_stream, Version) = (stream, version);

    public MqttVersion Version { get; }
    public byte Answer { get; private set; }
    public bool SessionPresent { get; private set; }
    public IReadOnlyList<WireProperty> Granted { get; private set; } = [];

    /// <summary>Reason string of the last acknowledgement.</summary>
    public string? Reason { get; private set; }

    /// <summary>Whether messages of QoS 1 and 2 are acknowledged as they come.</summary>
    public bool Acknowledges { get; set; } = true;

    public static async Task<WireClient> ConnectAsync(WanwuServer server, string? user = null, string? password = null, string client = "", MqttVersion version = MqttVersion.V5,
        bool clean = true, PropertyWriter? properties = null, WillFields? will = null, ushort keepAlive = 60)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Get<ListeningDoors>().Find("mqtt")!.Endpoint, TestContext.Current.CancellationToken);
        var wire = new WireClient(new NetworkStream(socket, ownsSocket: true), version);
        await wire.SendAsync(output => ConnectWriter.Write(output, new ConnectFields
        {
            Version = version, ClientId = Encoding.UTF8.GetBytes(client), CleanStart = clean, Will = will, KeepAlive = keepAlive, Properties = properties?.Raw.ToArray(),
            UserName = user is null ? null : Encoding.UTF8.GetBytes(user), Password = password is null ? null : Encoding.UTF8.GetBytes(password),
        }));
        var (first, body) = await wire.ReadAsync();
        Assert.Equal(MqttFault.None, ConnAckPacket.TryRead(body, (byte)(first & 15), version, out var answer));
        (wire.Answer, wire.SessionPresent, wire.Granted) = (answer.Code, answer.SessionPresent, Read(answer.Properties));
        return wire;
    }

    /// <summary>As somebody with this role.</summary>
    public static async Task<WireClient> ConnectAsAsync(WanwuServer server, string role, string client = "", MqttVersion version = MqttVersion.V5, PropertyWriter? properties = null, bool clean = true)
    {
        var token = await server.Get<Wanwu.Security.Access.AccessTokens>().CreateAsync($"{role} {Guid.NewGuid()}", role, null, TestContext.Current.CancellationToken);
        return await ConnectAsync(server, "token", token.Token, client, version, clean, properties);
    }

    public async Task SendAsync(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        await _stream.WriteAsync(output.WrittenMemory, TestContext.Current.CancellationToken);
    }

    /// <summary>The next packet that is not a message: its first byte and its body.</summary>
    public async Task<(byte First, byte[] Body)> ReadAsync()
    {
        while (true)
        {
            var (first, body) = await ReadPacketAsync();
            if (first >> 4 == (int)PacketType.Publish) await KeepAsync(first, body);
            else if (first >> 4 == (int)PacketType.PubRel) await CompleteAsync(body);
            else return (first, body);
        }
    }

    private Task CompleteAsync(byte[] body) =>
        SendAsync(output => MqttWriter.WriteAck(output, Version, PacketType.PubComp, System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(body)));

    public async Task<byte> SubscribeAsync(string filter, byte options = 0, uint identifier = 0) => (await TrySubscribeAsync(filter, options, identifier)).Code;

    public async Task<(byte Code, string? Reason)> TrySubscribeAsync(string filter, byte options = 0, uint identifier = 0)
    {
        var properties = identifier == 0 ? [] : new PropertyWriter().Add(PropertyId.SubscriptionIdentifier, identifier).Raw.ToArray();
        await SendAsync(output => MqttWriter.WriteSubscribe(output, Version, ++_lastId, Encoding.UTF8.GetBytes(filter), new SubscriptionOptions(options), properties));
        var (first, body) = await ReadAsync();
        Assert.Equal(MqttFault.None, SubAckPacket.TryRead(body, (byte)(first & 15), PacketType.SubAck, Version, out var answer));
        return (Assert.Single(answer.Codes.ToArray()), Read(answer.Properties).FirstOrDefault(property => property.Id == PropertyId.ReasonString)?.Text);
    }

    public async Task UnsubscribeAsync(string filter)
    {
        await SendAsync(output => MqttWriter.WriteUnsubscribe(output, Version, ++_lastId, Encoding.UTF8.GetBytes(filter)));
        await ReadAsync();
    }

    /// <summary>Publishes and, for QoS 1 and 2, waits until the server has taken the message.</summary>
    public async Task<ReasonCode> PublishAsync(string topic, string payload, byte qos = 1, bool retain = false, PropertyWriter? properties = null)
    {
        var id = qos == 0 ? (ushort)0 : ++_lastId;
        var raw = properties?.Raw.ToArray() ?? [];
        await SendAsync(output => MqttWriter.WritePublish(output, Version, (byte)(qos << 1 | (retain ? 1 : 0)), Encoding.UTF8.GetBytes(topic), id, raw, Encoding.UTF8.GetBytes(payload)));
        if (qos == 0) return ReasonCode.Success;
        var code = await AcknowledgedAsync(id);
        if (qos == 1 || code >= ReasonCode.UnspecifiedError) return code;
        await SendAsync(output => MqttWriter.WriteAck(output, Version, PacketType.PubRel, id));
        return await AcknowledgedAsync(id);
    }

    private async Task<ReasonCode> AcknowledgedAsync(ushort id)
    {
        var (first, body) = await ReadAsync();
        Assert.Equal(MqttFault.None, AckPacket.TryRead(body, (byte)(first & 15), (PacketType)(first >> 4), Version, out var ack));
        Assert.Equal(id, ack.PacketId);
        Reason = Read(ack.Properties).FirstOrDefault(property => property.Id == PropertyId.ReasonString)?.Text;
        return ack.Code;
    }

    public async Task<WireMessage> NextAsync()
    {
        while (_messages.Count == 0)
        {
            var (first, body) = await ReadPacketAsync();
            if (first >> 4 == (int)PacketType.Publish) await KeepAsync(first, body);
            else if (first >> 4 == (int)PacketType.PubRel) await CompleteAsync(body);
        }
        return _messages.Dequeue();
    }

    /// <summary>Everything the server has sent up to now: what comes before the answer to a PINGREQ.</summary>
    public async Task<IReadOnlyList<WireMessage>> ArrivedAsync()
    {
        await SendAsync(output => output.Write(MqttWriter.PingReq));
        while ((await ReadAsync()).First >> 4 != (int)PacketType.PingResp) { }
        var arrived = _messages.ToList();
        _messages.Clear();
        return arrived;
    }

    /// <summary>The reason code of the server's DISCONNECT, or null when it closes without a word.</summary>
    public async Task<ReasonCode?> ClosedAsync()
    {
        try
        {
            while (true)
            {
                var (first, body) = await ReadAsync();
                if (first >> 4 == (int)PacketType.Disconnect) return body.Length == 0 ? ReasonCode.Success : (ReasonCode)body[0];
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    public Task DisconnectAsync(ReasonCode code = ReasonCode.Success) => SendAsync(output => MqttWriter.WriteDisconnect(output, Version, code));

    /// <summary>Goes away without a word and waits until the server has noticed.</summary>
    public async Task BreakAsync(WanwuServer server)
    {
        var before = server.Get<Wanwu.Connect.Mqtt.MqttDoor>().Count;
        await _stream.DisposeAsync();
        Assert.True(SpinWait.SpinUntil(() => server.Get<Wanwu.Connect.Mqtt.MqttDoor>().Count < before, TimeSpan.FromSeconds(30)));
    }

    private async Task KeepAsync(byte first, byte[] body)
    {
        Assert.Equal(MqttFault.None, PublishPacket.TryRead(body, (byte)(first & 15), Version, out var publish));
        var properties = Read(publish.Properties);
        var topic = Encoding.UTF8.GetString(publish.Topic);
        if (properties.FirstOrDefault(property => property.Id == PropertyId.TopicAlias) is { } alias)
        {
            if (topic.Length > 0) _aliases[alias.Number] = topic;
            else topic = _aliases[alias.Number];
        }
        var (qos, id) = (publish.Qos, publish.PacketId);
        _messages.Enqueue(new WireMessage(topic, Encoding.UTF8.GetString(publish.Payload), qos, publish.Retain, publish.Dup, id, properties, body.Length));
        if (qos == 0 || !Acknowledges) return;
        await SendAsync(output => MqttWriter.WriteAck(output, Version, qos == 1 ? PacketType.PubAck : PacketType.PubRec, id));
    }

    private async Task<(byte First, byte[] Body)> ReadPacketAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var one = new byte[1];
        await _stream.ReadExactlyAsync(one, limit.Token);
        var (first, length, shift) = (one[0], 0, 0);
        do
        {
            await _stream.ReadExactlyAsync(one, limit.Token);
            length |= (one[0] & 127) << shift;
            shift += 7;
        }
        while (one[0] > 127);
        var body = new byte[length];
        await _stream.ReadExactlyAsync(body, limit.Token);
        return (first, body);
    }

    private static List<WireProperty> Read(MqttProperties properties)
    {
        var all = new List<WireProperty>();
        foreach (var property in properties)
            all.Add(new WireProperty(property.Id, property.Number, Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Data)));
        return all;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
