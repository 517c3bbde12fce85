using System.Runtime.InteropServices;

namespace Wanwu.Telemetry.Backup;

/// <summary>A second name for a file that never changes, where the file system can give one.</summary>
internal static partial class HardLink
{
    /// <summary>Whether it was made; on another file system, or one without links, it is not.</summary>
    public static bool TryMake(string existing, string name) =>
        OperatingSystem.IsWindows() ? CreateHardLink(name, existing, 0) : Link(existing, name) == 0;

    public static void MakeOrCopy(string existing, string name)
    {
        if (!TryMake(existing, name)) File.Copy(existing, name);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string name, string existing, nint security);
}
