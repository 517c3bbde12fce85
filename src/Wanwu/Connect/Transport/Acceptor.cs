using System.Net;
using System.Net.Sockets;

namespace Wanwu.Connect.Transport;

/// <summary>Takes new connections off one listening socket, in batches and at a bounded rate.</summary>
/// <remarks>
/// Belongs to the loop that watches the socket; the socket is owned here and closed by <see cref="Dispose"/>. When the rate is used up, or the system has no
/// descriptor or memory left, the socket is not watched until a timer wakes the loop: the kernel's queue holds whoever comes meanwhile.
/// </remarks>
internal sealed class Acceptor : IDisposable
{
    private const int Batch = 64, Backlog = 4096;
    private static readonly TimeSpan RatePause = TimeSpan.FromMilliseconds(10), FaultPause = TimeSpan.FromMilliseconds(200);
    private readonly Socket _listener;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly int _perSecond;
    private readonly long _began;
    private ITimer? _timer;
    private long _earned;
    private double _tokens;
    private Epoll? _epoll;
    private ulong _key;
    private bool _failing;

    public Acceptor(IPEndPoint endpoint, int perSecond, TimeProvider clock, ILogger log)
    {
        (_perSecond, _clock, _log) = (perSecond, clock, log);
        _tokens = Burst;
        _began = clock.GetTimestamp();
        _listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As Kestrel has it: any address of the newer protocol means any of both.
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) _listener.DualMode = true;
            // Connections inherit it.
            _listener.NoDelay = true;
            _listener.Blocking = false;
            // The framework sets SO_REUSEADDR here: a server that restarts need not wait for the connections of the last one to be forgotten.
            _listener.Bind(endpoint);
            _listener.Listen(Backlog);
            Endpoint = (IPEndPoint)_listener.LocalEndPoint!;
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens, port resolved.</summary>
    public IPEndPoint Endpoint { get; }
    /// <summary>Whether a peer is listened to; who is not is hung up on, which does not count against the rate.</summary>
    public Func<IPAddress, bool>? Admits { get; set; }
    private double Burst => Math.Max(_perSecond / 20, 1);

    /// <summary>Called once, before the loop starts.</summary>
    /// <param name="resume">Makes the loop call <see cref="Resume"/>; any thread.</param>
    public void Watch(Epoll epoll, ulong key, Action resume)
    {
        (_epoll, _key) = (epoll, key);
        _timer = _clock.CreateTimer(_ => resume(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        epoll.Watch(Descriptor, EpollFlags.Readable, key);
    }

    private int Descriptor => (int)_listener.SafeHandle.DangerousGetHandle();

    /// <summary>Somebody is waiting. Level-triggered: who is not taken in this batch is told of again.</summary>
    public void Accept(Action<int, IPEndPoint> accepted)
    {
        if (_listener.SafeHandle.IsClosed) return;
        Earn();
        Span<byte> address = stackalloc byte[PeerAddress.Size];
        for (var i = 0; i < Batch; i++)
        {
            if (_tokens < 1)
            {
                Pause(RatePause);
                return;
            }
            var socket = Libc.Accept(_listener.SafeHandle, address);
            if (socket < 0)
            {
                if (!IsPassing(socket)) PauseFor(socket);
                return;
            }
            if (_failing) _log.AcceptResumed();
            _failing = false;
            var peer = PeerAddress.Read(address);
            if (Admits?.Invoke(peer.Address) == false)
            {
                _ = Libc.Close(socket);
                continue;
            }
            _tokens--;
            accepted(socket, peer);
        }
    }

    /// <summary>The timer has rung: the socket is watched again.</summary>
    public void Resume()
    {
        if (!_listener.SafeHandle.IsClosed) _epoll!.Change(Descriptor, EpollFlags.Readable, _key);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _listener.Dispose();
    }

    private void Earn()
    {
        var now = (long)(_clock.GetElapsedTime(_began).TotalSeconds * _perSecond);
        _tokens = Math.Min(Burst, _tokens + (now - _earned));
        _earned = now;
    }

    /// <summary>Nobody is there any more, or one who has given up already: not the listener's fault (accept(2)).</summary>
    private static bool IsPassing(int answer) =>
        -answer is not (Libc.TooManyFiles or Libc.TooManyFilesInSystem or Libc.NoBuffers or Libc.OutOfMemory);

    private void PauseFor(int answer)
    {
        if (!_failing) _log.AcceptPaused(System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(-answer));
        _failing = true;
        Pause(FaultPause);
    }

    private void Pause(TimeSpan time)
    {
        _epoll!.Change(Descriptor, EpollFlags.None, _key);
        _timer!.Change(time, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>A peer's address as the kernel writes it (<c>struct sockaddr_in</c>, <c>sockaddr_in6</c>).</summary>
internal static class PeerAddress
{
    public const int Size = 28;
    private const int Family6 = 10;

    public static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        var port = address[2] << 8 | address[3];
        if (System.Runtime.InteropServices.MemoryMarshal.Read<ushort>(address) != Family6) return new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);
        var scope = System.Runtime.InteropServices.MemoryMarshal.Read<uint>(address[24..]);
        var ip = new IPAddress(address.Slice(8, 16), scope);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }
}
