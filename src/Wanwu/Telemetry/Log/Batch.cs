namespace Wanwu.Telemetry.Log;

/// <summary>What is appended between two commits. Two of them take turns: one is filled while the other is written.</summary>
internal sealed class Batch
{
    private readonly HashSet<ICommitWaiter> _waiterSet = new(ReferenceEqualityComparer.Instance);
    private readonly List<ICommitWaiter> _waiters = [];
    private TaskCompletionSource<CommitOutcome>? _outcome;

    public long Number { get; private set; }
    public RecordWriter Records { get; } = new(256 * 1024);
    public CommittedBatch Content { get; } = new();
    /// <summary>Series whose definition travels in this batch.</summary>
    public List<Series> Definitions { get; } = [];
    public List<ulong> Origins { get; } = [];
    public int Appends { get; set; }
    /// <summary>Whether the journal has records in it.</summary>
    public bool IsJournalled { get; set; }

    public bool IsEmpty => Records.Length == 0;

    public void Begin(long number)
    {
        Number = Content.Number = number;
        Records.Clear();
        Content.Clear();
        Definitions.Clear();
        Origins.Clear();
        _waiterSet.Clear();
        _waiters.Clear();
        _outcome = null;
        Appends = 0;
        IsJournalled = false;
    }

    public void Add(ICommitWaiter waiter)
    {
        // A connection mostly appends in runs: the last one in is the likeliest to come again.
        if (_waiters.Count > 0 && ReferenceEquals(_waiters[^1], waiter)) return;
        if (_waiterSet.Add(waiter)) _waiters.Add(waiter);
    }

    public Task<CommitOutcome> OutcomeAsync() =>
        (_outcome ??= new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public IReadOnlyList<ICommitWaiter> Waiters => _waiters;

    public void Complete(CommitOutcome outcome) => _outcome?.TrySetResult(outcome);
}
