using Wanwu.Things;

namespace Wanwu.Telemetry.Checks;

/// <summary>Marks what its model's checks hold to be suspect, on the way into the log: good values alone, and never the value.</summary>
/// <remarks>Belongs to the log and its lock; the sums may be read by anybody.</remarks>
internal sealed class SuspectMarks
{
    private readonly long[] _totals = new long[PlausibilityChecks.All.Count];
    private Observation[] _marked = [];

    /// <summary>Marked since the server started.</summary>
    public long TotalOf(PlausibilityCheck check) => Interlocked.Read(ref _totals[PlausibilityChecks.IndexOf(check)]);

    /// <returns>The observations as they are to be kept; those given where none is marked. Good until the next call.</returns>
    public ReadOnlySpan<Observation> Apply(ReadOnlySpan<Observation> observations)
    {
        var isCopy = false;
        for (var i = 0; i < observations.Length; i++)
        {
            ref readonly var observation = ref observations[i];
            if (observation.Series.Plausible is not { } rules || observation.Quality != Quality.Good) continue;
            var failed = (observation.Series.Checks ??= new SeriesChecks()).Check(rules, observation, out var isNew);
            if (failed == PlausibilityCheck.None) continue;
            if (!isCopy) Copy(observations);
            isCopy = true;
            _marked[i] = observation with { Quality = Quality.Suspect };
            if (isNew) Count(failed);
        }
        return isCopy ? _marked.AsSpan(0, observations.Length) : observations;
    }

    private void Copy(ReadOnlySpan<Observation> observations)
    {
        if (_marked.Length < observations.Length) _marked = new Observation[Math.Max(observations.Length, 64)];
        observations.CopyTo(_marked);
    }

    private void Count(PlausibilityCheck failed)
    {
        for (var i = 0; i < _totals.Length; i++)
            if ((failed & (PlausibilityCheck)(1 << i)) != 0) Interlocked.Increment(ref _totals[i]);
    }
}
