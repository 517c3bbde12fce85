using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>A condition on quality.</summary>
internal static class QualitySql
{
    /// <summary>Whether a column has one of some qualities. A bit for each: DuckDB looks a list up in a hash table, row by row, which takes several times as long.</summary>
    public static string In(string column, IEnumerable<Quality> qualities) => string.Create(CultureInfo.InvariantCulture,
        $"(({qualities.Aggregate(0, (mask, quality) => mask | (1 << (byte)quality))} >> {column}) & 1) = 1");
}
