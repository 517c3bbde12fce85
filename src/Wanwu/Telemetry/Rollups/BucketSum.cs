namespace Wanwu.Telemetry.Rollups;

/// <summary>What came before: counters and ways go on from one bucket to the next.</summary>
internal sealed record Before
{
    public double? Value { get; init; }
    public (double Latitude, double Longitude)? Point { get; init; }

    /// <summary>The other where this one says nothing.</summary>
    public Before Or(Before other) => new() { Value = Value ?? other.Value, Point = Point ?? other.Point };
}

/// <summary>One bucket being summed up of rows in order of time.</summary>
internal sealed class BucketSum
{
    private (double Value, long At)? _first, _last;
    private double _mean, _deviations;
    private double? _increase, _distance;
    private bool _hasSteps = true;

    public long Count { get; private set; }
    public long N { get; private set; }
    public double Sum { get; private set; }
    public double? Min { get; private set; }
    public double? Max { get; private set; }
    public double? First => _first?.Value;
    public double? Last => _last?.Value;
    public double? Mean => N == 0 ? null : Sum / N;
    /// <summary>Of all values of the bucket, not of a sample.</summary>
    public double? StandardDeviation => N == 0 ? null : Math.Sqrt(Math.Max(0, _deviations / N));
    /// <summary>Null too where the order of some observations is not known any more.</summary>
    public double? Increase => _hasSteps ? _increase : null;
    /// <inheritdoc cref="Increase"/>
    public double? Distance => _hasSteps ? _distance : null;

    /// <returns>What there is before the next row.</returns>
    public Before Add(RollupRow row, Before before)
    {
        Count += row.Count;
        _hasSteps &= row.HasSteps;
        if (row.N > 0) before = AddNumbers(row, before);
        return row.Points > 0 ? AddPoints(row, before) : before;
    }

    private Before AddNumbers(RollupRow row, Before before)
    {
        var mean = row.Sum / row.N;
        // Chan, Golub and LeVeque: sums of squared deviations add up without losing digits.
        _deviations += row.Deviations + (N == 0 ? 0 : (mean - _mean) * (mean - _mean) * N * row.N / (N + row.N));
        N += row.N;
        Sum += row.Sum;
        _mean = Sum / N;
        Min = Math.Min(Min ?? row.Min, row.Min);
        Max = Math.Max(Max ?? row.Max, row.Max);
        if (_first is not { } first || row.First.At < first.At) _first = row.First;
        if (_last is not { } last || row.Last.At >= last.At) _last = row.Last;
        if (row.N > 1 || before.Value is not null) _increase = (_increase ?? 0) + row.Increase + Rise(before.Value, row.First.Value);
        return before with { Value = row.Last.Value };
    }

    private Before AddPoints(RollupRow row, Before before)
    {
        if (row.Points > 1 || before.Point is not null) _distance = (_distance ?? 0) + row.Distance + Way(before.Point, row.From);
        return before with { Point = row.To };
    }

    private static double Rise(double? before, double value) => before is not { } known ? 0 : value >= known ? value - known : value;

    /// <summary>Metres along the great circle.</summary>
    public static double Way((double Latitude, double Longitude)? before, (double Latitude, double Longitude) point)
    {
        if (before is not var (latitude, longitude)) return 0;
        var (south, north) = (double.DegreesToRadians(latitude), double.DegreesToRadians(point.Latitude));
        var (up, round) = (Math.Sin((north - south) / 2), Math.Sin(double.DegreesToRadians(point.Longitude - longitude) / 2));
        return 2 * RollupSql.EarthRadius * Math.Asin(Math.Min(1, Math.Sqrt(up * up + Math.Cos(south) * Math.Cos(north) * round * round)));
    }
}
