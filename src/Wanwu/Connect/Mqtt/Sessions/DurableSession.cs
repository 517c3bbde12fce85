using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>What a session that outlives its connection writes into the log.</summary>
internal sealed class DurableSession(long number, Journal journal, ClientSession session) : ISessionJournal
{
    private long _last;

    public long Number => number;
    public Journal Journal => journal;

    public void Done(long delivery) => journal.Append(RecordType.Acknowledged, PayloadWriter.Mine.Int64(number).Int64(delivery).Byte(0), null);

    public long Received(long delivery) => Promise(RecordType.Acknowledged, PayloadWriter.Mine.Int64(number).Int64(delivery).Byte(1));

    public long Released(ushort packetId) => Promise(RecordType.Released, PayloadWriter.Mine.Int64(number).UInt16(packetId));

    public long Behind() => IsSettled ? 0 : Promise(RecordType.Barrier, PayloadWriter.Mine);

    /// <summary>The last batch whose promises may be told.</summary>
    public long Kept => Math.Min(journal.CommittedBatch, Volatile.Read(ref _last));

    /// <summary>Whether everything the client was, or is to be, promised is on disk.</summary>
    public bool IsSettled => journal.IsCommitted(Volatile.Read(ref _last));

    public bool IsCommitted(long batch) => journal.IsCommitted(batch);

    public bool TryAwait(long batch) => journal.TryAwait(session, batch);

    /// <summary>A batch that a later answer must not overtake.</summary>
    public void Note(long batch) => Volatile.Write(ref _last, batch);

    /// <summary>
    /// What the client must be told only once it is on disk. The connection is kicked then, and takes what is due. Where the disk takes nothing it is closed: the
    /// client comes back and asks again.
    /// </summary>
    public long Promise(RecordType type, PayloadWriter payload)
    {
        var result = journal.Append(type, payload, null);
        if (result.Outcome == AppendOutcome.Appended)
        {
            Note(result.Batch);
            // A batch that failed before it was noted cut nobody for it.
            if (!journal.Log.HasFailed(result.Batch)) return journal.TryAwait(session, result.Batch) ? result.Batch : 0;
        }
        Cut();
        return ISessionJournal.Refused;
    }

    /// <summary>A promise could not be kept: the client must not take it for kept.</summary>
    public void Cut() => session.Connection?.Cut(ReasonCode.QuotaExceeded, journal.Log.State.Reason ?? "the disk takes nothing at present");
}
