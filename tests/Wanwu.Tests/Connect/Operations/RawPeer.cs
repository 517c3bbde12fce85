using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Wanwu.Connect;

namespace Wanwu.Tests.Connect.Operations;

/// <summary>A peer that speaks MQTT 5 byte by byte: it may flood, fall silent and read nothing, as no client library does.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Stream _stream;

    public RawPeer(Stream stream) => _stream = stream;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public bool HasAnswer => _stream is NetworkStream { DataAvailable: true };

    public static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Packet(byte first, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        var length = new List<byte>();
        for (var rest = body.Length; length.Count == 0 || rest > 0; rest >>= 7) length.Add((byte)(rest & 127 | (rest > 127 ? 128 : 0)));
        return [first, .. length, .. body];
    }

    public static byte[] Connect(Device device, string client, byte level = 5, bool clean = true, uint expiry = 0)
    {
        byte[] properties = level < 5 ? [] : expiry == 0 ? [0] : [5, 0x11, (byte)(expiry >> 24), (byte)(expiry >> 16), (byte)(expiry >> 8), (byte)expiry];
        return Packet(0x10, Text("MQTT"), [level, (byte)(clean ? 0xC2 : 0xC0), 0, 0], properties, Text(client), Text(device.Id), Text(device.Password));
    }

    /// <summary>A CONNECT without credentials.</summary>
    public static byte[] ConnectAlone(string client, byte level = 5) => Packet(0x10, Text("MQTT"), [level, 2, 0, 0], level < 5 ? [] : [0], Text(client));

    public static byte[] Publish(string payload, ushort id) => Packet(0x32, Text("v1/report"), [(byte)(id >> 8), (byte)id, 0], Encoding.UTF8.GetBytes(payload));

    public static byte[] Subscribe(string filter, byte qos) => Packet(0x82, [0, 1, 0], Text(filter), [qos]);

    public static async Task<RawPeer> DialAsync(WanwuServer server, int receiveBuffer = 0)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(server.Get<ListeningDoors>().Find("mqtt")!.Endpoint, Stop);
        return new RawPeer(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Connects; the answer is the reason code of the CONNACK.</summary>
    public static async Task<(RawPeer Peer, byte Code)> ConnectAsync(WanwuServer server, Device device, string client)
    {
        var peer = await DialAsync(server);
        await peer.SendAsync(Connect(device, client));
        var (_, body) = await peer.ReadAsync();
        return (peer, body[1]);
    }

    public static async Task<RawPeer> OpenAsync(WanwuServer server, Device device, string client)
    {
        var (peer, code) = await ConnectAsync(server, device, client);
        Assert.Equal(0, code);
        return peer;
    }

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes, Stop).AsTask();

    /// <summary>The next packet: its first byte and its body.</summary>
    public async Task<(byte First, byte[] Body)> ReadAsync()
    {
        var one = new byte[1];
        await ReadAsync(one);
        var first = one[0];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await ReadAsync(one);
            length |= (one[0] & 127) << shift;
            if (one[0] < 128) break;
        }
        var body = new byte[length];
        await ReadAsync(body);
        return (first, body);
    }

    private async Task ReadAsync(byte[] into) => await _stream.ReadExactlyAsync(into, Stop).AsTask().WaitAsync(Patience, Stop);

    /// <summary>Publishes with QoS 1 and waits for the acknowledgement.</summary>
    public async Task PublishAsync(string payload, ushort id)
    {
        await SendAsync(Publish(payload, id));
        await ExpectAckAsync(id);
    }

    public async Task ExpectAckAsync(ushort id)
    {
        var (first, body) = await ReadAsync();
        Assert.Equal((0x40, id), (first, BinaryPrimitives.ReadUInt16BigEndian(body)));
    }

    public async Task ExpectClosedAsync()
    {
        try
        {
            Assert.Equal(0, await _stream.ReadAsync(new byte[1], Stop).AsTask().WaitAsync(Patience, Stop));
        }
        catch (IOException)
        {
            // Reset instead of closed: gone all the same.
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
