using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Wanwu.Security.Audit;

namespace Wanwu.Registry;

/// <summary>The one way to change the registry: a transaction of its own, numbered, on the audit trail before it is committed, and in <see cref="ThingDirectory"/> before the answer.</summary>
/// <remarks>SQLite has one writer at a time: changes of this process queue here rather than at the file.</remarks>
internal sealed class RegistryWriter(IDbContextFactory<RegistryDb> contexts, RegistryFeed feed, AuditTrail audit) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="AuditUnavailableException">The change cannot be recorded; nothing was changed.</exception>
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
            var records = RegistryRecords.Of(db.ChangeTracker);
            await db.SaveChangesAsync(stop);
            // Recorded first: what is changed is never without a record.
            await audit.AppendAsync(records);
            await CommitAsync(transaction, records);
        }
        finally
        {
            _turn.Release();
        }
        // It is done, whether the caller still listens or not.
        await feed.LookAsync(CancellationToken.None);
        return result;
    }

    /// <summary>As <see cref="WriteAsync"/>, for what is decided by what is in memory: all that was changed before is there when <paramref name="change"/> is asked, and nothing changes meanwhile.</summary>
    /// <inheritdoc cref="WriteAsync" path="/exception"/>
    public Task<T> DecideAsync<T>(Func<RegistryDb, Task<T>> change, CancellationToken stop) => WriteAsync(async db =>
    {
        await feed.LookAsync(stop);
        return await change(db);
    }, stop);

    private async Task CommitAsync(IDbContextTransaction transaction, List<AuditEvent> records)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            foreach (var record in records) audit.Note(record with { Outcome = AuditResult.Failed, Reason = "the change was recorded and then not committed", Changes = null });
            throw;
        }
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
