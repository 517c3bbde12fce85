using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>What one message of a protocol became. Built in a reusable buffer and handed to <see cref="ObservationLog.Append"/> whole.</summary>
internal ref struct MessageRecord
{
    /// <summary>Short lower-case name of the protocol, e.g. <c>mqtt</c>; at most 32 ASCII characters. Interned: one string object per protocol.</summary>
    public required string Protocol;
    /// <summary>The thing the message is about.</summary>
    public ThingId Thing;
    public Timestamp Received;
    /// <summary>0, or a hash of what makes a resend recognisable (client, packet, payload): see <see cref="ObservationLog.SeenOrigin"/>.</summary>
    public ulong Origin;
    public ReadOnlySpan<Observation> Observations;
    public ReadOnlySpan<Refusal> Refusals;
    /// <summary>What the journal must read back with the message, and never without it: the payload of a <see cref="Log.RecordType.Receipt"/>. Empty: nothing.</summary>
    public ReadOnlySpan<byte> Receipt;
    /// <summary>Who puts these observations right and what was there, in their order; null for what is reported.</summary>
    public Corrections.CorrectionNote? Correction;
    /// <summary>The sender's place among those who wait for room; null if it never had to.</summary>
    public Log.SenderPlace? Place;
}

internal enum AppendOutcome
{
    /// <summary>The message is part of the batch named; it counts once that batch is committed.</summary>
    Appended,
    /// <summary>Too much is waiting for the disk or the store: wait for room, and do not read on from the sender meanwhile.</summary>
    Full,
    /// <summary>The disk takes nothing at present: refuse, do not acknowledge. <see cref="ObservationLog.State"/> says why.</summary>
    NoRoom,
}

/// <param name="Batch">The batch that carries the message, if it was appended.</param>
internal readonly record struct AppendResult(AppendOutcome Outcome, long Batch);

internal enum CommitOutcome
{
    /// <summary>On disk: acknowledge.</summary>
    Committed,
    /// <summary>Not on disk and not going to be: do not acknowledge.</summary>
    Failed,
}

/// <summary>Someone who waits for batches to be on disk, typically a connection.</summary>
internal interface ICommitWaiter
{
    /// <summary>Called on the committer's thread, once for each batch the waiter appended to, in order of batches. Must only mark and signal.</summary>
    void OnBatch(long batch, CommitOutcome outcome);
}

/// <summary>Whether the log takes messages.</summary>
/// <param name="IsOpen">False: the disk takes nothing; <paramref name="Reason"/> says why.</param>
/// <param name="StoreProblem">Set while the store behind the log cannot be written; nothing is lost, but history lags and the log will fill.</param>
internal sealed record LogState(bool IsOpen, string? Reason, string? StoreProblem)
{
    public static readonly LogState Open = new(true, null, null);
}
