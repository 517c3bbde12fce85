namespace Wanwu.Telemetry.Rollups;

/// <summary>How much time a rollup row sums up: a minute or an hour of UTC, or a day of the thing's zone.</summary>
internal enum RollupLevel
{
    Minute,
    Hour,
    Day,
}

internal static class RollupLevels
{
    public const long MicrosecondsPerHour = 3_600_000_000;

    /// <summary>The level as file names, settings and views write it.</summary>
    public static string Name(this RollupLevel level) => level switch
    {
        RollupLevel.Minute => "1m",
        RollupLevel.Hour => "1h",
        _ => "1d",
    };

    /// <summary>Whether its buckets are those of UTC; a day is one of the thing's zone.</summary>
    public static bool IsUtc(this RollupLevel level) => level is not RollupLevel.Day;

    /// <summary>How long the rows of a level are that is cut in UTC.</summary>
    public static long Width(this RollupLevel level) => level switch
    {
        RollupLevel.Minute => 60_000_000,
        RollupLevel.Hour => MicrosecondsPerHour,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "A day is as long as its zone makes it."),
    };

    /// <summary>The start of the hour of UTC.</summary>
    public static long HourOf(long time) => time - (time % MicrosecondsPerHour + MicrosecondsPerHour) % MicrosecondsPerHour;
}
