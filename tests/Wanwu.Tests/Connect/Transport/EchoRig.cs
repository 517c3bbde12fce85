using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>A listener on a port of its own whose connections send back what they get.</summary>
internal sealed class EchoRig : IAsyncDisposable
{
    /// <summary>For what must happen; how long it takes is the machine's affair.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<EchoProtocol> _opened = Channel.CreateUnbounded<EchoProtocol>();
    private readonly ConcurrentDictionary<EchoProtocol, byte> _open = new();

    public EchoRig(TransportOptions? options = null, TimeProvider? clock = null, IPAddress? address = null, int port = 0)
    {
        Listener = new LinuxListener("echo", new IPEndPoint(address ?? IPAddress.Loopback, port), options ?? new TransportOptions { NewConnectionsPerSecond = 1_000_000 },
            _ => Open, clock ?? TimeProvider.System, Log);
        Listener.Start();
    }

    public LinuxListener Listener { get; }
    public LinesLogger Log { get; } = new();
    public IPEndPoint Endpoint => Listener.Endpoint;
    public int ReadAtMost { get; init; } = int.MaxValue;
    public bool Refuses { get; set; }
    /// <summary>What a connection does that was told to wait.</summary>
    public Func<EchoProtocol, CancellationToken, ValueTask<bool>> OnWait { get; set; } = (_, _) => ValueTask.FromResult(true);
    /// <summary>On the loop, before the bytes are looked at.</summary>
    public Action<EchoProtocol, int>? OnReceive { get; set; }
    public ICollection<EchoProtocol> Connections => _open.Keys;

    /// <summary>The server's side of the next connection.</summary>
    public Task<EchoProtocol> NextAsync() => _opened.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    public async Task<(Socket Client, EchoProtocol Server)> ConnectAsync(IPEndPoint? endpoint = null)
    {
        var client = await DialAsync(endpoint);
        return (client, await NextAsync());
    }

    public async Task<Socket> DialAsync(IPEndPoint? endpoint = null)
    {
        var client = new Socket((endpoint ?? Endpoint).AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(endpoint ?? Endpoint, TestContext.Current.CancellationToken);
        return client;
    }

    internal void Forget(EchoProtocol protocol) => _open.TryRemove(protocol, out _);

    private EchoProtocol? Open(LinuxConnection connection)
    {
        if (Refuses) return null;
        var protocol = new EchoProtocol(this, connection);
        _open[protocol] = 0;
        _opened.Writer.TryWrite(protocol);
        return protocol;
    }

    public static byte[] Frame(ReadOnlySpan<byte> body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame.AsSpan(4));
        return frame;
    }

    public static byte[] Frame(int length, byte fill = (byte)'e')
    {
        var body = new byte[length];
        body.AsSpan().Fill(fill);
        return Frame(body);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource();
        await limit.CancelAsync();
        await Listener.StopAsync(limit.Token).WaitAsync(Patience);
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class LinesLogger : ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}

internal static class ClientSockets
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task SayAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, Stop).AsTask().WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken)..];
    }

    public static async Task<byte[]> HearAsync(this Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(have), Stop).AsTask().WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
            if (read == 0) return bytes[..have];
            have += read;
        }
        return bytes;
    }

    /// <summary>Sends a frame and expects it back.</summary>
    public static async Task EchoAsync(this Socket socket, byte[] frame)
    {
        await socket.SayAsync(frame);
        Assert.Equal(frame, await socket.HearAsync(frame.Length));
    }

    /// <summary>Whether the other side has closed in good order: no byte more, and no reset.</summary>
    public static async Task<bool> IsClosedAsync(this Socket socket) => (await socket.HearAsync(1)).Length == 0;

    /// <summary>Closes so that the other side sees a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
