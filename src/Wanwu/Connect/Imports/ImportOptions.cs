using System.ComponentModel.DataAnnotations;

namespace Wanwu.Connect.Imports;

/// <summary>Bringing in history from files. Section <c>Connect:Imports</c>.</summary>
public sealed record ImportOptions
{
    /// <summary>Largest file that is taken, in MiB; for a Parquet file also what it may become when it is unpacked.</summary>
    [Range(1, 1_048_576)] public int MaxMegabytes { get; init; } = 4_096;

    /// <summary>How many imports are kept, with their files. When there are as many, the one that ended first makes room.</summary>
    [Range(1, 10_000)] public int MaxKept { get; init; } = 50;

    /// <summary>Memory a dry run, or the reading of a Parquet file, may use, in MiB.</summary>
    [Range(32, 65_536)] public int MemoryMegabytes { get; init; } = 128;
}
