using System.Globalization;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>What sums of one series are put together of.</summary>
internal enum SumPart
{
    /// <summary>How many numbers.</summary>
    N,
    /// <summary>How many observations.</summary>
    Count,
    Sum,
    Min,
    Max,
    First,
    Last,
}

/// <summary>What is worked out of a line's numbers: an <see cref="Aggregate"/>, or an exact percentile, <c>p0</c> to <c>p100</c>.</summary>
/// <param name="Sql">Of <c>v</c>, the number, and <c>t</c> of observations.</param>
/// <param name="OfParts">Of rollup rows; null where they do not know it.</param>
internal sealed record Measure(string Name, string Sql, string? OfParts)
{
    public const string Rule = "avg, min, max, count, sum, first, last, stddev, increase, distance or a percentile as p50, p95 or p99.9, several divided by commas";

    /// <summary>What must be known of each series to work it out of several; of two the first divided by the second. Nothing where <see cref="OfParts"/> is null, or it is of steps.</summary>
    public IReadOnlyList<SumPart> Parts => Name switch
    {
        "avg" => [SumPart.Sum, SumPart.N],
        "sum" => [SumPart.Sum],
        "min" => [SumPart.Min],
        "max" => [SumPart.Max],
        "first" => [SumPart.First],
        "last" => [SumPart.Last],
        "count" => [SumPart.Count],
        _ => [],
    };

    /// <summary>A part of the <c>v</c> and <c>t</c> of several observations of a series; of first and last the time comes behind.</summary>
    public static string OfNumbers(SumPart part) => part switch
    {
        SumPart.N => "count(v)::DOUBLE",
        SumPart.Count => "count(*)::DOUBLE",
        SumPart.Sum => "sum(v)",
        SumPart.Min => "min(v)",
        SumPart.Max => "max(v)",
        SumPart.First => "arg_min(v, t), min(t) FILTER (v IS NOT NULL)",
        _ => "arg_max(v, t), max(t) FILTER (v IS NOT NULL)",
    };

    /// <summary>The same of several rollup rows of a series.</summary>
    public static string OfRollups(SumPart part) => part switch
    {
        SumPart.N => "sum(n)::DOUBLE",
        SumPart.Count => "sum(count)::DOUBLE",
        SumPart.Sum => "sum(sum)",
        SumPart.Min => "min(min)",
        SumPart.Max => "max(max)",
        SumPart.First => "arg_min(first, first_at), min(first_at)",
        _ => "arg_max(last, last_at), max(last_at)",
    };

    /// <summary>Whether it goes on from one row of a series to the next.</summary>
    public bool IsOfSteps => Name is "increase" or "distance";

    public static bool TryParse(string text, out Measure measure)
    {
        measure = Usual[0];
        foreach (var aggregate in Enum.GetValues<Aggregate>())
        {
            if (QueryParameters.Name(aggregate) != text) continue;
            measure = Of(aggregate);
            return true;
        }
        if (text.Length is < 2 or > 8 || text[0] != 'p' || !IsShare(text.AsSpan(1), out var share)) return false;
        measure = new Measure(text, string.Create(CultureInfo.InvariantCulture, $"quantile_cont(v, {share})"), null);
        return true;
    }

    /// <summary>What one gets who asks for none.</summary>
    public static readonly IReadOnlyList<Measure> Usual = [.. new[] { Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.Count }.Select(Of)];

    private static Measure Of(Aggregate aggregate) => new(QueryParameters.Name(aggregate), Expression(aggregate), PartsExpression(aggregate));

    private static string Expression(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Avg => "avg(v)",
        Aggregate.Min => "min(v)",
        Aggregate.Max => "max(v)",
        Aggregate.Sum => "sum(v)",
        Aggregate.First => "arg_min(v, t)",
        Aggregate.Last => "arg_max(v, t)",
        Aggregate.Stddev => "stddev_pop(v)",
        Aggregate.Increase => Steps.Increase,
        Aggregate.Distance => Steps.Distance,
        _ => "count(*)::DOUBLE",
    };

    private static string? PartsExpression(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Avg => "sum(sum) / sum(n)",
        Aggregate.Min => "min(min)",
        Aggregate.Max => "max(max)",
        Aggregate.Sum => "sum(sum)",
        Aggregate.First => "arg_min(first, first_at)",
        Aggregate.Last => "arg_max(last, last_at)",
        Aggregate.Count => "sum(count)::DOUBLE",
        Aggregate.Increase => Steps.Increase,
        Aggregate.Distance => Steps.Distance,
        _ => null,
    };

    private static bool IsShare(ReadOnlySpan<char> percent, out decimal share)
    {
        var isNumber = decimal.TryParse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share);
        share /= 100;
        return isNumber && share <= 1;
    }
}
