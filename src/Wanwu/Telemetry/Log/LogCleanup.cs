namespace Wanwu.Telemetry.Log;

/// <summary>Deletes segments the store has loaded whole, all but the newest of them: from that one a start learns which messages were seen lately.</summary>
internal sealed partial class LogCleanup(ILogger<LogCleanup> logger)
{
    private readonly Lock _gate = new();
    private string? _folder;
    private ILogJournal? _journal;
    private long _cleanUpTo;
    private int _holds;

    public void Begin(string folder, ILogJournal? journal = null) => (_folder, _journal) = (folder, journal);

    /// <summary>While a copy of the log is made no file of it goes away. Loading goes on.</summary>
    public IDisposable Hold()
    {
        lock (_gate) _holds++;
        return new Held(this);
    }

    public void After(long loaded)
    {
        // What the store has, the journal may still need.
        loaded = Math.Min(loaded, _journal?.NeededFrom ?? long.MaxValue);
        // Listing a folder every second would be idle work: only a load beyond the next segment's start can free a file.
        if (_folder is null || loaded < _cleanUpTo) return;
        lock (_gate)
        {
            if (_holds > 0) return;
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

    private sealed class Held(LogCleanup owner) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            lock (owner._gate)
            {
                if (_isOver) return;
                _isOver = true;
                owner._holds--;
            }
        }
    }

    [LoggerMessage(3012, LogLevel.Warning, "The loaded log segment {Path} could not be deleted; it is tried again later")]
    private partial void NotDeleted(Exception fault, string path);
}
