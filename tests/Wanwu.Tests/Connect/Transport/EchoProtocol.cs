using System.Buffers;
using System.Buffers.Binary;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>Frames of a length (4 bytes, big-endian) and as many bytes, sent back as they came. The first byte of a frame may ask for something else.</summary>
internal sealed class EchoProtocol(EchoRig rig, LinuxConnection connection) : IStreamProtocol
{
    public const byte Wait = (byte)'W', Close = (byte)'C', Fault = (byte)'F', Flood = (byte)'B', Silent = (byte)'S';
    public const int FloodBytes = 8 * 1024 * 1024, RoomBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private byte[] _out = [];
    private int _outCount;
    private long _seen;
    private (long Bytes, TaskCompletionSource Done)? _awaited;

    public LinuxConnection Connection => connection;
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public int Ends { get; private set; }
    public int ReadAtMost => rig.ReadAtMost;
    public bool HasRoom { get { lock (_gate) return _outCount < RoomBytes; } }
    public long Received { get { lock (_gate) return _seen; } }

    public Reception Receive(ReadOnlySpan<byte> bytes, out int consumed)
    {
        rig.OnReceive?.Invoke(this, bytes.Length);
        consumed = 0;
        var reception = Reception.More;
        while (reception == Reception.More && TryCut(bytes[consumed..], out var frame))
        {
            consumed += frame.Length;
            reception = Handle(frame);
        }
        See(consumed, bytes.Length - consumed);
        return reception;
    }

    private static bool TryCut(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (bytes.Length < 4) return false;
        var length = 4 + BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (bytes.Length < length) return false;
        frame = bytes[..length];
        return true;
    }

    private Reception Handle(ReadOnlySpan<byte> frame)
    {
        switch (frame.Length > 4 ? frame[4] : 0)
        {
            case Silent: return Reception.More;
            case Fault: throw new InvalidDataException("asked for");
            case Flood:
                Say(new byte[FloodBytes]);
                return Reception.More;
            case Close:
                Say(frame);
                return Reception.Close;
            case Wait:
                Say(frame);
                return Reception.Wait;
            default:
                Say(frame);
                return Reception.More;
        }
    }

    public async ValueTask<bool> WaitAsync(CancellationToken stop) => await rig.OnWait(this, stop);

    public void Say(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_out.Length - _outCount < bytes.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_outCount + bytes.Length, _outCount * 2));
                _out.AsSpan(0, _outCount).CopyTo(larger);
                if (_out.Length > 0) ArrayPool<byte>.Shared.Return(_out);
                _out = larger;
            }
            bytes.CopyTo(_out.AsSpan(_outCount));
            _outCount += bytes.Length;
        }
    }

    public ArraySegment<byte> Take()
    {
        lock (_gate)
        {
            if (_outCount == 0) return default;
            var taken = new ArraySegment<byte>(_out, 0, _outCount);
            (_out, _outCount) = ([], 0);
            return taken;
        }
    }

    public void End()
    {
        Ends++;
        rig.Forget(this);
        Ended.TrySetResult();
    }

    /// <summary>Done when so many bytes have come in, whole frames and the beginnings of others.</summary>
    public Task SeenAsync(long bytes)
    {
        lock (_gate)
        {
            if (_seen + _held >= bytes) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (bytes, done);
            return done.Task.WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
        }
    }

    private int _held;

    private void See(int consumed, int held)
    {
        lock (_gate)
        {
            (_seen, _held) = (_seen + consumed, held);
            if (_awaited is { } awaited && _seen + held >= awaited.Bytes) awaited.Done.TrySetResult();
        }
    }
}
