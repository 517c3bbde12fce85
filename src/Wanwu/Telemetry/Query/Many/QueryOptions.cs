using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Questions about many series (<c>/api/v1/observations</c>). Section <c>Telemetry:Query</c>.</summary>
public sealed record QueryOptions
{
    /// <summary>How many series one question may be about.</summary>
    [Range(1, 10_000_000)] public int MaxSeries { get; init; } = 50_000;

    /// <summary>How many rows one answer may have. A longer one is given in parts, by limit and cursor.</summary>
    [Range(1_000, 10_000_000_000)] public long MaxRows { get; init; } = 100_000_000;

    /// <summary>How long the store may work on one portion of an answer, in seconds, waiting for its turn included. An answer that has one portion, as most aggregates have, is complete within that time.</summary>
    [Range(1, 86_400)] public int DeadlineSeconds { get; init; } = 60;

    /// <summary>How long a whole answer may take to be sent, in seconds.</summary>
    [Range(1, 604_800)] public int AnswerSeconds { get; init; } = 3_600;

    /// <summary>How many of these questions the store works on at once, beside those about single series; each has a thread of its own, at a lower priority than what takes in and loads observations.</summary>
    [Range(1, 64)] public int Concurrent { get; init; } = 2;

    /// <summary>How many of them one caller may have under way or waiting; further ones are answered 429. Turns go round among callers.</summary>
    [Range(1, 10_000)] public int PerCaller { get; init; } = 8;

    /// <summary>How many may be under way or waiting in all; further ones are answered 503.</summary>
    [Range(1, 100_000)] public int Waiting { get; init; } = 256;

    /// <summary>How many sums of single series and buckets may be put together to lines in memory; the store does it where there are more.</summary>
    internal long MostBySeries { get; set; } = 200_000;
}
