using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Wanwu.Connect.Transport;

/// <summary>What a descriptor is watched for, and what has happened to it (epoll_ctl(2)).</summary>
[Flags]
internal enum EpollFlags : uint
{
    None = 0,
    Readable = 0x001,
    Writable = 0x004,
    Error = 0x008,
    HangUp = 0x010,
    PeerClosed = 0x2000,
    /// <summary>Told once when something changes, not for as long as it lasts.</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>An array of the kernel's <c>struct epoll_event</c>: the flags, and 64 bits of ours.</summary>
/// <remarks>The structure is packed on x64 (12 bytes) and naturally aligned elsewhere (16 bytes), so it is laid out by hand instead of declared.</remarks>
internal sealed class EpollEvents(int count)
{
    internal static readonly int Size = SizeOn(RuntimeInformation.ProcessArchitecture);
    private readonly byte[] _bytes = GC.AllocateArray<byte>(count * Size, pinned: true);

    public int Count => count;
    public Span<byte> Bytes => _bytes;

    internal static int SizeOn(Architecture architecture) => architecture == Architecture.X64 ? 12 : 16;

    public (EpollFlags Flags, ulong Data) this[int index]
    {
        get
        {
            var place = _bytes.AsSpan(index * Size, Size);
            return ((EpollFlags)MemoryMarshal.Read<uint>(place), MemoryMarshal.Read<ulong>(place[(Size - 8)..]));
        }
    }

    /// <summary>One event as <c>epoll_ctl</c> takes it.</summary>
    public static void Write(Span<byte> place, EpollFlags flags, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)flags);
        BinaryPrimitives.WriteUInt64LittleEndian(place[(Size - 8)..], data);
    }
}

/// <summary>One epoll instance.</summary>
/// <remarks>Owns its descriptor. Made before its loop's thread starts, used and closed by that thread alone.</remarks>
internal sealed class Epoll : IDisposable
{
    private const int Add = 1, Remove = 2, Modify = 3;
    private int _descriptor = Checked(Libc.EpollCreate(), "epoll_create1");

    /// <summary>Watches a descriptor. Closing the descriptor ends it.</summary>
    public void Watch(int descriptor, EpollFlags flags, ulong data) => Checked(Control(Add, descriptor, flags, data), "epoll_ctl");

    public void Change(int descriptor, EpollFlags flags, ulong data) => Checked(Control(Modify, descriptor, flags, data), "epoll_ctl");

    public void Forget(int descriptor) => Checked(Control(Remove, descriptor, EpollFlags.None, 0), "epoll_ctl");

    /// <summary>Waits for events; none when interrupted or, with <paramref name="sleep"/> false, when there are none now.</summary>
    public int Wait(EpollEvents events, bool sleep)
    {
        var result = Libc.EpollWait(_descriptor, events.Bytes, events.Count, sleep ? -1 : 0);
        return result == -Libc.Interrupted ? 0 : Checked(result, "epoll_wait");
    }

    public void Dispose()
    {
        if (_descriptor < 0) return;
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }

    [SkipLocalsInit]
    private int Control(int operation, int descriptor, EpollFlags flags, ulong data)
    {
        Span<byte> change = stackalloc byte[EpollEvents.Size];
        EpollEvents.Write(change, flags, data);
        return Libc.EpollControl(_descriptor, operation, descriptor, change);
    }

    internal static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(-result)}");
}
