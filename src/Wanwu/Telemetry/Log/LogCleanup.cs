namespace Wanwu.Telemetry.Log;

/// <summary>Deletes segments the store has loaded whole, all but the newest of them: from that one a start learns which messages were seen lately.</summary>
internal sealed partial class LogCleanup(ILogger<LogCleanup> logger)
{
    private readonly Lock _gate = new();
    private string? _folder;
    private ILogJournal? _journal;
    private long _cleanUpTo;

    public void Begin(string folder, ILogJournal? journal = null) => (_folder, _journal) = (folder, journal);

    /// <summary>Held while a copy of the log is made, so that no file goes away under it.</summary>
    public Lock Gate => _gate;

    public void After(long loaded)
    {
        // What the store has, the journal may still need.
        loaded = Math.Min(loaded, _journal?.NeededFrom ?? long.MaxValue);
        // Listing a folder every second would be idle work: only a load beyond the next segment's start can free a file.
        if (_folder is null || loaded < _cleanUpTo) return;
        lock (_gate)
        {
            var segments = LogFolder.List(_folder);
            var whole = segments.Take(Math.Max(0, segments.Count - 1)).Where((_, i) => segments[i + 1].First <= loaded).ToList();
            foreach (var old in whole.SkipLast(1)) Delete(old.Path);
            _cleanUpTo = loaded + (1 << 20);
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException fault)
        {
            NotDeleted(fault, path);
        }
    }

    [LoggerMessage(3012, LogLevel.Warning, "The loaded log segment {Path} could not be deleted; it is tried again later")]
    private partial void NotDeleted(Exception fault, string path);
}
