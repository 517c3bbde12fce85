using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Wanwu.Telemetry.Log;

/// <summary>Three calls the framework has no word for: <c>fdatasync</c>, <c>posix_fallocate</c> and the flush of a folder.</summary>
/// <remarks>On other systems the framework's nearest is used: it is as safe, and somewhat slower.</remarks>
internal static partial class LinuxFiles
{
    private const int NotSupported = 95, InvalidArgument = 22;

    public static void FlushData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (DataSync(file) != 0) throw Failure("fdatasync", Marshal.GetLastPInvokeError());
    }

    public static void Reserve(SafeFileHandle file, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.SetLength(file, length);
            return;
        }
        var have = RandomAccess.GetLength(file);
        var error = Allocate(file, have, length - have);
        // A file system without the call takes the room as it is written.
        if (error is not (0 or NotSupported or InvalidArgument)) throw Failure("posix_fallocate", error);
    }

    public static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var folder = OpenFolder(path, 0);
        if (folder < 0) throw Failure("open", Marshal.GetLastPInvokeError());
        using var handle = new SafeFileHandle(folder, ownsHandle: true);
        if (Sync(handle) != 0) throw Failure("fsync", Marshal.GetLastPInvokeError());
    }

    private static IOException Failure(string call, int error) => new($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int Allocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);
}
