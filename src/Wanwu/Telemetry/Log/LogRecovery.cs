namespace Wanwu.Telemetry.Log;

internal enum LogDamageKind
{
    /// <summary>The end of the log was cut at the last whole record: what a power cut leaves of a batch nobody was told about.</summary>
    TornTail,
    /// <summary>Bytes in the middle that are no record; the whole ones around them were kept.</summary>
    Unreadable,
    /// <summary>The file's head is damaged; its records were kept as far as they prove themselves.</summary>
    Header,
    /// <summary>The log starts behind what the store has: files are missing.</summary>
    Missing,
    /// <summary>A record speaks of a series whose definition is not there.</summary>
    UnknownSeries,
    /// <summary>A snapshot of the sessions is damaged; the one before it was taken, or what the log has.</summary>
    Snapshot,
    /// <summary>A record of the sessions cannot be read.</summary>
    JournalRecord,
}

/// <param name="File">The segment file.</param>
/// <param name="Position">Position in the log, counted over all segments.</param>
/// <param name="Bytes">How many bytes are concerned.</param>
internal sealed record LogDamage(LogDamageKind Kind, string File, long Position, long Bytes);

/// <summary>What the last start found in the log: read by account, health and check.</summary>
internal sealed record LogRecovery(long StartPosition, long EndPosition, long RecordsReplayed, IReadOnlyList<LogDamage> Damage);
