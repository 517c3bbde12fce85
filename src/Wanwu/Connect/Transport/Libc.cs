using System.Runtime.InteropServices;

namespace Wanwu.Connect.Transport;

/// <summary>The kernel's calls the loops are made of. The answer of each is a count or a descriptor, or the error's number negated: no exception on the way.</summary>
/// <remarks>
/// The constants are those of Linux on x64 and arm64, which are the same. Descriptors are plain numbers here; who owns which is told where it is kept:
/// a connection's by its <see cref="LinuxConnection"/>, touched on its loop's thread alone; a loop's by its <see cref="Epoll"/> and <see cref="LoopBell"/>.
/// </remarks>
internal static partial class Libc
{
    public const int Interrupted = 4, TryAgain = 11, OutOfMemory = 12, TooManyFilesInSystem = 23, TooManyFiles = 24, ConnectionAborted = 103, NoBuffers = 105;
    public const int CloseOnExec = 0x80000, NonBlocking = 0x800;
    private const int NoSignal = 0x4000, ShutWrite = 1, SocketLevel = 1, LingerOption = 13;

    public static int EpollCreate() => Answer(EpollCreate(CloseOnExec));

    public static int EpollControl(int epoll, int operation, int descriptor, Span<byte> change) =>
        Answer(EpollControl(epoll, operation, descriptor, ref MemoryMarshal.GetReference(change)));

    public static int EpollWait(int epoll, Span<byte> events, int count, int timeout) => Answer(EpollWait(epoll, ref MemoryMarshal.GetReference(events), count, timeout));

    public static int EventCreate() => Answer(Event(0, CloseOnExec | NonBlocking));

    public static int EventAdd(int descriptor)
    {
        var one = 1UL;
        return Answer((int)Write(descriptor, ref one, sizeof(ulong)));
    }

    /// <summary>Takes one connection off the listener's queue; <paramref name="address"/> receives its sockaddr.</summary>
    public static int Accept(SafeHandle listener, Span<byte> address)
    {
        var length = address.Length;
        return Answer(Accept(listener, ref MemoryMarshal.GetReference(address), ref length, CloseOnExec | NonBlocking));
    }

    public static int Receive(int socket, Span<byte> room) => Answer((int)Receive(socket, ref MemoryMarshal.GetReference(room), (nuint)room.Length, 0));

    public static int Send(int socket, ReadOnlySpan<byte> bytes) => Answer((int)Send(socket, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal));

    public static int ShutdownWrite(int socket) => Answer(Shutdown(socket, ShutWrite));

    /// <summary>Closing will reset the connection and drop what is unsent.</summary>
    public static int ResetOnClose(int socket)
    {
        ReadOnlySpan<int> linger = [1, 0];
        return Answer(SetOption(socket, SocketLevel, LingerOption, ref MemoryMarshal.GetReference(linger), 2 * sizeof(int)));
    }

    /// <summary>Never repeated, whatever it answers: Linux has freed the number even when it reports an interruption.</summary>
    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    private static int Answer(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, ref byte change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, ref byte events, int count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Event(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ref ulong value, nuint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int Accept(SafeHandle listener, ref byte address, ref int length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, ref byte room, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, ref byte bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, ref int value, uint length);
}
