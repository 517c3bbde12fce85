namespace Wanwu.Telemetry.Query.Many;

/// <summary>
/// Largest-Triangle-Three-Buckets (S. Steinarsson, Downsampling Time Series for Visual Representation, 2013, §4.2): of each bucket the point that makes the
/// largest triangle with the point kept before it and the middle of the bucket behind it. First and last are kept.
/// </summary>
/// <remarks>The points come one by one; two buckets of them are held.</remarks>
/// <param name="count">How many will come.</param>
/// <param name="points">How many to keep, at least two.</param>
internal sealed class LargestTriangles(long count, int points, Action<long, double> keep)
{
    private readonly double _every = points > 2 ? (count - 2.0) / (points - 2) : 0;
    private List<(long Time, double Value)> _bucket = [], _next = [];
    private (long Time, double Value) _kept;
    private long _index;
    private int _filling;

    /// <summary>Takes the next of the <c>count</c> points.</summary>
    public void Add(long time, double value)
    {
        var index = _index++;
        if (count <= points)
        {
            keep(time, value);
        }
        else if (index == 0)
        {
            Keep((time, value));
        }
        else if (index == count - 1)
        {
            if (_filling < points - 2) EndBucket();
            _next.Add((time, value));
            if (_bucket.Count > 0) Keep(Choose());
            keep(time, value);
        }
        else if (points > 2)
        {
            // By rounding, what stands behind the last bucket may be more than the last point.
            if (_filling < points - 2 && index >= (long)Math.Floor((_filling + 1) * _every) + 1) EndBucket();
            _next.Add((time, value));
        }
    }

    /// <summary>The bucket being filled is complete: now its middle is known, and one can be chosen from the bucket before it.</summary>
    private void EndBucket()
    {
        if (_bucket.Count > 0) Keep(Choose());
        (_bucket, _next) = (_next, _bucket);
        _next.Clear();
        _filling++;
    }

    private (long Time, double Value) Choose()
    {
        // Times from the point kept before: differences of microseconds since 1970 would lose digits.
        double timeSum = 0, valueSum = 0;
        foreach (var (time, value) in _next) (timeSum, valueSum) = (timeSum + (time - _kept.Time), valueSum + value);
        var (middleTime, middleValue) = (timeSum / _next.Count, valueSum / _next.Count);
        var (best, largest) = (_bucket[0], -1.0);
        foreach (var point in _bucket)
        {
            var area = Math.Abs((-middleTime * (point.Value - _kept.Value)) + ((point.Time - _kept.Time) * (middleValue - _kept.Value)));
            if (area > largest) (best, largest) = (point, area);
        }
        return best;
    }

    private void Keep((long Time, double Value) point)
    {
        _kept = point;
        keep(point.Time, point.Value);
    }
}
