using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Store;

/// <summary>The store of observations behind the log. Section <c>Telemetry:Store</c>.</summary>
public sealed record StoreOptions
{
    /// <summary>Memory the store may use for its buffers and queries, in MiB. What a query needs beyond it goes to a temporary file.</summary>
    [Range(64, 1_048_576)] public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Room on the disk for what queries cannot keep in memory, in MiB; a query that needs more fails.</summary>
    [Range(64, 16_777_216)] public int TemporaryMegabytes { get; init; } = 4_096;

    /// <summary>Threads the store may use for a query or a load. 0: one for every two processors, so that what comes in meanwhile is not held up.</summary>
    [Range(0, 256)] public int Threads { get; init; }

    /// <summary>How often the log is loaded into the store, in milliseconds. A query for history that needs what is not loaded yet does not wait for it.</summary>
    [Range(50, 60_000)] public int LoadEveryMilliseconds { get; init; } = 1_000;

    /// <summary>How many refused messages are kept with their bytes; the oldest go first.</summary>
    [Range(100, 10_000_000)] public int RefusalsKept { get; init; } = 100_000;

    /// <summary>How many queries may run at once; further ones wait their turn.</summary>
    [Range(1, 256)] public int ConcurrentQueries { get; init; } = 4;

    internal int ThreadCount => Threads > 0 ? Threads : Math.Max(1, Environment.ProcessorCount / 2);
}
