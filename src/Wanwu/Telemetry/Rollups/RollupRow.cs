using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>A rollup row as it was read; see <see cref="RollupSql"/>.</summary>
internal sealed record RollupRow(long Count, long FirstT, long LastT)
{
    public long N { get; init; }
    public double Sum { get; init; }
    public double Deviations { get; init; }
    public double Min { get; init; }
    public double Max { get; init; }
    public (double Value, long At) First { get; init; }
    public (double Value, long At) Last { get; init; }
    public double Increase { get; init; }
    public long Points { get; init; }
    public (double Latitude, double Longitude) From { get; init; }
    public (double Latitude, double Longitude) To { get; init; }
    public double Distance { get; init; }
    /// <summary>Whether other rows lie before or behind it and none between its observations, or the observations were asked.</summary>
    public bool HasSteps { get; init; } = true;

    /// <param name="rows">At a row of <see cref="RollupSql.Read(RollupParts)"/>.</param>
    public static RollupRow Read(NumberRows rows, RollupParts parts)
    {
        var row = new RollupRow(rows.Int64(0), rows.Int64(5), rows.Int64(6)) { N = rows.Int64(1), Sum = rows.Double(2), Min = rows.Double(3), Max = rows.Double(4) };
        var next = 7;
        if (parts.HasFlag(RollupParts.Deviations)) row = row with { Deviations = rows.Double(next++) };
        if (parts.HasFlag(RollupParts.Ends))
        {
            if (row.N > 0) row = row with { First = (rows.Double(next), rows.Int64(next + 1)), Last = (rows.Double(next + 2), rows.Int64(next + 3)) };
            next += 4;
        }
        if (!parts.HasFlag(RollupParts.Steps)) return row;
        return row with
        {
            Increase = rows.Double(next), Points = rows.Int64(next + 1), From = (rows.Double(next + 2), rows.Double(next + 3)), To = (rows.Double(next + 4), rows.Double(next + 5)), Distance = rows.Double(next + 6),
        };
    }
}
