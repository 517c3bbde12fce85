using System.Collections.Concurrent;
using System.Threading.Channels;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Observations of a thing as they are committed, for whoever looks on: console pages and programs.</summary>
/// <remarks>One subscription to the log serves all watchers. A watcher that does not keep up loses the oldest and is told how many.</remarks>
internal sealed class ObservationWatch : IDisposable
{
    private readonly ConcurrentDictionary<ThingId, Watcher[]> _watchers = new();
    private readonly Lock _changing = new();
    private readonly IDisposable _subscription;

    public ObservationWatch(CommittedBatches batches) => _subscription = batches.Subscribe(Take);

    /// <summary>Looks on until disposed.</summary>
    public Watcher Open(ThingId thing, int capacity = 1024)
    {
        var watcher = new Watcher(this, thing, capacity);
        lock (_changing) _watchers[thing] = [.. _watchers.GetValueOrDefault(thing, []), watcher];
        return watcher;
    }

    private void Take(CommittedBatch batch)
    {
        if (_watchers.IsEmpty) return;
        foreach (ref readonly var message in batch.Messages)
        {
            if (!_watchers.TryGetValue(message.Thing, out var watchers)) continue;
            foreach (var watcher in watchers)
                foreach (ref readonly var observation in batch.ObservationsOf(message)) watcher.Add(new LatestValue(observation, message.Received));
        }
    }

    private void Close(Watcher watcher)
    {
        lock (_changing)
        {
            if (!_watchers.TryGetValue(watcher.Thing, out var watchers)) return;
            Watcher[] left = [.. watchers.Where(other => other != watcher)];
            if (left.Length == 0) _watchers.TryRemove(watcher.Thing, out _);
            else _watchers[watcher.Thing] = left;
        }
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>One onlooker's queue.</summary>
    internal sealed class Watcher : IDisposable
    {
        private readonly ObservationWatch _owner;
        private readonly Channel<LatestValue> _queue;
        private long _dropped;

        internal Watcher(ObservationWatch owner, ThingId thing, int capacity)
        {
            (_owner, Thing) = (owner, thing);
            _queue = Channel.CreateBounded<LatestValue>(
                new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true },
                _ => Interlocked.Increment(ref _dropped));
        }

        public ThingId Thing { get; }

        public ChannelReader<LatestValue> Observations => _queue.Reader;

        /// <summary>How many were lost since the last time this was asked.</summary>
        public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

        internal void Add(in LatestValue value) => _queue.Writer.TryWrite(value);

        public void Dispose()
        {
            _owner.Close(this);
            _queue.Writer.TryComplete();
        }
    }
}
