using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Retention;

/// <summary>About how much rollups will take that stay when their observations go: a row for each hour and day that has any, as large as those there are.</summary>
internal sealed class RollupEstimate(StorageUse use)
{
    /// <summary>Where there are none yet.</summary>
    private const double UsualBytes = 60;
    private readonly double _bytesPerRow = use.Rollups.Rows + use.Kept.Rows is > 0 and var rows ? (double)(use.Rollups.Bytes + use.Kept.Bytes) / rows : UsualBytes;

    /// <summary>Of so many observations, spread over some time in microseconds.</summary>
    public (double Rows, double Bytes) Of(double observations, double time)
    {
        var rows = Math.Min(observations, Math.Ceiling(time / RollupLevels.MicrosecondsPerHour)) + Math.Min(observations, Math.Ceiling(time / ColdPeriod.MicrosecondsPerDay));
        return (rows, rows * _bytesPerRow);
    }

    /// <summary>What rollups come to when all is at rest, and by how much they grow for ever each day.</summary>
    /// <param name="perDay">Observations.</param>
    public (double Bytes, double GrowingBytes) AtRest(double perDay, RetentionPolicy policy)
    {
        if (policy is not { ColdFor: { } cold, RollupsFor: { } rollups }) return (0, 0);
        var (_, bytes) = Of(perDay, ColdPeriod.MicrosecondsPerDay);
        return rollups.IsForever ? (0, bytes) : (Math.Max(0, rollups.Days - cold.Days) * bytes, 0);
    }
}
