using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Sql;

/// <summary>SQL of people and programs over what they may see. Section <c>Telemetry:Sql</c>.</summary>
public sealed record SqlOptions
{
    /// <summary>How long a query may take, in seconds, the wait for its turn included; then it is interrupted.</summary>
    [Range(1, 3_600)] public int TimeoutSeconds { get; init; } = 30;

    /// <summary>How many rows an answer may have at most; a query that asks for none in particular gets up to 1,000.</summary>
    [Range(1, 10_000_000)] public int MaxRows { get; init; } = 100_000;

    /// <summary>How large an answer may become, in MiB; it is cut there, and says so.</summary>
    [Range(1, 1_024)] public int ResultMegabytes { get; init; } = 32;

    /// <summary>How many queries run at once; further ones wait their turn.</summary>
    [Range(1, 64)] public int ConcurrentQueries { get; init; } = 2;

    /// <summary>How many queries of one caller may run or wait at once; a further one is refused.</summary>
    [Range(1, 64)] public int QueriesPerCaller { get; init; } = 2;
}
