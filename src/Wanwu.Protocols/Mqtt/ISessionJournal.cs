namespace Wanwu.Protocols.Mqtt;

/// <summary>Where a session that outlives its connection writes down what becomes of its messages.</summary>
/// <remarks>
/// Called under the session's lock, so that what is written is in the order in which it happened. The answers are numbers of batches: what is to be sent
/// may leave once that batch is on disk. 0 waits for nothing; <see cref="Refused"/> never comes, because the disk takes nothing.
/// </remarks>
public interface ISessionJournal
{
    public const long Refused = long.MaxValue;

    /// <summary>The delivery is over: acknowledged, expired or dropped. Nobody waits for it.</summary>
    void Done(long delivery);

    /// <summary>The client has a message of QoS 2 and said so (PUBREC): it must never be sent again.</summary>
    long Received(long delivery);

    /// <summary>The client may use the packet identifier for another message (PUBREL).</summary>
    long Released(ushort packetId);

    /// <summary>A batch that is on disk only when everything written so far is; 0 when all of it is.</summary>
    long Behind();

    bool IsCommitted(long batch);

    /// <summary>Asks for a call of <see cref="MqttSession.Pump"/> when <paramref name="batch"/> is on disk. False when it is already.</summary>
    bool TryAwait(long batch);
}

/// <summary>Where in the log the record of a message lies: one for all its deliveries.</summary>
public sealed class Commitment
{
    private const long Unplaced = -1;
    private long _batch = Unplaced;

    /// <summary>The batch that carries the record. Meaningless until <see cref="IsPlaced"/>.</summary>
    public long Batch
    {
        get => Interlocked.Read(ref _batch);
        set => Interlocked.Exchange(ref _batch, value);
    }

    /// <summary>Whether the record was handed to the log.</summary>
    public bool IsPlaced => Batch != Unplaced;
}
