using System.ComponentModel.DataAnnotations;

namespace Wanwu.Telemetry.Log;

/// <summary>The observation log: what is acknowledged lies here first. Section <c>Telemetry:Log</c>.</summary>
public sealed record LogOptions
{
    /// <summary>Size at which a segment file is closed and the next begun, in MiB.</summary>
    [Range(1, 1024)] public int SegmentMegabytes { get; init; } = 64;

    /// <summary>Room taken on disk ahead of writing, in MiB: a flush is cheaper where the file need not grow. Less is taken when the disk is nearly full.</summary>
    [Range(1, 64)] public int ReserveMegabytes { get; init; } = 8;

    /// <summary>What may wait for the disk, in MiB, before senders are held back.</summary>
    [Range(1, 1024)] public int MaxUnwrittenMegabytes { get; init; } = 4;

    /// <summary>What may be on disk in the log and not yet in the store, in MiB. From half of it on senders are let in by and by, the more slowly the less is left; none are while there is nothing left.</summary>
    [Range(1, 1024)] public int MaxUnloadedMegabytes { get; init; } = 32;

    /// <summary>How long a commit may wait for company when few messages arrive and commits follow each other closely, in milliseconds. 0 never waits.</summary>
    [Range(0, 5)] public int LingerMilliseconds { get; init; } = 1;

    /// <summary>How many messages are remembered to recognise a sender's repeated delivery after a lost connection or a crash.</summary>
    [Range(0, 4_194_304)] public int RememberedOrigins { get; init; } = 131_072;
}
