using System.Net;

namespace Wanwu.Connect.Transport;

/// <summary>One TCP connection on a loop: reads, hands to the protocol, sends.</summary>
/// <remarks>
/// <para>Other threads call <see cref="Kick"/>, <see cref="Close"/>, <see cref="Abort"/> and <see cref="Resume"/>, which only note the wish and mark the connection for
/// its loop; everything else happens on the loop. The socket's number is owned here: it is closed once, by the loop, and nobody else ever sees it, so a
/// number that the system has given to somebody else is never touched.</para>
/// <para>The socket is watched edge-triggered, which takes some 3 % less of the loop's time than level-triggered (measured with one message in flight):
/// <see cref="_readable"/> and <see cref="_writable"/> remember what has been told and not been used up. A read that did not fill the room has emptied the
/// socket, unless its end was seen.</para>
/// <para>It ends in steps: what is ready is sent, the protocol is told, our side is shut, what the peer still sends is thrown away until it closes too. Closing
/// at once would make the kernel reset the connection, and the peer might lose our last words. <see cref="Deadlines"/> bounds all of it.</para>
/// </remarks>
internal sealed class LinuxConnection(LinuxLoop loop, int socket, IPEndPoint remote)
{
    private enum Phase : byte { New, Open, Closing, Draining, Closed }

    [Flags]
    private enum Wishes { None = 0, Close = 1, Abort = 2, GoOn = 4, GiveUp = 8 }

    private const int Unmarked = 0, Marked = 1, Busy = 2;
    private const EpollFlags Reading = EpollFlags.Readable | EpollFlags.PeerClosed | EpollFlags.EdgeTriggered;
    private const EpollFlags Ended = EpollFlags.PeerClosed | EpollFlags.HangUp | EpollFlags.Error;

    // Any thread.
    private int _mark;
    private int _wishes;

    // The loop.
    private IStreamProtocol? _protocol;
    private Suspension? _suspension;
    private HeldBytes _held;
    private UnsentBytes _unsent;
    private Phase _phase;
    private bool _rest;
    private bool _readable;
    private bool _writable = true;
    private bool _endSeen;
    private bool _deaf;

    public IPEndPoint Remote => remote;

    internal int Socket => socket;
    /// <summary>Tells events of this connection from late ones of an earlier connection whose socket had the same number.</summary>
    internal ulong Key { get; private set; }
    /// <summary>The next in the loop's chain of marked connections; set by whoever marks, read by the loop.</summary>
    internal LinuxConnection? NextMarked { get; set; }
    internal bool WaitsForTurn { get; set; }
    internal LinkedListNode<LinuxConnection>? Deadline { get; set; }
    internal long ClosingSince { get; set; }
    private bool IsSuspended => _suspension is not null;
    private bool MayRead => _phase == Phase.Open && !IsSuspended && (_unsent.IsEmpty || _deaf || _protocol!.HasRoom);

    /// <summary>There is something to send. Any thread; several kicks before the loop comes by are one.</summary>
    public void Kick()
    {
        if (Interlocked.CompareExchange(ref _mark, Marked, Unmarked) == Unmarked) loop.Mark(this);
    }

    /// <summary>Sends what is ready, then closes. Any thread.</summary>
    public void Close() => Wish(Wishes.Close);

    /// <summary>Resets the connection; nothing more is sent. Any thread.</summary>
    public void Abort() => Wish(Wishes.Abort);

    /// <summary>The protocol's wait has ended. Any thread.</summary>
    internal void Resume(bool goesOn) => Wish(goesOn ? Wishes.GoOn : Wishes.GiveUp);

    private void Wish(Wishes wish)
    {
        Interlocked.Or(ref _wishes, (int)wish);
        Kick();
    }

    /// <summary>First of all: the loop takes the connection, which the acceptor may have made on another one.</summary>
    private void Start()
    {
        _phase = Phase.Open;
        Key = loop.Adopt(this);
        _protocol = loop.Open(this);
        if (_protocol is null) Destroy(reset: false);
        else loop.Epoll.Watch(socket, Reading, Key);
    }

    /// <summary>Taken off the chain: from here on a kick marks it again.</summary>
    internal void Unmark() => Interlocked.Exchange(ref _mark, Unmarked);

    /// <summary>One read, everything in it handled, one write. What is left waits for the next turn, so that no peer holds up the others.</summary>
    /// <param name="flags">What the kernel tells of the socket, if that is why.</param>
    internal void TakeTurn(EpollFlags flags)
    {
        if (_phase == Phase.New) Start();
        if (flags != EpollFlags.None) Note(flags);
        Obey();
        if (_rest || _readable) ReadOnce();
        Write();
        if (_phase == Phase.Closing && (_unsent.IsEmpty || _deaf)) Shut();
        if (_phase is Phase.Closing or Phase.Draining && Deadline is null) loop.Deadlines.Add(this);
        if ((_rest || _readable) && (MayRead || _phase == Phase.Draining)) loop.Again(this);
    }

    private void Note(EpollFlags flags)
    {
        if ((flags & (EpollFlags.Readable | Ended)) != 0) _readable = true;
        if ((flags & Ended) != 0) _endSeen = true;
        if ((flags & (EpollFlags.Writable | EpollFlags.HangUp | EpollFlags.Error)) != 0 && !_writable) TakeUpWriting();
    }

    private void Obey()
    {
        if (Volatile.Read(ref _wishes) == 0) return;
        var wishes = (Wishes)Interlocked.Exchange(ref _wishes, 0);
        if ((wishes & (Wishes.GoOn | Wishes.GiveUp)) != 0) OnWaitEnded((wishes & Wishes.GiveUp) != 0);
        if ((wishes & Wishes.Abort) != 0) Destroy(reset: true);
        else if ((wishes & Wishes.Close) != 0) BeginClose();
    }

    private void OnWaitEnded(bool givesUp)
    {
        _suspension = null;
        if (_phase == Phase.Closed) Finish();
        else if (givesUp || _phase == Phase.Closing) BeginClose();
        else _rest = _held.Count > 0;
    }

    private void ReadOnce()
    {
        if (_phase == Phase.Draining) Drain();
        if (!MayRead) return;
        // The write that follows sends whatever is said meanwhile: kicks until then need not mark.
        var unmarked = Interlocked.CompareExchange(ref _mark, Busy, Unmarked) == Unmarked;
        try
        {
            if (_rest) Digest(_held.Bytes);
            else Receive();
        }
        finally
        {
            if (unmarked) Interlocked.Exchange(ref _mark, Unmarked);
        }
        Obey();
    }

    private void Receive()
    {
        var place = _held.Prepare(loop.Buffer);
        var room = place[_held.Count..];
        if (_protocol!.ReadAtMost < room.Length) room = room[.._protocol.ReadAtMost];
        var count = Libc.Receive(socket, room);
        if (count > 0)
        {
            _readable = count == room.Length || _endSeen;
            Digest(place[..(_held.Count + count)]);
        }
        else if (count == -Libc.TryAgain) _readable = _endSeen = false;
        else if (count != -Libc.Interrupted)
        {
            // The peer has closed its side, or the connection broke: what is ready may still leave.
            (_deaf, _readable, _endSeen) = (_deaf || count < 0, false, true);
            _held.Release();
            BeginClose();
        }
    }

    private void Digest(ReadOnlySpan<byte> bytes)
    {
        _rest = false;
        var reception = _protocol!.Receive(bytes, out var consumed);
        _held.Keep(bytes[consumed..]);
        if (reception == Reception.Close) BeginClose();
        else if (reception == Reception.Wait)
        {
            _suspension = new Suspension(this, _protocol, loop.Log);
            _suspension.Start();
        }
    }

    private void Write()
    {
        while (_phase is Phase.Open or Phase.Closing && _writable)
        {
            if (_unsent.IsEmpty)
            {
                _unsent.Set(_protocol!.Take());
                if (_unsent.IsEmpty) return;
            }
            if (_deaf)
            {
                _unsent.Release();
                continue;
            }
            var bytes = _unsent.Bytes;
            var count = Libc.Send(socket, bytes);
            if (count >= 0) _unsent.Advance(count);
            if (count == bytes.Length) return;
            if (count >= 0 || count == -Libc.TryAgain) WaitForRoom();
            else if (count != -Libc.Interrupted) OnSendFailed();
        }
    }

    private void WaitForRoom()
    {
        _writable = false;
        loop.Epoll.Change(socket, Reading | EpollFlags.Writable, Key);
    }

    private void TakeUpWriting()
    {
        _writable = true;
        loop.Epoll.Change(socket, Reading, Key);
        // What gathered while there was no room was kicked for, and found no room: it is taken after what waits has left.
        loop.Again(this);
    }

    /// <summary>The peer takes nothing any more. What it sent before may still be read; reading tells the end.</summary>
    private void OnSendFailed()
    {
        _deaf = _readable = _endSeen = true;
        _unsent.Release();
    }

    private void BeginClose()
    {
        if (_phase is not (Phase.Open or Phase.Closing)) return;
        _phase = Phase.Closing;
        _rest = false;
        _suspension?.Cancel();
    }

    /// <summary>The last words have left.</summary>
    private void Shut()
    {
        if (IsSuspended) return;
        End();
        if (_deaf || (_endSeen && !_readable) || Libc.ShutdownWrite(socket) < 0)
        {
            Destroy(reset: false);
            return;
        }
        _phase = Phase.Draining;
        _held.Release();
    }

    private void Drain()
    {
        var count = Libc.Receive(socket, loop.Buffer);
        if (count is 0 || (count < 0 && count != -Libc.TryAgain && count != -Libc.Interrupted)) Destroy(reset: false);
        else if (count == -Libc.TryAgain || (count > 0 && count < loop.Buffer.Length && !_endSeen)) _readable = false;
    }

    /// <summary>Too long for its last words, or one of too many that are closing.</summary>
    internal void Expire() => Destroy(reset: _phase != Phase.Draining);

    /// <summary>Closes the socket now.</summary>
    internal void Destroy(bool reset)
    {
        if (_phase == Phase.Closed) return;
        _phase = Phase.Closed;
        if (reset) _ = Libc.ResetOnClose(socket);
        loop.Release(this);
        _ = Libc.Close(socket);
        _held.Release();
        _unsent.Release();
        (_rest, _readable) = (false, false);
        if (_suspension is { } wait) wait.Cancel();
        else Finish();
    }

    private void Finish()
    {
        loop.Done();
        End();
    }

    private void End()
    {
        if (_protocol is not { } protocol) return;
        _protocol = null;
        try
        {
            protocol.End();
        }
        // The edge of a session: whatever ends it, the socket is closed and the loop goes on.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            loop.Log.ConnectionFailed(fault);
        }
    }
}
