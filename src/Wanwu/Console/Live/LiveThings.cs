using System.Collections.Concurrent;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.Live;

/// <summary>Tells open pages that something came from the thing they show.</summary>
/// <remarks>
/// One subscription to the log serves all circuits. Its handler runs on the committer's thread and only marks and copies;
/// each page looks at its watch at its own pace, so a busy thing costs a page no more than four looks a second.
/// </remarks>
internal sealed class LiveThings : IDisposable
{
    private readonly ConcurrentDictionary<ThingId, ThingWatch[]> _watches = new();
    private readonly Lock _changing = new();
    private readonly IDisposable _subscription;

    public LiveThings(CommittedBatches batches) => _subscription = batches.Subscribe(Take);

    /// <summary>Watches a thing until the watch is disposed.</summary>
    public ThingWatch Watch(ThingId thing)
    {
        var watch = new ThingWatch(this, thing);
        lock (_changing) _watches[thing] = [.. _watches.GetValueOrDefault(thing) ?? [], watch];
        return watch;
    }

    internal void Forget(ThingWatch watch)
    {
        lock (_changing)
        {
            ThingWatch[] left = [.. (_watches.GetValueOrDefault(watch.Thing) ?? []).Where(other => other != watch)];
            if (left.Length == 0) _watches.TryRemove(watch.Thing, out _);
            else _watches[watch.Thing] = left;
        }
    }

    private void Take(CommittedBatch batch)
    {
        if (_watches.IsEmpty) return;
        foreach (ref readonly var message in batch.Messages)
        {
            if (!_watches.TryGetValue(message.Thing, out var watches)) continue;
            foreach (var watch in watches) watch.Take(batch.ObservationsOf(message), message.RefusalCount);
        }
    }

    public void Dispose() => _subscription.Dispose();
}

/// <summary>What came from one thing since the last look. Bounded: a page that looks too late is told to read afresh.</summary>
internal sealed class ThingWatch(LiveThings owner, ThingId thing) : IDisposable
{
    private const int Most = 2_000;
    private readonly Lock _lock = new();
    private List<Observation> _observations = [];
    private bool _overflow;
    private int _refusals;

    public ThingId Thing => thing;

    internal void Take(ReadOnlySpan<Observation> observations, int refusals)
    {
        lock (_lock)
        {
            _refusals += refusals;
            if (_observations.Count + observations.Length > Most) _overflow = true;
            else _observations.AddRange(observations);
        }
    }

    /// <summary>Takes what came; null when nothing did.</summary>
    public WatchNews? Look()
    {
        lock (_lock)
        {
            if (_observations.Count == 0 && _refusals == 0 && !_overflow) return null;
            var news = new WatchNews(_observations, _refusals, _overflow);
            (_observations, _refusals, _overflow) = ([], 0, false);
            return news;
        }
    }

    public void Dispose() => owner.Forget(this);
}

/// <param name="Observations">In the order they were committed; not all of them when <paramref name="Incomplete"/>.</param>
/// <param name="Refusals">How many were refused.</param>
/// <param name="Incomplete">More came than a watch keeps.</param>
internal sealed record WatchNews(IReadOnlyList<Observation> Observations, int Refusals, bool Incomplete);
