using System.Data.Common;

namespace Wanwu.Telemetry.Rollups;

/// <summary>A rollup row as it was read; see <see cref="RollupSql"/>.</summary>
internal sealed record RollupRow(long Start, long Finish, long Count, long FirstT, long LastT)
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

    /// <param name="reader">At a row of <see cref="RollupSql.Columns"/>.</param>
    public static RollupRow Read(DbDataReader reader)
    {
        double Number(int column) => reader.IsDBNull(column) ? 0 : reader.GetDouble(column);
        var row = new RollupRow(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(4), reader.GetInt64(14), reader.GetInt64(15));
        if (reader.GetInt64(5) is > 0 and var n)
        {
            row = row with
            {
                N = n, Sum = Number(6), Deviations = Number(7), Min = Number(8), Max = Number(9), First = (Number(10), reader.GetInt64(11)), Last = (Number(12), reader.GetInt64(13)), Increase = Number(16),
            };
        }
        return reader.GetInt64(17) is > 0 and var points
            ? row with { Points = points, From = (Number(18), Number(19)), To = (Number(21), Number(22)), Distance = Number(24) }
            : row;
    }
}
