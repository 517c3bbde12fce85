using System.Runtime.InteropServices;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>One message of a committed batch.</summary>
internal readonly record struct CommittedMessage(
    string Protocol, ThingId Thing, Timestamp Received, int FirstObservation, int ObservationCount, int FirstRefusal, int RefusalCount, bool IsCorrection);

/// <summary>What a batch brought, in the order it was appended.</summary>
/// <remarks>Valid only during the handler's call: the memory is used again for a later batch. Copy what you keep.</remarks>
internal sealed class CommittedBatch
{
    private const int MostKept = 256 * 1024;
    private readonly List<CommittedMessage> _messages = [];
    private readonly List<Observation> _observations = [];
    private readonly List<Refusal> _refusals = [];

    public long Number { get; internal set; }
    /// <summary>Log position behind the batch.</summary>
    public long EndPosition { get; internal set; }
    public ReadOnlySpan<CommittedMessage> Messages => CollectionsMarshal.AsSpan(_messages);
    public ReadOnlySpan<Observation> Observations => CollectionsMarshal.AsSpan(_observations);

    public ReadOnlySpan<Observation> ObservationsOf(in CommittedMessage message) =>
        Observations.Slice(message.FirstObservation, message.ObservationCount);

    public ReadOnlySpan<Refusal> RefusalsOf(in CommittedMessage message) =>
        CollectionsMarshal.AsSpan(_refusals).Slice(message.FirstRefusal, message.RefusalCount);

    internal int MessageCount => _messages.Count;

    internal void Add(scoped in MessageRecord message)
    {
        _messages.Add(new CommittedMessage(message.Protocol, message.Thing, message.Received,
            _observations.Count, message.Observations.Length, _refusals.Count, message.Refusals.Length, message.Correction is not null));
        _observations.AddRange(message.Observations);
        _refusals.AddRange(message.Refusals);
    }

    internal void Clear()
    {
        // What one burst made large is given back; what a busy server needs all the time is kept.
        _messages.Clear();
        _observations.Clear();
        if (_observations.Capacity > MostKept) _observations.Capacity = 0;
        if (_messages.Capacity > MostKept) _messages.Capacity = 0;
        _refusals.Clear();
    }
}

/// <summary>Tells its subscribers of every batch once it is on disk, in order, on the committer's thread.</summary>
internal sealed partial class CommittedBatches(ILogger<CommittedBatches> logger)
{
    private readonly Lock _changing = new();
    private volatile Action<CommittedBatch>[] _handlers = [];

    /// <param name="handler">Must be quick (copy to a queue of its own): the next batch waits for it.</param>
    public IDisposable Subscribe(Action<CommittedBatch> handler)
    {
        lock (_changing) _handlers = [.. _handlers, handler];
        return new Subscription(this, handler);
    }

    internal void Publish(CommittedBatch batch)
    {
        foreach (var handler in _handlers)
        {
            try
            {
                handler(batch);
            }
            // The edge of the committer's loop: a fault in one room must not stop the log for all.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                HandlerFailed(fault, batch.Number);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "A subscriber failed on batch {Batch}; the batch is on disk, but that subscriber has not seen all of it")]
    private partial void HandlerFailed(Exception fault, long batch);

    private sealed class Subscription(CommittedBatches owner, Action<CommittedBatch> handler) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._changing) owner._handlers = [.. owner._handlers.Where(other => !ReferenceEquals(other, handler))];
        }
    }
}
