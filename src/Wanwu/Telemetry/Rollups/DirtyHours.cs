using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Which hours of which series a load makes out of date: those before the watermark, as late observations and corrections are.</summary>
/// <remarks>
/// Belongs to the loader and its lock. What is noted is written by the load's own transaction, so rows and note stand or fall together. What is known to be noted
/// already is not written again; whoever takes notes away must have it forgotten first, at the moment its own transaction begins.
/// </remarks>
internal sealed class DirtyHours
{
    private const int HoursOfOneLoad = 4_096, KnownAtMost = 500_000;
    private readonly HashSet<(int Series, long Hour)> _known = [];
    private readonly HashSet<(int Series, long Hour)> _noted = [];
    private long _watermark = long.MinValue;
    private int _stamp = 1;

    /// <summary>Rows before it make their hour out of date.</summary>
    public void Announce(long watermark) => _watermark = Math.Max(_watermark, watermark);

    /// <summary>What a start knows.</summary>
    public void Begin(long watermark)
    {
        Forget();
        _watermark = watermark;
    }

    /// <summary>Notes are being taken away: from now on each is written again.</summary>
    public void Forget()
    {
        _known.Clear();
        _noted.Clear();
        _stamp++;
    }

    /// <summary>Looks through a load's rows; nothing is known of them before <see cref="Commit"/>.</summary>
    public void Note(ReadOnlySpan<StagedRow> rows)
    {
        _noted.Clear();
        _stamp++;
        foreach (ref readonly var row in rows)
        {
            if (row.Time >= _watermark || row.Fate == RowFate.Superseded) continue;
            var (plan, hour) = (row.Series.Plan, RollupLevels.HourOf(row.Time));
            if (plan.DirtyStamp == _stamp && plan.DirtyHour == hour) continue;
            (plan.DirtyStamp, plan.DirtyHour) = (_stamp, hour);
            if (!IsKnown(row.Series.Number, hour)) _noted.Add((row.Series.Number, hour));
        }
        if (_noted.Count > HoursOfOneLoad) TakeWholeHours();
    }

    private bool IsKnown(int series, long hour) => _known.Contains((series, hour)) || _known.Contains((RollupManifest.AllSeries, hour));

    /// <summary>Very many: then hours of all series are shorter to say.</summary>
    private void TakeWholeHours()
    {
        List<long> hours = [.. _noted.CountBy(one => one.Hour).Where(one => one.Value > 64).Select(one => one.Key)];
        _noted.RemoveWhere(one => hours.Contains(one.Hour));
        foreach (var hour in hours) _noted.Add((RollupManifest.AllSeries, hour));
    }

    /// <summary>To be called within the load's transaction.</summary>
    public void Write(DuckDBConnection connection)
    {
        if (_noted.Count == 0) return;
        using var appender = new ColumnAppender(connection, "rollup_dirty");
        foreach (var (series, hour) in _noted)
        {
            appender.Int32(0, series);
            appender.Int64(1, hour);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>The load's transaction is on disk.</summary>
    public void Commit()
    {
        if (_known.Count > KnownAtMost) _known.Clear();
        _known.UnionWith(_noted);
        _noted.Clear();
    }
}
