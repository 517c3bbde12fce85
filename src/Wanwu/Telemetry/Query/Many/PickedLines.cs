using DuckDB.NET.Data;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The series of some lines in a table of the reader's connection, each with the line of the answer it goes to.</summary>
internal static class PickedLines
{
    private const string Table = "picked_lines";

    public static PickedSeries Fill(DuckDBConnection connection, Lines lines, IEnumerable<int> wanted)
    {
        // Made anew: rows deleted from a temporary table would never give their memory back.
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {Table} (series INTEGER NOT NULL, line INTEGER NOT NULL)");
        var picked = new List<Series>();
        using var appender = new ColumnAppender(connection, Table, "temp");
        foreach (var line in wanted)
        {
            foreach (var member in lines.All[line].Members)
            {
                if (member.Series is not { } series) continue;
                picked.Add(series);
                appender.Int32(0, series.Number);
                appender.Int32(1, line);
                appender.Next();
            }
        }
        appender.Finish();
        return new PickedSeries(Table, picked);
    }
}
