using System.Net;
using System.Runtime.InteropServices;

namespace Wanwu.Connect.Transport;

/// <summary>A TCP port served by a few loops over epoll.</summary>
/// <remarks>The first loop takes new connections and gives each to the loop that has fewest. A connection stays on its loop to its end.</remarks>
internal sealed class LinuxListener : IDisposable
{
    private readonly Acceptor _acceptor;
    private readonly LinuxLoop[] _loops;
    private readonly ILogger _log;
    private bool _started;

    /// <param name="name">Names the threads, as <c>mqtt</c>.</param>
    /// <param name="serve">Answers for each loop what makes the protocol's side of a connection, or refuses it; that is called on the loop that will own the connection.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be listened on.</exception>
    public LinuxListener(string name, IPEndPoint endpoint, TransportOptions options, Func<LinuxLoop, Func<LinuxConnection, IStreamProtocol?>> serve, TimeProvider clock, ILogger log)
    {
        _log = log;
        _acceptor = new Acceptor(endpoint, options.NewConnectionsPerSecond, clock, log);
        _loops = [.. Enumerable.Range(0, options.LoopCount).Select(index => new LinuxLoop($"{name}-loop-{index}", options, serve, Assign, clock, log))];
    }

    /// <summary>Whether this machine has what the loops are made of.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Where it listens, port resolved.</summary>
    public IPEndPoint Endpoint => _acceptor.Endpoint;

    /// <inheritdoc cref="Acceptor.Admits"/>
    public Func<IPAddress, bool>? Admits { init => _acceptor.Admits = value; }

    /// <summary>Connections that are open, or not yet closed altogether.</summary>
    public int Count => _loops.Sum(loop => loop.Count);

    /// <summary>The loops: one that fails does so here; all are done after <see cref="StopAsync"/>.</summary>
    public IEnumerable<Task> Ended => _loops.Select(loop => loop.Ended);

    public void Start()
    {
        _started = true;
        _log.Listening(_loops.Length, Endpoint);
        for (var i = _loops.Length - 1; i >= 0; i--) _loops[i].Start(i == 0 ? _acceptor : null);
    }

    /// <summary>Takes no more connections, lets those there are send their last words, and ends the threads.</summary>
    /// <param name="limit">When it is cancelled, what is still open is reset.</param>
    public async Task StopAsync(CancellationToken limit)
    {
        if (!_started) return;
        await _loops[0].StopAcceptAsync();
        foreach (var loop in _loops) loop.CloseAll();
        await using var hurry = limit.UnsafeRegister(static loops =>
        {
            foreach (var loop in (LinuxLoop[])loops!) loop.AbortAll();
        }, _loops);
        await Task.WhenAll(_loops.Select(loop => loop.JoinAsync()));
    }

    public void Dispose()
    {
        if (_started) return;
        _acceptor.Dispose();
        foreach (var loop in _loops) loop.Dispose();
    }

    private void Assign(int socket, IPEndPoint remote)
    {
        var idlest = _loops[0];
        foreach (var loop in _loops)
            if (loop.Count < idlest.Count) idlest = loop;
        idlest.Take(socket, remote);
    }
}
