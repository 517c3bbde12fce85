namespace Wanwu.Security.Audit.Chain;

/// <summary>Whose turn it is to write, among processes: held for the length of one batch, and gone with the process that holds it.</summary>
internal static class AuditLock
{
    public const string FileName = ".lock";
    private const int Attempts = 2_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <exception cref="IOException">Nobody may write here, or another process has held it for ten seconds.</exception>
    public static async Task<FileStream> TakeAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Attempts && File.Exists(path))
            {
                // The machine's own time: a test's clock does not move for a lock.
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    /// <summary>The file that is written and its length between two batches; null when there is none.</summary>
    public static async Task<(string Path, long Length)?> EndAsync(string folder)
    {
        if (AuditFile.In(folder).Count == 0) return null;
        await using var alone = await TakeAsync(folder);
        return AuditFile.In(folder) is [.., var last] ? (last.Path, new FileInfo(last.Path).Length) : null;
    }
}
