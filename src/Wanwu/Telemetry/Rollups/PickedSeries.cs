using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>The series a question is about, in a temporary table of the reader's connection with a column <c>series</c> and whatever else the asker needs beside it.</summary>
/// <remarks>Every relation is joined with the table, so a series that is not in it is not seen.</remarks>
internal sealed class PickedSeries
{
    public const string DefaultTable = "picked";
    private readonly int[] _numbers;
    private readonly string _table;
    private Action? _fill;

    /// <param name="table">A table with a column <c>series INTEGER</c>, each of <paramref name="series"/> once.</param>
    /// <param name="fill">Makes the table when it is named first; null where it exists.</param>
    public PickedSeries(string table, IReadOnlyCollection<Series> series, Action? fill = null)
    {
        (_table, Series, _fill) = (table, series, fill);
        foreach (var one in series)
        {
            (Lowest, Highest) = (Math.Min(Lowest, one.Number), Math.Max(Highest, one.Number));
            (First, Last) = (Math.Min(First, one.Plan.StoredFirst), Math.Max(Last, one.Plan.StoredLast));
        }
        _numbers = [.. series.Select(one => one.Number)];
        Array.Sort(_numbers);
    }

    /// <summary>The table's name. Where series are told apart without it, there is none.</summary>
    public string Table
    {
        get
        {
            _fill?.Invoke();
            _fill = null;
            return _table;
        }
    }

    public IReadOnlyCollection<Series> Series { get; }
    public int Lowest { get; } = int.MaxValue;
    public int Highest { get; } = int.MinValue;

    /// <summary>Earliest and latest time the store has of any of them; earliest behind latest if it has none.</summary>
    public long First { get; } = long.MaxValue;
    public long Last { get; } = long.MinValue;

    /// <summary>Whether every number from the lowest to the highest is picked, so that the two say which are.</summary>
    public bool IsWhole => _numbers.Length == Highest - (long)Lowest + 1;

    /// <summary>Whether a file has no series but picked ones, so that none of its rows need be left out.</summary>
    public bool HasAllOf(ColdFile file) => Before(file.LastSeries + 1L) - Before(file.FirstSeries) == file.LastSeries - file.FirstSeries + 1L;

    private int Before(long number)
    {
        var (low, high) = (0, _numbers.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_numbers[middle] < number) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Puts the series into a table of their own, in the place of what it held.</summary>
    public static PickedSeries Fill(DuckDBConnection connection, IReadOnlyCollection<Series> series, string table = DefaultTable)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {table} (series INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, table, "temp");
        foreach (var one in series)
        {
            appender.Int32(0, one.Number);
            appender.Next();
        }
        appender.Finish();
        return new PickedSeries(table, series);
    }
}
