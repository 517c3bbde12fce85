namespace Wanwu.Connect.Imports;

/// <summary>One import while the server runs: what is known of it, and the work on it that is under way.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ImportJob(ImportFolder folder, ImportRecord record)
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _work;
    private volatile ImportRecord _record = record;
    private volatile string? _problem;
    private ImportProgress? _shown;

    public ImportFolder Folder => folder;

    public ImportRecord Record => _record;

    /// <summary>Whether somebody asked that the work end, be it waiting or under way.</summary>
    public bool StopAsked { get; set; }

    /// <summary>How far it has come, which may be a moment further than what is noted.</summary>
    public ImportProgress Progress => Volatile.Read(ref _shown) ?? _record.Progress;

    /// <summary>What holds it up, or made it fail.</summary>
    public string? Problem => _problem ?? _record.Problem;

    public void Show(ImportProgress progress) => Volatile.Write(ref _shown, progress);

    public void Tell(string? problem) => _problem = problem;

    /// <summary>Changes what is known and has it on disk before it returns.</summary>
    public ImportRecord Change(Func<ImportRecord, ImportRecord> change)
    {
        lock (_gate)
        {
            var changed = change(_record);
            folder.Save(changed);
            return _record = changed;
        }
    }

    /// <summary>The same if it is in one of the states; null otherwise.</summary>
    public ImportRecord? ChangeIf(Func<ImportRecord, bool> may, Func<ImportRecord, ImportRecord> change)
    {
        lock (_gate) return may(_record) ? Change(change) : null;
    }

    /// <summary>Work on it begins; whoever holds the token's source ends it.</summary>
    public CancellationTokenSource Begin(CancellationToken stop)
    {
        lock (_gate) return _work = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    public void End()
    {
        lock (_gate)
        {
            _work?.Dispose();
            _work = null;
            _problem = null;
            StopAsked = false;
            Volatile.Write(ref _shown, null);
        }
    }

    public void Cancel()
    {
        lock (_gate) _work?.Cancel();
    }
}
