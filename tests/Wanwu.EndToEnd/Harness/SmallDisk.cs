namespace Wanwu.EndToEnd.Harness;

/// <summary>A disk of a few megabytes in memory, mounted for one test. Needs root, as the continuous integration has.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private SmallDisk(TemporaryFolder folder) => _folder = folder;

    public string Path => _folder.Path;

    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var folder = new TemporaryFolder();
        var mounted = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", folder.Path]);
        if (mounted.ExitCode != 0) folder.Dispose();
        Assert.True(mounted.ExitCode == 0, $"A full disk can only be tested where a tmpfs may be mounted (as root): {mounted.Error}");
        return new SmallDisk(folder);
    }

    /// <summary>Takes all room but <paramref name="leaveBytes"/>, as another program's files would; again, with what has become free since.</summary>
    /// <returns>The file to delete for the room to be there again.</returns>
    public string Fill(long leaveBytes)
    {
        var path = System.IO.Path.Combine(Path, "ballast");
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 * 1024];
        while (FreeBytes is var free && free > leaveBytes)
        {
            try
            {
                file.Write(block, 0, (int)Math.Min(block.Length, free - leaveBytes));
            }
            catch (IOException)
            {
                // The others on the disk were faster: it is full, which is what is wanted.
                break;
            }
        }
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        var unmounted = await Tool.RunAsync("umount", [_folder.Path]);
        if (unmounted.ExitCode != 0) await Tool.RunAsync("umount", ["-l", _folder.Path]);
        _folder.Dispose();
    }
}
