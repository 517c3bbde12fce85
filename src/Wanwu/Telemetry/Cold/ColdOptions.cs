using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Cold;

/// <summary>The cold tier: days that are over, as Parquet files. Section <c>Telemetry:Cold</c>.</summary>
public sealed record ColdOptions
{
    /// <summary>Whether days that are over become Parquet files. Files that are there are read either way.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>How long after its end a day (UTC) stays in the hot store, in hours: what comes late until then costs no rewriting.</summary>
    [Range(0, 8_760)] public int CloseAfterHours { get; init; } = 6;

    /// <summary>How often to look for days that are over and for late observations to take in, in minutes.</summary>
    [Range(1, 1_440)] public int LookEveryMinutes { get; init; } = 10;

    /// <summary>How long late observations may wait in the hot store before their file is written anew, in hours. Many of them are taken in sooner; queries find them at once either way.</summary>
    [Range(0, 8_760)] public int RewriteAfterHours { get; init; } = 24;

    /// <summary>How many thousand rows a file holds at most, about; a day or month with more is cut into ranges of series.</summary>
    [Range(1, 1_000_000)] public int ThousandRowsPerFile { get; init; } = 4_000;

    /// <summary>Memory that writing a file may use, in MiB, apart from the store's. What sorting needs beyond it goes to a temporary file, and the disk is the log's, too.</summary>
    [Range(64, 65_536)] public int MemoryMegabytes { get; init; } = 224;

    /// <summary>Threads that sort and write files.</summary>
    [Range(1, 64)] public int Threads { get; init; } = 1;

    /// <summary>Set apart only where thousands are too many.</summary>
    internal long RowsPerFile
    {
        get => field == 0 ? ThousandRowsPerFile * 1_000L : field;
        init;
    }

    /// <summary>Fewer rows than that are read as fast as their rollups would be, which are not worth a file.</summary>
    internal long RollupsFromRows { get; init; } = 10_000;
}
