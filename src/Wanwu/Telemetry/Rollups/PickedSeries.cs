using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>The series a question is about, in a temporary table of the reader's connection with a column <c>series</c> and whatever else the asker needs beside it.</summary>
/// <remarks>Every relation is joined with the table, so a series that is not in it is not seen.</remarks>
internal sealed class PickedSeries
{
    public const string DefaultTable = "picked";

    /// <param name="table">An existing table with a column <c>series INTEGER</c>, each of <paramref name="series"/> once.</param>
    public PickedSeries(string table, IReadOnlyCollection<Series> series)
    {
        (Table, Series) = (table, series);
        foreach (var one in series)
        {
            (Lowest, Highest) = (Math.Min(Lowest, one.Number), Math.Max(Highest, one.Number));
            (First, Last) = (Math.Min(First, one.Plan.StoredFirst), Math.Max(Last, one.Plan.StoredLast));
        }
    }

    public string Table { get; }
    public IReadOnlyCollection<Series> Series { get; }
    public int Lowest { get; } = int.MaxValue;
    public int Highest { get; } = int.MinValue;

    /// <summary>Earliest and latest time the store has of any of them; earliest behind latest if it has none.</summary>
    public long First { get; } = long.MaxValue;
    public long Last { get; } = long.MinValue;

    /// <summary>Puts the series into a table of their own, in the place of what it held.</summary>
    public static PickedSeries Fill(DuckDBConnection connection, IReadOnlyCollection<Series> series)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {DefaultTable} (series INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, DefaultTable, "temp");
        foreach (var one in series)
        {
            appender.Int32(0, one.Number);
            appender.Next();
        }
        appender.Finish();
        return new PickedSeries(DefaultTable, series);
    }
}
