using Wanwu.Telemetry.Backup;

namespace Wanwu.Telemetry.Erasure;

/// <summary>The store's file: a row that is deleted stays in its blocks, and in those that are free, until others are written over it. A new file of the rows that are left takes its place.</summary>
/// <remarks>Loading is held up while it is written, acknowledgements are not: the log takes messages meanwhile.</remarks>
internal sealed class StoreErasure(ErasureRooms rooms) : IErasurePlace
{
    public ErasureTurn Turn => ErasureTurn.Bytes;

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => Task.FromResult<IReadOnlyList<ErasedCount>>([]);

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        using (await rooms.Compaction.PauseAsync(stop))
            await Task.Run(() => rooms.Store.Loader.Pause((_, _) => rooms.Database.Renew(to => StoreCopy.Make(rooms.Database, to, stop), () => rooms.Faults.At?.Invoke(ErasureStep.StoreCopied))), stop);
        rooms.Faults.At?.Invoke(ErasureStep.StoreRenewed);
    }
}
