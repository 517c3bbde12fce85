using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Checks;
using Wanwu.Telemetry.Log;

namespace Wanwu.Telemetry;

/// <summary>The one way in: what is appended here is on disk before anyone is told that it was received.</summary>
/// <remarks>
/// Natural group commit: messages of all doors join the open batch under a short lock; one thread writes a batch and makes it durable while the next
/// one fills. Batches commit or fail whole and in order; when one fails, the one filling behind it fails too, because it may use what the first one
/// defined. Thread-safe.
/// </remarks>
internal sealed class ObservationLog : IDisposable
{
    private readonly object _gate = new();
    private readonly LogOptions _options;
    private readonly Committer _committer;
    private readonly Origins _origins;
    private readonly HashSet<long> _failedBatches = [];
    private Batch _open = new();
    private Batch? _writing;
    private Batch? _spare = new();
    private readonly WaitingSenders _waiting;
    private long _settled;
    private bool _stopping;
    private bool _committerWaits;
    private volatile LogState _state = LogState.Open;

    public ObservationLog(IOptions<LogOptions> options, Committer committer, UnloadedTail tail, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _committer = committer;
        Tail = tail;
        _origins = new Origins(_options.RememberedOrigins);
        _waiting = new WaitingSenders(clock, Pace);
        _open.Begin(1);
        committer.Attach(this);
    }

    /// <summary>Whether messages are taken, and if not, why.</summary>
    public LogState State => _state;

    internal UnloadedTail Tail { get; }

    /// <summary>What the models' checks have marked.</summary>
    internal SuspectMarks Suspect { get; } = new();

    /// <summary>What the checks of a series have found, as of one moment; null if it has not been checked.</summary>
    internal ChecksView? ChecksOf(Series series)
    {
        lock (_gate) return series.Checks is { } checks ? ChecksView.Of(checks) : null;
    }

    /// <summary>Told of every batch that carries records of its own. Set before the log starts.</summary>
    internal ILogJournal? Journal { get; set; }

    /// <summary>Position behind the last batch on disk.</summary>
    public long CommittedPosition => _committer.Position;

    private long MaxUnwritten => (long)_options.MaxUnwrittenMegabytes << 20;
    internal long MaxUnloaded => (long)_options.MaxUnloadedMegabytes << 20;
    private long Unwritten => _open.Records.Length + (_writing?.Records.Length ?? 0);
    private long Unloaded => Unwritten + Tail.Bytes;

    /// <summary>Adds a message to the open batch. Never touches the disk, never blocks.</summary>
    /// <param name="waiter">Told when the batch is on disk or has failed; null if nobody waits (QoS 0).</param>
    public AppendResult Append(scoped in MessageRecord message, ICommitWaiter? waiter)
    {
        lock (_gate)
        {
            if (WhyNot(message.Place) is { } refused) return refused;
            var mark = _open.Records.Length;
            var kept = message;
            try
            {
                if (message.Correction is null) kept.Observations = Suspect.Apply(message.Observations);
                foreach (ref readonly var observation in kept.Observations) Define(observation.Series);
                if (!kept.Receipt.IsEmpty) Journalled(RecordType.Receipt, kept.Receipt);
                _open.Records.Message(kept);
            }
            catch
            {
                CutOpen(mark);
                throw;
            }
            _open.Content.Add(kept);
            return Appended(kept.Origin, waiter, mark, kept.Place);
        }
    }

    /// <summary>Makes the messages that are to be in one batch, one after the other.</summary>
    public delegate MessageRecord MessageAt(int index);

    /// <summary>Adds messages that are to be in one batch, at least one. Keep them few: other senders wait meanwhile. Only the last one's origin is kept: where it is, all are.</summary>
    public AppendResult AppendTogether(int count, MessageAt message, SenderPlace? place = null)
    {
        lock (_gate)
        {
            if (WhyNot(place) is { } refused) return refused;
            var mark = _open.Records.Length;
            var origin = 0UL;
            try
            {
                for (var i = 0; i < count; i++)
                {
                    var record = message(i);
                    foreach (ref readonly var observation in record.Observations) Define(observation.Series);
                    _open.Records.Message(record);
                    origin = record.Origin;
                }
            }
            catch
            {
                CutOpen(mark);
                throw;
            }
            for (var i = 0; i < count; i++) _open.Content.Add(message(i));
            return Appended(origin, null, mark, place);
        }
    }

    /// <summary>
    /// Adds a resend of a message the log has (<see cref="SeenOrigin"/>): it counts as received and repeated, and its own commit is what
    /// the sender's acknowledgement waits for, because the first copy is on disk by then.
    /// </summary>
    /// <param name="message">The head of the message; its observations and refusals are only counted.</param>
    public AppendResult AppendRepeat(scoped in MessageRecord message, ICommitWaiter? waiter)
    {
        var count = message.Observations.Length;
        foreach (ref readonly var refusal in message.Refusals) count += refusal.Count;
        lock (_gate)
        {
            if (WhyNot(message.Place) is { } refused) return refused;
            var mark = _open.Records.Length;
            _open.Records.Repeat(message.Protocol, message.Thing, message.Received, message.Origin, count);
            return Appended(0, waiter, mark, message.Place);
        }
    }

    /// <summary>Adds a record of the journal's own.</summary>
    /// <param name="waiter">Told when the batch is on disk or has failed; the journal itself always is.</param>
    /// <param name="always">Also while the log is full: for what bounds itself and must not wait.</param>
    public AppendResult AppendJournal(RecordType type, ReadOnlySpan<byte> payload, ICommitWaiter? waiter, bool always = false, SenderPlace? place = null)
    {
        lock (_gate)
        {
            if (WhyNot(place) is { } refused && !(always && refused.Outcome == AppendOutcome.Full)) return refused;
            var mark = _open.Records.Length;
            Journalled(type, payload);
            return Appended(0, waiter, mark, place);
        }
    }

    private void Journalled(RecordType type, ReadOnlySpan<byte> payload)
    {
        _open.Records.Opaque(type, payload);
        _open.IsJournalled = true;
    }

    private AppendResult? WhyNot(SenderPlace? place)
    {
        if (!_state.IsOpen || _stopping) return new AppendResult(AppendOutcome.NoRoom, 0);
        return HasRoom(place) ? null : new AppendResult(AppendOutcome.Full, 0);
    }

    /// <summary>Up to half of what may wait for the store senders go on as they come; from there on they are let in by and by.</summary>
    private bool HasRoom(SenderPlace? place) => Unwritten < MaxUnwritten && (IsFree || (_waiting.MayGoOn(place) && Unloaded < MaxUnloaded));

    private bool IsFree => Unloaded < MaxUnloaded / 2;

    private void Define(Series series)
    {
        if (series.IsDefined) return;
        series.IsDefined = true;
        _open.Definitions.Add(series);
        _open.Records.Definition(series);
    }

    /// <summary>A message that could not be written down whole leaves nothing behind but definitions to be written again.</summary>
    private void CutOpen(int mark)
    {
        _open.Records.CutTo(mark);
        foreach (var series in _open.Definitions) series.IsDefined = false;
    }

    private AppendResult Appended(ulong origin, ICommitWaiter? waiter, int mark, SenderPlace? place)
    {
        if (origin != 0)
        {
            _origins.Add(origin);
            _open.Origins.Add(origin);
        }
        if (waiter is not null) _open.Add(waiter);
        _open.Appends++;
        if (!IsFree) _waiting.Spend(place, _open.Records.Length - mark);
        else place?.Leave();
        // The committer is woken by the first message of a batch, and once more should the batch outgrow a linger.
        if (_committerWaits && (mark == 0 || Committer.IsLarge(_open))) Monitor.Pulse(_gate);
        return new AppendResult(AppendOutcome.Appended, _open.Number);
    }

    /// <summary>Whether a message with this origin is in the log or on its way there.</summary>
    public bool SeenOrigin(ulong origin)
    {
        lock (_gate) return _origins.Contains(origin);
    }

    internal void RememberOrigin(ulong origin)
    {
        lock (_gate) _origins.Add(origin);
    }

    /// <summary>Waits until there is room again. True: try again. False: the disk takes nothing (or the server stops); refuse.</summary>
    /// <param name="place">The sender's, to come with its messages from now on.</param>
    public ValueTask<bool> WaitForRoomAsync(SenderPlace place, CancellationToken stop)
    {
        lock (_gate)
        {
            if (!_state.IsOpen || _stopping) return new ValueTask<bool>(false);
            // Where the store is behind, whoever asks stands behind those who asked before.
            return HasRoom(place) ? new ValueTask<bool>(true) : new ValueTask<bool>(_waiting.JoinAsync(place).WaitAsync(stop));
        }
    }

    /// <summary>Whether the disk did not take the batch: whoever appended to it may learn so before it has noted the batch's number.</summary>
    public bool HasFailed(long batch)
    {
        lock (_gate) return _failedBatches.Contains(batch);
    }

    /// <summary>Waits until the batch is on disk or has failed.</summary>
    public ValueTask<CommitOutcome> CommittedAsync(long batch, CancellationToken stop)
    {
        lock (_gate)
        {
            if (batch <= _settled) return new ValueTask<CommitOutcome>(_failedBatches.Contains(batch) ? CommitOutcome.Failed : CommitOutcome.Committed);
            var carrier = _writing?.Number == batch ? _writing : _open;
            return new ValueTask<CommitOutcome>(carrier.OutcomeAsync().WaitAsync(stop));
        }
    }

    /// <summary>Ends the segment: what was appended so far lies before the answer, in files that are not written to any more.</summary>
    /// <exception cref="IOException">The disk takes nothing at present.</exception>
    public async Task<long> EndSegmentAsync(CancellationToken stop)
    {
        _committer.EndSegment();
        var result = AppendJournal(RecordType.Barrier, default, null, always: true);
        if (result.Outcome != AppendOutcome.Appended || await CommittedAsync(result.Batch, stop) != CommitOutcome.Committed) throw new IOException(_state.Reason ?? "The log takes nothing at present.");
        return CommittedPosition;
    }

    internal void Start() => _committer.Start();

    /// <summary>Commits what is open and takes no more.</summary>
    public async Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        _committer.Wake();
        await _committer.StoppedAsync();
        TellRoom();
    }

    /// <summary>To be called when the store has taken from the tail, or the disk from what is unwritten.</summary>
    internal void TellRoom()
    {
        lock (_gate)
        {
            if (!_state.IsOpen || _stopping) _waiting.LetAllGo(false);
            // Half of it free before they go on: otherwise they would be woken for every message.
            else if (IsFree && Unwritten < MaxUnwritten / 2) _waiting.LetAllGo(true);
        }
    }

    /// <summary>Lets some in while the store is behind, the fewer the less room is left: so a store that is held up slows senders down and does not stop them.</summary>
    private void Pace()
    {
        lock (_gate) _waiting.Grant(Unwritten < MaxUnwritten ? MaxUnloaded - Unloaded : 0);
    }

    internal void TellStoreProblem(string? problem)
    {
        lock (_gate)
            if (_state.StoreProblem != problem) _state = _state with { StoreProblem = problem };
    }

    /// <summary>The committer's wait: the batch to write next, or null when the log stops.</summary>
    /// <param name="linger">How long the batch may stay open for company once it has something in it.</param>
    internal Batch? NextBatch(TimeSpan linger, out bool gained)
    {
        lock (_gate)
        {
            gained = false;
            while (_open.IsEmpty)
            {
                if (_stopping) return null;
                Wait(Timeout.InfiniteTimeSpan);
            }
            if (linger > TimeSpan.Zero && !_stopping && !Committer.IsLarge(_open))
            {
                var before = _open.Appends;
                Wait(linger);
                gained = _open.Appends > before;
            }
            _writing = _open;
            _open = _spare!;
            _spare = null;
            _open.Begin(_writing.Number + 1);
            return _writing;
        }
    }

    private void Wait(TimeSpan atMost)
    {
        _committerWaits = true;
        Monitor.Wait(_gate, atMost);
        _committerWaits = false;
    }

    /// <summary>The batch is on disk: whoever asks from now on is answered at once, whoever asked before is told next.</summary>
    internal void Settle(Batch batch)
    {
        lock (_gate) _settled = batch.Number;
    }

    /// <summary>Everyone has been told of the batch; its memory serves again.</summary>
    internal void Recycle(Batch batch)
    {
        lock (_gate)
        {
            _writing = null;
            _spare = batch;
        }
        TellRoom();
    }

    /// <summary>The disk did not take <paramref name="batch"/>: the one filling behind it fails with it, and nothing is taken until <see cref="Reopen"/>.</summary>
    internal void Fail(Batch batch, string reason)
    {
        Batch behind;
        lock (_gate)
        {
            _state = _state with { IsOpen = false, Reason = reason };
            behind = _open;
            Undo(batch);
            Undo(behind);
            _settled = behind.Number;
            _writing = null;
            _open = new Batch();
            _open.Begin(behind.Number + 1);
            _spare = batch;
        }
        _committer.Tell(batch, CommitOutcome.Failed);
        _committer.Tell(behind, CommitOutcome.Failed);
        TellRoom();
    }

    private void Undo(Batch batch)
    {
        foreach (var series in batch.Definitions) series.IsDefined = false;
        foreach (var origin in batch.Origins) _origins.Forget(origin);
        _failedBatches.Add(batch.Number);
        // Askers come within moments of their append; what is older than a few thousand failures is nobody's question.
        if (_failedBatches.Count > 8192) _failedBatches.RemoveWhere(number => number < batch.Number - 8192);
    }

    internal bool IsStopping
    {
        get { lock (_gate) return _stopping; }
    }

    internal void Reopen()
    {
        lock (_gate) _state = _state with { IsOpen = true, Reason = null };
    }

    public void Dispose()
    {
        _waiting.Dispose();
        _committer.Dispose();
    }
}
