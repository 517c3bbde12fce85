using System.Diagnostics.CodeAnalysis;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>An observation with the time it arrived.</summary>
internal readonly record struct LatestValue(Observation Observation, Timestamp Received);

/// <summary>The latest value of every series by phenomenon time. In memory: updated when a batch is committed, rebuilt at the start; never waits.</summary>
/// <remarks>A late observation reaches history and leaves the latest as it is.</remarks>
internal sealed class LatestValues(SeriesTable series)
{
    public bool TryGet(ThingId thing, PropertyName property, out LatestValue latest)
    {
        latest = default;
        if (series.FindThing(thing)?.Find(property) is not { } found || !found.TryGetLatest(out var observation, out var received)) return false;
        latest = new LatestValue(observation, received);
        return true;
    }

    /// <summary>The latest of every property of the thing, ordered by name; false if it never reported.</summary>
    public bool TryGet(ThingId thing, [NotNullWhen(true)] out IReadOnlyList<LatestValue>? latest)
    {
        latest = null;
        if (series.FindThing(thing) is not { } found) return false;
        var values = new List<LatestValue>(found.All.Length);
        foreach (var one in found.All)
            if (one.TryGetLatest(out var observation, out var received)) values.Add(new LatestValue(observation, received));
        if (values.Count == 0) return false;
        values.Sort(static (a, b) => a.Observation.Series.Property.CompareTo(b.Observation.Series.Property));
        latest = values;
        return true;
    }

    /// <param name="position">Log position behind the batch.</param>
    /// <param name="loaded">Log position up to which the store has everything.</param>
    internal static void Take(CommittedBatch batch, long position, long loaded)
    {
        foreach (ref readonly var message in batch.Messages)
        {
            foreach (ref readonly var observation in batch.ObservationsOf(message))
            {
                observation.Series.OfferLatest(observation, message.Received, message.IsCorrection);
                observation.Series.Commit(observation.Time, position, loaded);
            }
        }
    }
}
