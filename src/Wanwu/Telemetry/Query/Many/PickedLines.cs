using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The series of some lines in a table of the reader's connection, each with the line of the answer it goes to. The table is made when it is named.</summary>
internal static class PickedLines
{
    private const string Table = "picked_lines";

    public static PickedSeries Fill(DuckDBConnection connection, Lines lines, IEnumerable<int> wanted) => Fill(connection, Table, Members(lines, wanted));

    /// <summary>One of several tables.</summary>
    public static PickedSeries Fill(DuckDBConnection connection, int place, IEnumerable<(int Line, Series Series)> members) =>
        Fill(connection, place == 0 ? Table : string.Create(CultureInfo.InvariantCulture, $"{Table}_{place}"), members);

    private static IEnumerable<(int Line, Series Series)> Members(Lines lines, IEnumerable<int> wanted)
    {
        foreach (var line in wanted)
            foreach (var member in lines.All[line].Members)
                if (member.Series is { } series) yield return (line, series);
    }

    private static PickedSeries Fill(DuckDBConnection connection, string table, IEnumerable<(int Line, Series Series)> members)
    {
        List<(int Line, Series Series)> all = [.. members];
        return new PickedSeries(table, all.ConvertAll(member => member.Series), () => Fill(connection, table, all));
    }

    private static void Fill(DuckDBConnection connection, string table, List<(int Line, Series Series)> members)
    {
        // Made anew: rows deleted from a temporary table would never give their memory back.
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {table} (series INTEGER NOT NULL, line INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, table, "temp");
        foreach (var (line, series) in members)
        {
            appender.Int32(0, series.Number);
            appender.Int32(1, line);
            appender.Next();
        }
        appender.Finish();
    }
}
