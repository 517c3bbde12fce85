using System.Globalization;

namespace Wanwu.Telemetry.Query;

internal enum BucketUnit
{
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// <summary>How wide the buckets of an aggregation are: <c>1s</c>–<c>59s</c>, <c>1m</c>–<c>59m</c>, <c>1h</c>–<c>23h</c>, <c>1d</c>, <c>1w</c>, <c>1mo</c>, <c>1y</c>.</summary>
internal readonly record struct BucketWidth(int Count, BucketUnit Unit)
{
    public const string Rule = "1s to 59s, 1m to 59m, 1h to 23h, 1d, 1w, 1mo or 1y";
    public static readonly BucketWidth Day = new(1, BucketUnit.Day);

    public bool IsWithinDay => Unit <= BucketUnit.Hour;

    /// <summary>The width in microseconds, of widths below a day.</summary>
    public long Microseconds => Count * Unit switch
    {
        BucketUnit.Second => 1_000_000L,
        BucketUnit.Minute => 60_000_000L,
        BucketUnit.Hour => 3_600_000_000L,
        _ => throw new InvalidOperationException($"A {Unit} has no fixed length."),
    };

    public static bool TryParse(string text, out BucketWidth width)
    {
        width = default;
        var digits = text.AsSpan().TrimEnd("smhdwyo");
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        (BucketUnit Unit, int Most)? known = text.AsSpan(digits.Length) switch
        {
            "s" => (BucketUnit.Second, 59),
            "m" => (BucketUnit.Minute, 59),
            "h" => (BucketUnit.Hour, 23),
            "d" => (BucketUnit.Day, 1),
            "w" => (BucketUnit.Week, 1),
            "mo" => (BucketUnit.Month, 1),
            "y" => (BucketUnit.Year, 1),
            _ => null,
        };
        if (known is not var (unit, most) || count < 1 || count > most) return false;
        width = new BucketWidth(count, unit);
        return true;
    }

    public override string ToString() => Count.ToString(CultureInfo.InvariantCulture) + Unit switch
    {
        BucketUnit.Second => "s",
        BucketUnit.Minute => "m",
        BucketUnit.Hour => "h",
        BucketUnit.Day => "d",
        BucketUnit.Week => "w",
        BucketUnit.Month => "mo",
        _ => "y",
    };
}
