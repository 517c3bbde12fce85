using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Rollups of what is hot; those of cold files are made with the files. Section <c>Telemetry:Rollups</c>.</summary>
public sealed record RollupOptions
{
    /// <summary>Whether hours that are over are summed up while they are hot. Questions are answered exactly either way.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>How long after its end an hour is summed up, in minutes: what comes late until then costs nothing more.</summary>
    [Range(0, 1_440)] public int GraceMinutes { get; init; } = 5;

    /// <summary>How often to look for hours that are over and for those in which something came late, in seconds.</summary>
    [Range(5, 86_400)] public int LookEverySeconds { get; init; } = 60;
}
