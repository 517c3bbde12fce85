namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>How much happened in a minute, averaged over one, five and fifteen: what is longer ago counts less, as with the load of a Unix system.</summary>
internal sealed class LoadAverage
{
    public static readonly IReadOnlyList<int> Minutes = [1, 5, 15];
    private readonly double[] _averages = new double[Minutes.Count];
    private long _last;

    public IReadOnlyList<double> PerMinute => _averages;

    /// <param name="total">Counted since the start.</param>
    /// <param name="passed">Since the last call.</param>
    public void Note(long total, TimeSpan passed)
    {
        if (passed <= TimeSpan.Zero) return;
        var perMinute = (total - _last) / passed.TotalMinutes;
        _last = total;
        for (var i = 0; i < _averages.Length; i++)
            _averages[i] = perMinute + Math.Exp(-passed.TotalMinutes / Minutes[i]) * (_averages[i] - perMinute);
    }
}
