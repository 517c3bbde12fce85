using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <summary>Pieces of SQL over the Parquet files. Their <c>t</c> is an instant, and <c>delay</c> what passed until it arrived; the store's times are microseconds.</summary>
internal static class ColdSql
{
    /// <summary>A file's columns, in their order.</summary>
    public const string Columns = "series, thing, property, t, delay, quality, kind, number, number2, integer, text";

    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Parquet(IEnumerable<string> paths) => $"read_parquet([{string.Join(", ", paths.Select(Quote))}], hive_partitioning = false)";

    /// <summary>A condition on a file's <c>t</c> that its statistics can answer.</summary>
    /// <param name="to">Exclusive.</param>
    public static string TimeBetween(string column, long from, long to) => $"{column} BETWEEN {Instant(from)} AND {Instant(to - 1)}";

    public static string Instant(long time) =>
        $"TIMESTAMPTZ '{new Timestamp(Math.Clamp(time, Timestamp.Min.Microseconds, Timestamp.Max.Microseconds)).ToString()}'";

    /// <summary>A condition on the store's rows.</summary>
    public static string HotIn(ColdSpan span) => string.Create(CultureInfo.InvariantCulture,
        $"t >= {span.From} AND t < {span.To} AND series BETWEEN {span.LowSeries} AND {span.HighSeries}");
}
