namespace Wanwu.Telemetry.Erasure;

/// <summary>In which order places are gone through: what a row is made of again, or feeds, comes after it.</summary>
internal enum ErasureTurn
{
    /// <summary>Rows, and what is summed up of them.</summary>
    Rows,
    /// <summary>What waits, or was handed in, beside them.</summary>
    Beside,
    /// <summary>Bytes that no row stands for any more.</summary>
    Bytes,
}

/// <summary>A place where the server keeps values: it counts what an order takes there, and takes it out.</summary>
/// <remarks>Both may be called again at any time: what is gone already is passed over, and what a crash cut off is taken up.</remarks>
internal interface IErasurePlace
{
    ErasureTurn Turn { get; }

    Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop);

    /// <exception cref="ErasureHeldException">Something must be put right first.</exception>
    Task EraseAsync(ErasureSubject subject, CancellationToken stop);
}

/// <summary>An order cannot be carried out at present: why, and what may be done about it.</summary>
internal sealed class ErasureHeldException(string why) : Exception(why);

/// <summary>Where tests stand in for a crash at each step of an erasure.</summary>
internal sealed class ErasureFaults
{
    public Action<ErasureStep>? At { get; set; }
}

internal enum ErasureStep
{
    /// <summary>The order is on disk, and nobody knows.</summary>
    Ordered,
    Settled,
    /// <summary>A file without the rows is written, and not named yet.</summary>
    FileWritten,
    BeforeCommit,
    AfterCommit,
    HotErased,
    KeptErased,
    BesideErased,
    /// <summary>The store's new file is written, and not in place yet.</summary>
    StoreCopied,
    StoreRenewed,
    /// <summary>A segment without the values is written, and not in place yet.</summary>
    SegmentWritten,
    LogErased,
    Verified,
    /// <summary>The store knows that it is done, the order does not yet.</summary>
    Noted,
}
