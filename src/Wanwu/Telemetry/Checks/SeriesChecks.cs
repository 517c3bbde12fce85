using Wanwu.Things;

namespace Wanwu.Telemetry.Checks;

/// <summary>A value that a check has marked.</summary>
internal readonly record struct SuspectMark(Timestamp Time, double Value, PlausibilityCheck Checks);

/// <summary>Holds the values of one series, one after the other, against what its model calls plausible.</summary>
/// <remarks>
/// Made for series whose model has checks, and changed under the log's lock alone: what is checked is in the order of the log, whatever connections it came by.
/// A value older than the latest is held against the range only, because what lay before and behind it is not in memory; one that was marked a short while ago and
/// comes again is marked again. A start takes the latest value as the one before; windows and runs begin there.
/// </remarks>
internal sealed class SeriesChecks
{
    public const int MarksKept = 16;
    private Plausibility? _rules;
    private RecentValues? _recent;
    private bool _begun;
    private long _last = long.MinValue;
    private double _good;
    private long _goodSince = long.MinValue;
    private double _run;
    private long _runSince;
    private long _runCount;
    private readonly long[] _counts = new long[PlausibilityChecks.All.Count];
    private SuspectMark[] _marks = [];
    private long _marked;

    /// <summary>Values held against the checks since the server started.</summary>
    public long Checked { get; private set; }

    /// <summary>How many of them a check has marked; a value that fails several counts with each.</summary>
    public long CountOf(PlausibilityCheck check) => _counts[PlausibilityChecks.IndexOf(check)];

    /// <summary>What was marked last, newest first.</summary>
    public IEnumerable<SuspectMark> Marks
    {
        get
        {
            for (var i = _marked - 1; i >= 0 && i >= _marked - MarksKept; i--) yield return _marks[i % MarksKept];
        }
    }

    /// <returns>The checks the value fails. <paramref name="isNew"/> is false where it failed them before and only came again.</returns>
    public PlausibilityCheck Check(Plausibility rules, in Observation observation, out bool isNew)
    {
        isNew = true;
        var value = observation.Value.AsNumber;
        if (observation.Value.Kind is not (ValueKind.Number or ValueKind.Integer)) return PlausibilityCheck.None;
        if (!ReferenceEquals(rules, _rules)) Follow(rules);
        if (!_begun) Begin(observation.Series);
        Checked++;
        var time = observation.Time.Microseconds;
        PlausibilityCheck failed;
        if (time > _last) failed = Judge(rules, value, time);
        else if (FindMark(observation.Time, value) is { } again) (failed, isNew) = (again.Checks, false);
        else failed = JudgeRange(rules.Range, value);
        if (failed != PlausibilityCheck.None && isNew) Note(new SuspectMark(observation.Time, value, failed));
        return failed;
    }

    private void Follow(Plausibility rules)
    {
        _rules = rules;
        var window = rules.Spike?.Window ?? 0;
        if (_recent?.Window != window) _recent = window == 0 ? null : new RecentValues(window);
    }

    private void Begin(Series series)
    {
        _begun = true;
        if (!series.TryGetLatest(out var latest, out _) || latest.Value.Kind is not (ValueKind.Number or ValueKind.Integer)) return;
        var (value, time) = (latest.Value.AsNumber, latest.Time.Microseconds);
        _last = time;
        if (latest.Quality is not (Quality.Good or Quality.Suspect)) return;
        (_run, _runSince, _runCount) = (value, time, 1);
        if (latest.Quality != Quality.Good) return;
        (_good, _goodSince) = (value, time);
        _recent?.Add(value);
    }

    private PlausibilityCheck Judge(Plausibility rules, double value, long time)
    {
        var failed = JudgeRange(rules.Range, value);
        if (rules.Rate is { } rate && !KeepsTo(rate, value, time)) failed |= PlausibilityCheck.Rate;
        if (rules.Stuck is { } stuck && IsStuck(stuck, value, time)) failed |= PlausibilityCheck.Stuck;
        if (rules.Spike is { } spike && _recent is { } recent)
        {
            if (spike.Gap is { } gap && _last != long.MinValue && time - _last > Micros(gap)) recent.Clear();
            if (recent.IsFull && IsSpike(spike, recent, value)) failed |= PlausibilityCheck.Spike;
            // A spike goes into the window, so that a level that stays becomes the new one; what cannot be at all stays out.
            if ((failed & PlausibilityCheck.Range) == 0) recent.Add(value);
        }
        _last = time;
        if ((failed & ~PlausibilityCheck.Stuck) == 0) (_good, _goodSince) = (value, time);
        return failed;
    }

    private static PlausibilityCheck JudgeRange(PlausibleRange? range, double value) =>
        range is not null && (value < range.Minimum || value > range.Maximum) ? PlausibilityCheck.Range : PlausibilityCheck.None;

    /// <summary>Against the last value that kept to range, rate and window: what comes back from a spike is as good as what was before it.</summary>
    private bool KeepsTo(PlausibleRate rate, double value, long time)
    {
        if (_goodSince == long.MinValue) return true;
        var times = Math.Max(1.0, (time - _goodSince) / (double)Micros(rate.Within));
        return Math.Abs(value - _good) <= rate.Change * times;
    }

    private bool IsStuck(StuckRule rule, double value, long time)
    {
        if (_runCount == 0 || !(Math.Abs(value - _run) <= rule.Within)) (_run, _runSince, _runCount) = (value, time, 0);
        _runCount++;
        if (!(_runCount > rule.Reports) && !(rule.For is { } longest && time - _runSince > Micros(longest))) return false;
        for (var i = 0; i < rule.Except.Count; i++)
            if (Math.Abs(value - rule.Except[i]) <= rule.Within) return false;
        return true;
    }

    private static bool IsSpike(SpikeRule rule, RecentValues recent, double value)
    {
        var departure = Math.Abs(value - recent.Median);
        if (rule.Limit is { } limit) return departure > limit;
        return departure > rule.Least && departure > rule.Deviations * recent.Deviation;
    }

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private SuspectMark? FindMark(Timestamp time, double value)
    {
        foreach (var mark in Marks)
            if (mark.Time == time && mark.Value == value) return mark;
        return null;
    }

    private void Note(SuspectMark mark)
    {
        if (_marks.Length == 0) _marks = new SuspectMark[MarksKept];
        _marks[_marked++ % MarksKept] = mark;
        for (var i = 0; i < _counts.Length; i++)
            if ((mark.Checks & (PlausibilityCheck)(1 << i)) != 0) _counts[i]++;
    }
}

/// <summary>The checks one by one.</summary>
internal static class PlausibilityChecks
{
    public static readonly IReadOnlyList<PlausibilityCheck> All = [PlausibilityCheck.Range, PlausibilityCheck.Rate, PlausibilityCheck.Stuck, PlausibilityCheck.Spike];

    public static int IndexOf(PlausibilityCheck check) => System.Numerics.BitOperations.TrailingZeroCount((byte)check);

    public static string NameOf(PlausibilityCheck check) => check switch
    {
        PlausibilityCheck.Range => "range",
        PlausibilityCheck.Rate => "rate",
        PlausibilityCheck.Stuck => "stuck",
        _ => "spike",
    };

    public static IEnumerable<string> NamesOf(PlausibilityCheck checks) => All.Where(check => (checks & check) != 0).Select(NameOf);
}
