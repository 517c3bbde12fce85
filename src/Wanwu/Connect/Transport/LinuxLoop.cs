using System.Collections.Concurrent;
using System.Net;

namespace Wanwu.Connect.Transport;

/// <summary>One thread that carries many connections: waits for events, serves them, sleeps.</summary>
/// <remarks>
/// Everything but the marked methods runs on the loop's own thread. Other threads mark connections; the bell is rung only for a loop that sleeps, so the
/// committer, which marks many in a row, rings at most once before the loop is awake.
/// </remarks>
internal sealed class LinuxLoop : IDisposable
{
    [Flags]
    private enum Orders { None = 0, ResumeAccept = 1, StopAccept = 2, Expire = 4, CloseAll = 8, AbortAll = 16 }

    private const int Awake = 0, Asleep = 1;
    private const ulong BellKey = ulong.MaxValue, AcceptorKey = ulong.MaxValue - 1;
    private readonly Thread _thread;
    private readonly string _name;
    private readonly LoopBell _bell = new();
    private readonly EpollEvents _events = new(256);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private readonly MarkedConnections _marked = new();
    private readonly ConcurrentQueue<LoopErrand> _errands = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _acceptStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<LinuxConnection, IStreamProtocol?> _open;
    private readonly Action<int, IPEndPoint> _accepted;
    private LinuxConnection?[] _bySocket = new LinuxConnection?[64];
    private List<LinuxConnection> _again = [];
    private List<LinuxConnection> _turn = [];
    private Acceptor? _acceptor;
    private uint _generation;
    private int _count;
    private int _sleep;
    private int _orders;
    private bool _stopping;

    /// <param name="serve">Answers what makes the protocol's side of a connection, or refuses it, on the loop it is given.</param>
    /// <param name="accepted">Gives a new connection to a loop; for the loop that has the acceptor.</param>
    public LinuxLoop(string name, TransportOptions options, Func<LinuxLoop, Func<LinuxConnection, IStreamProtocol?>> serve, Action<int, IPEndPoint> accepted, TimeProvider clock, ILogger log)
    {
        (_name, _open, _accepted, Log) = (name, serve(this), accepted, log);
        Deadlines = new Deadlines(clock, TimeSpan.FromSeconds(options.LastWordsSeconds), () => Order(Orders.Expire));
        _bell.Hang(Epoll, BellKey);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    public ILogger Log { get; }
    public Epoll Epoll { get; } = new();
    public Deadlines Deadlines { get; }
    /// <summary>Where every connection's bytes are read; nobody keeps a part of it.</summary>
    public Span<byte> Buffer => _buffer;
    /// <summary>Connections it has, or is about to get. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);
    /// <summary>Done when the thread has ended; failed when it failed.</summary>
    public Task Ended => _ended.Task;

    public void Start(Acceptor? acceptor)
    {
        _acceptor = acceptor;
        acceptor?.Watch(Epoll, AcceptorKey, () => Order(Orders.ResumeAccept));
        _thread.Start();
    }

    /// <summary>A new socket is this loop's from now on. Any thread.</summary>
    public void Take(int socket, IPEndPoint remote)
    {
        Interlocked.Increment(ref _count);
        new LinuxConnection(this, socket, remote).Kick();
    }

    /// <summary>The connection wants to be looked at. Any thread.</summary>
    public void Mark(LinuxConnection connection)
    {
        _marked.Add(connection);
        Wake();
    }

    /// <summary>The errand is run before the marked connections are served. Any thread.</summary>
    public void Ask(LoopErrand errand)
    {
        if (!errand.TryAsk()) return;
        _errands.Enqueue(errand);
        Wake();
    }

    /// <summary>No connection is taken any more. Any thread.</summary>
    public Task StopAcceptAsync()
    {
        Order(Orders.StopAccept);
        return Task.WhenAny(_acceptStopped.Task, _ended.Task);
    }

    /// <summary>Every connection closes when its last bytes have left; the thread ends after the last of them. Any thread.</summary>
    public void CloseAll() => Order(Orders.CloseAll);

    /// <summary>No more waiting. Any thread.</summary>
    public void AbortAll() => Order(Orders.AbortAll);

    /// <summary>Waits for the thread to be gone.</summary>
    public async Task JoinAsync()
    {
        // A loop that failed has said so.
        await _ended.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _thread.Join();
    }

    private void Order(Orders order)
    {
        Interlocked.Or(ref _orders, (int)order);
        Wake();
    }

    private void Wake()
    {
        if (Volatile.Read(ref _sleep) == Asleep && Interlocked.Exchange(ref _sleep, Awake) == Asleep) _bell.Ring();
    }

    internal ulong Adopt(LinuxConnection connection)
    {
        if (connection.Socket >= _bySocket.Length) Array.Resize(ref _bySocket, Math.Max(connection.Socket + 1, _bySocket.Length * 2));
        _bySocket[connection.Socket] = connection;
        return (ulong)(++_generation & 0x7FFF_FFFF) << 32 | (uint)connection.Socket;
    }

    internal void Release(LinuxConnection connection)
    {
        _bySocket[connection.Socket] = null;
        Deadlines.Remove(connection);
    }

    internal void Done() => Interlocked.Decrement(ref _count);

    /// <summary>The protocol's side of a new connection; none for one that was taken while the loop began to stop.</summary>
    internal IStreamProtocol? Open(LinuxConnection connection) => _stopping ? null : _open(connection);

    /// <summary>The connection has more to do than fits in a turn.</summary>
    internal void Again(LinuxConnection connection)
    {
        if (connection.WaitsForTurn) return;
        connection.WaitsForTurn = true;
        _again.Add(connection);
    }

    private void Run()
    {
        try
        {
            while (!_stopping || Count > 0 || !_marked.IsEmpty) Turn();
            _ended.TrySetResult();
        }
        // The edge of the loop: its failure is told to whoever owns it, not to the runtime, which would end the process.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.LoopFailed(fault, _name);
            ForEach(static connection => connection.Destroy(reset: true));
            _ended.TrySetException(fault);
        }
        finally
        {
            Dispose();
        }
    }

    private void Turn()
    {
        var count = Epoll.Wait(_events, MaySleep());
        Volatile.Write(ref _sleep, Awake);
        for (var i = 0; i < count; i++) OnEvent(_events[i].Flags, _events[i].Data);
        ServeAgain();
        while (_errands.TryDequeue(out var errand)) errand.Do();
        ServeMarked();
        if (Volatile.Read(ref _orders) != 0) Obey();
    }

    /// <summary>First says that it sleeps, then looks whether there is anything to do; who marks does it the other way round. One of both sees the other.</summary>
    private bool MaySleep()
    {
        if (_again.Count > 0) return false;
        Interlocked.Exchange(ref _sleep, Asleep);
        return _marked.IsEmpty && _errands.IsEmpty && Volatile.Read(ref _orders) == 0;
    }

    private void OnEvent(EpollFlags flags, ulong key)
    {
        if (key == BellKey) return;
        if (key == AcceptorKey) _acceptor!.Accept(_accepted);
        else if (_bySocket[(int)(uint)key] is { } connection && connection.Key == key) Serve(connection, flags);
    }

    private void ServeAgain()
    {
        if (_again.Count == 0) return;
        (_turn, _again) = (_again, _turn);
        foreach (var connection in _turn)
        {
            connection.WaitsForTurn = false;
            Serve(connection, EpollFlags.None);
        }
        _turn.Clear();
    }

    /// <summary>Serves who is marked. On the loop; also from an errand, while what it has touched of a connection is at hand.</summary>
    internal void ServeMarked()
    {
        var connection = _marked.Take();
        while (connection is not null)
        {
            // Once unmarked it may be linked into the next chain.
            var next = connection.NextMarked;
            connection.NextMarked = null;
            connection.Unmark();
            Serve(connection, EpollFlags.None);
            connection = next;
        }
    }

    private void Serve(LinuxConnection connection, EpollFlags flags)
    {
        try
        {
            connection.TakeTurn(flags);
        }
        // The edge of a session: a fault in one must not reach another.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.ConnectionFailed(fault);
            connection.Destroy(reset: true);
        }
    }

    private void Obey()
    {
        var orders = (Orders)Interlocked.Exchange(ref _orders, 0);
        if ((orders & Orders.ResumeAccept) != 0) _acceptor?.Resume();
        if ((orders & Orders.StopAccept) != 0)
        {
            _acceptor?.Dispose();
            _acceptStopped.TrySetResult();
        }
        if ((orders & Orders.Expire) != 0) Deadlines.Expire();
        if ((orders & Orders.CloseAll) != 0) ForEach(static connection => connection.Close());
        if ((orders & Orders.AbortAll) != 0) ForEach(static connection => connection.Abort());
        _stopping |= (orders & (Orders.CloseAll | Orders.AbortAll)) != 0;
    }

    private void ForEach(Action<LinuxConnection> act)
    {
        foreach (var connection in _bySocket)
            if (connection is not null) act(connection);
    }

    public void Dispose()
    {
        _acceptor?.Dispose();
        Deadlines.Dispose();
        Epoll.Dispose();
        _bell.Dispose();
    }
}
