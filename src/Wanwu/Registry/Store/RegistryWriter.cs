using Microsoft.EntityFrameworkCore;

namespace Wanwu.Registry;

/// <summary>The one way to change the registry: a transaction of its own, numbered, and in <see cref="ThingDirectory"/> before the answer.</summary>
/// <remarks>SQLite has one writer at a time: changes of this process queue here rather than at the file.</remarks>
internal sealed class RegistryWriter(IDbContextFactory<RegistryDb> contexts, RegistryFeed feed) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Runs <paramref name="change"/>, which edits rows and says what came of it; edited rows are saved, or nothing is when it throws.</summary>
    public async Task<T> WriteAsync<T>(Func<RegistryDb, Task<T>> change, CancellationToken stop)
    {
        T result;
        await _turn.WaitAsync(stop);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(stop);
            // SQLite begins with its write lock taken, so what the change reads still holds when it is saved.
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            result = await change(db);
            if (!db.ChangeTracker.HasChanges()) return result;

            await NumberAsync(db, stop);
            await db.SaveChangesAsync(stop);
            await transaction.CommitAsync(stop);
        }
        finally
        {
            _turn.Release();
        }
        // It is done, whether the caller still listens or not.
        await feed.CatchUpAsync(CancellationToken.None);
        return result;
    }

    private static async Task NumberAsync(RegistryDb db, CancellationToken stop)
    {
        ISequenced[] changed =
        [
            .. db.ChangeTracker.Entries<ISequenced>().Where(entry => entry.State is EntityState.Added or EntityState.Modified).Select(entry => entry.Entity),
        ];
        if (changed.Length == 0) return;
        var counter = await db.Counters.SingleAsync(stop);
        counter.Last++;
        foreach (var row in changed) row.Sequence = counter.Last;
    }

    public void Dispose() => _turn.Dispose();
}
