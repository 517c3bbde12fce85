using Microsoft.Extensions.Options;

namespace Wanwu.Telemetry.Log;

/// <summary>The one thread that writes: takes the open batch, makes it durable, tells everyone, takes the next.</summary>
/// <remarks>A thread of its own because it spends its life inside blocking calls of the disk.</remarks>
internal sealed partial class Committer : IDisposable
{
    private const int SmallBatch = 256;
    private const int MaxSkips = 64;
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);
    private readonly LogOptions _options;
    private readonly DiskFaults _faults;
    private readonly CommittedBatches _subscribers;
    private readonly TimeProvider _clock;
    private readonly ILogger<Committer> _logger;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RecordWriter _probe = new(64);
    private readonly AutoResetEvent _probeDue = new(false);
    private ObservationLog _log = null!;
    private LogWriter? _writer;
    private Thread? _thread;
    private long _position;
    private bool _lingered;
    private int _skips;
    private int _skipsLeft;

    public Committer(IOptions<LogOptions> options, CommittedBatches subscribers, DiskFaults faults, TimeProvider clock, ILogger<Committer> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _subscribers, _faults, _clock, _logger) = (options.Value, subscribers, faults, clock, logger);
    }

    public long Position => Volatile.Read(ref _position);

    /// <summary>A batch this large gains nothing from company.</summary>
    public static bool IsLarge(Batch batch) => batch.Appends >= SmallBatch || batch.Records.Length >= 64 * 1024;

    internal void Attach(ObservationLog log) => _log = log;

    /// <summary>Opens the log's folder for writing at <paramref name="position"/>.</summary>
    internal void Open(string folder, long position)
    {
        _writer = new LogWriter(folder, _options, _faults);
        _writer.Open(position);
        Volatile.Write(ref _position, position);
    }

    /// <summary>What is committed from the next batch on lies in a segment of its own.</summary>
    internal void EndSegment() => _writer!.EndSegment();

    internal void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "Wanwu log" };
        _thread.Start();
    }

    internal Task StoppedAsync() => _thread is null ? Task.CompletedTask : _stopped.Task;

    private void Run()
    {
        try
        {
            var lastWasSmall = false;
            var ended = _clock.GetTimestamp();
            while (_log.NextBatch(Linger(lastWasSmall, ended), out var gained) is { } batch)
            {
                Learn(gained);
                lastWasSmall = !IsLarge(batch);
                if (TryWrite(batch, out var reason)) Publish(batch);
                else FailAndProbe(batch, reason);
                ended = _clock.GetTimestamp();
            }
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    /// <summary>
    /// Company is worth waiting for when small batches follow each other closely: several senders, each with little. Where a wait brought nobody
    /// (one sender, waiting for its answer), the next ones are skipped, ever more of them.
    /// </summary>
    private TimeSpan Linger(bool lastWasSmall, long ended)
    {
        _lingered = false;
        if (_options.LingerMilliseconds == 0 || !lastWasSmall) return TimeSpan.Zero;
        if (_clock.GetElapsedTime(ended) > TimeSpan.FromMilliseconds(1)) return TimeSpan.Zero;
        if (_skipsLeft-- > 0) return TimeSpan.Zero;
        _lingered = true;
        return TimeSpan.FromMilliseconds(_options.LingerMilliseconds);
    }

    private void Learn(bool gained)
    {
        if (!_lingered) return;
        _skips = gained ? 0 : Math.Min(MaxSkips, _skips * 2 + 1);
        _skipsLeft = _skips;
    }

    private bool TryWrite(Batch batch, out string reason)
    {
        reason = "";
        try
        {
            _writer!.Write(batch.Records.Written);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            reason = $"The log cannot be written: {fault.Message}. Nothing is acknowledged until there is room; it is tried again every second.";
            WriteFailed(fault, batch.Number, _writer!.Position);
            return false;
        }
    }

    private void Publish(Batch batch)
    {
        var position = _writer!.Position;
        _log.Tail.Add(batch.Records.Written, position);
        Volatile.Write(ref _position, position);
        LatestValues.Take(batch.Content, position, _log.Tail.ReleasedUpTo);
        batch.Content.EndPosition = position;
        _log.Settle(batch);
        Tell(batch, CommitOutcome.Committed);
        _subscribers.Publish(batch.Content);
        _log.Recycle(batch);
    }

    internal void Tell(Batch batch, CommitOutcome outcome)
    {
        // The journal first, and of every failure: what was promised on the strength of a lost batch must not be taken for kept when a later one is on disk.
        if ((batch.IsJournalled || outcome == CommitOutcome.Failed) && _log.Journal is { } journal) Tell(journal, batch, outcome);
        foreach (var waiter in batch.Waiters) Tell(waiter, batch, outcome);
        batch.Complete(outcome);
    }

    private void Tell(ICommitWaiter waiter, Batch batch, CommitOutcome outcome)
    {
        try
        {
            waiter.OnBatch(batch.Number, outcome);
        }
        // The edge of the committer's loop: one connection's fault must not stop the log for all.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            WaiterFailed(fault, batch.Number);
        }
    }

    /// <summary>Ends a wait for the next probe.</summary>
    internal void Wake() => _probeDue.Set();

    private void FailAndProbe(Batch batch, string reason)
    {
        _log.Fail(batch, reason);
        using var timer = _clock.CreateTimer(static due => ((AutoResetEvent)due!).Set(), _probeDue, ProbeEvery, ProbeEvery);
        while (!_log.IsStopping)
        {
            _probeDue.WaitOne();
            if (_log.IsStopping || !TryProbe()) continue;
            Resumed(_writer!.Position);
            _log.Reopen();
            return;
        }
    }

    /// <summary>Cuts off what the failed batch left and writes an empty record: only a write that is durable proves that there is room.</summary>
    private bool TryProbe()
    {
        try
        {
            _writer!.CutBack();
            _probe.Clear();
            _probe.Probe();
            _writer.Write(_probe.Written);
            Volatile.Write(ref _position, _writer.Position);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _probeDue.Dispose();
    }

    [LoggerMessage(3002, LogLevel.Error, "Batch {Batch} could not be written behind log position {Position}; nothing of it was acknowledged")]
    private partial void WriteFailed(Exception fault, long batch, long position);

    [LoggerMessage(3004, LogLevel.Error, "A sender's connection failed when told of batch {Batch}")]
    private partial void WaiterFailed(Exception fault, long batch);

    [LoggerMessage(3003, LogLevel.Information, "The log takes messages again, at position {Position}")]
    private partial void Resumed(long position);
}
