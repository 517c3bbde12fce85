namespace Wanwu.Telemetry.Log;

/// <summary>A part of the server that keeps records of its own in the log, so that one flush serves it and the observations: the sessions of clients.</summary>
/// <remarks>
/// The store's loader steps over its records. It keeps snapshots of what its records amount to; a start reads the newest and then the log from there on.
/// <see cref="ICommitWaiter.OnBatch"/> is called for every batch that has records of its own and for every one that failed, before anybody else is told.
/// </remarks>
internal interface ILogJournal : ICommitWaiter
{
    /// <summary>Reads the newest snapshot that is whole. The answer is the position from which it wants the log.</summary>
    /// <param name="damage">Takes what was found damaged.</param>
    long Begin(List<LogDamage> damage);

    /// <summary>A record at or behind that position, of whatever type.</summary>
    /// <param name="damage">As for <see cref="Begin"/>.</param>
    void Replay(in LogRecord record, List<LogDamage> damage);

    /// <summary>The log has been read to its end; from here on records may be appended.</summary>
    void Replayed(long end);

    /// <summary>Position from which the log must be kept.</summary>
    long NeededFrom { get; }

    /// <summary>Writes what makes the next start quick. The log still takes records.</summary>
    Task CloseAsync();
}
