using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Retention;

/// <summary>How retention works; what is kept how long, its policies say. Section <c>Telemetry:Retention</c>.</summary>
public sealed record RetentionOptions
{
    /// <summary>How long a change of a policy waits before data expire by it, in hours: time to think again, for what has expired is gone. 0 takes effect at once.</summary>
    [Range(0, 8_760)] public int GraceHours { get; init; } = 24;

    /// <summary>How many days observations that have expired may lie in a file with others that have not. A file is written anew without them sooner when they are a quarter of it.</summary>
    [Range(1, 366)] public int RewriteAfterDays { get; init; } = 31;
}
