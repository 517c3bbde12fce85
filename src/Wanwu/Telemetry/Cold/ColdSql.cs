using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <summary>Pieces of SQL over the Parquet files. Their <c>t</c> and <c>received</c> are instants; the store's are microseconds.</summary>
internal static class ColdSql
{
    /// <summary>A file's columns in their order, of a relation whose times are microseconds.</summary>
    public const string ToFile =
        "series, thing, property, make_timestamp(t)::TIMESTAMPTZ AS t, make_timestamp(received)::TIMESTAMPTZ AS received, quality, kind, number, number2, integer, text";

    /// <summary>The same back again.</summary>
    public const string FromFile = "series, thing, property, epoch_us(t) AS t, epoch_us(received) AS received, quality, kind, number, number2, integer, text";

    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Parquet(IEnumerable<string> paths) => $"read_parquet([{string.Join(", ", paths.Select(Quote))}], hive_partitioning = false)";

    /// <summary>A condition on a file's <c>t</c> that its statistics can answer.</summary>
    /// <param name="to">Exclusive.</param>
    public static string TimeBetween(string column, long from, long to) => $"{column} BETWEEN {Instant(from)} AND {Instant(to - 1)}";

    private static string Instant(long time) =>
        $"TIMESTAMPTZ '{new Timestamp(Math.Clamp(time, Timestamp.Min.Microseconds, Timestamp.Max.Microseconds)).ToString()}'";

    /// <summary>A condition on the store's rows.</summary>
    public static string HotIn(ColdSpan span) => string.Create(CultureInfo.InvariantCulture,
        $"t >= {span.From} AND t < {span.To} AND series BETWEEN {span.LowSeries} AND {span.HighSeries}");
}
