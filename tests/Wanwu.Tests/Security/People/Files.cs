namespace Wanwu.Tests.Security.People;

internal static class Files
{
    /// <summary>A file that the server holds open.</summary>
    public static async Task<byte[]> ReadSharedAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, stop);
        return bytes.ToArray();
    }
}
