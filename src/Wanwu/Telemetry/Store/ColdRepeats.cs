using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Store;

/// <summary>Looks up which of a load's doubtful rows the files have, so that the account knows a repeat from something new. Data in order of time never gets here.</summary>
internal static class ColdRepeats
{
    /// <param name="doubts">In order of time, and the same as in the table of doubts.</param>
    public static HashSet<(int Series, long Time)> Find(DuckDBConnection connection, ColdView view, List<(int Series, long Time)> doubts)
    {
        var found = new HashSet<(int, long)>();
        foreach (var file in view.Sound)
        {
            var (low, high) = Within(doubts, file);
            if (low > high) continue;
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers and quoted paths of ours.
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
                SELECT c.series, epoch_us(c.t) FROM {view.Parquet([file])} c SEMI JOIN {LoadTransaction.DoubtTable} d ON d.series = c.series AND d.t = epoch_us(c.t)
                WHERE c.series BETWEEN {low} AND {high} AND {ColdSql.TimeBetween("c.t", file.FirstTime, file.LastTime + 1)}
                """);
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            while (reader.Read()) found.Add((reader.GetInt32(0), reader.GetInt64(1)));
        }
        return found;
    }

    /// <summary>Lowest and highest series among the doubts the file may have; low above high if there are none.</summary>
    private static (int Low, int High) Within(List<(int Series, long Time)> doubts, ColdFile file)
    {
        var (low, high) = (int.MaxValue, int.MinValue);
        var at = doubts.BinarySearch((0, file.FirstTime), Comparer<(int Series, long Time)>.Create(static (a, b) => a.Time < b.Time ? -1 : 1));
        for (var i = ~at; i < doubts.Count && doubts[i].Time <= file.LastTime; i++)
        {
            var series = doubts[i].Series;
            if (series >= file.FirstSeries && series <= file.LastSeries) (low, high) = (Math.Min(low, series), Math.Max(high, series));
        }
        return (low, high);
    }
}
