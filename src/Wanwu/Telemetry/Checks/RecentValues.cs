namespace Wanwu.Telemetry.Checks;

/// <summary>The last values of a series, by arrival and in order of size, so that the median is at hand.</summary>
internal sealed class RecentValues(int window)
{
    private readonly double[] _byArrival = new double[window];
    private readonly double[] _bySize = new double[window];
    private int _next;
    private int _count;

    public int Window => window;

    public bool IsFull => _count == window;

    public double Median => Middle(_bySize.AsSpan(0, _count));

    /// <summary>The standard deviation that values of this spread would have if they were normal: 1.4826 × the median of the departures from the median.</summary>
    public double Deviation
    {
        get
        {
            var sorted = _bySize.AsSpan(0, _count);
            var median = Median;
            Span<double> departures = stackalloc double[window];
            // The departures fall towards the median and rise behind it: two sorted halves, merged from the middle outwards.
            var (low, high) = ((_count - 1) / 2, (_count - 1) / 2 + 1);
            for (var i = 0; i < _count; i++)
                departures[i] = high >= _count || (low >= 0 && median - sorted[low] <= sorted[high] - median) ? median - sorted[low--] : sorted[high++] - median;
            return 1.4826 * Middle(departures[.._count]);
        }
    }

    private static double Middle(ReadOnlySpan<double> sorted) =>
        (sorted.Length & 1) == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;

    public void Add(double value)
    {
        if (_count == window) Remove(_byArrival[_next]);
        var at = Array.BinarySearch(_bySize, 0, _count, value);
        if (at < 0) at = ~at;
        _bySize.AsSpan(at, _count - at).CopyTo(_bySize.AsSpan(at + 1));
        _bySize[at] = value;
        _count++;
        _byArrival[_next] = value;
        _next = _next + 1 == window ? 0 : _next + 1;
    }

    private void Remove(double value)
    {
        var at = Array.BinarySearch(_bySize, 0, _count, value);
        _bySize.AsSpan(at + 1, _count - at - 1).CopyTo(_bySize.AsSpan(at));
        _count--;
    }

    public void Clear() => (_next, _count) = (0, 0);
}
