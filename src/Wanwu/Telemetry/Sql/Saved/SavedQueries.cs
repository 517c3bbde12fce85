using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql.Saved;

/// <summary>What somebody wants to keep.</summary>
/// <param name="Parameters">A JSON object.</param>
internal sealed record QueryDraft(string Name, string Text, string Parameters, string? Zone, bool IsShared)
{
    public const int MaxName = 120;
}

/// <param name="Mine">Whether the asker may change it.</param>
internal sealed record SavedQuery(string Id, string Name, string Text, string Parameters, string? Zone, bool IsShared, string Owner, bool Mine, int Revision, Timestamp Changed);

internal enum SaveOutcome : byte
{
    Saved,
    NotFound,
    /// <summary>It is somebody else's.</summary>
    NotYours,
    /// <summary>It has changed since it was read.</summary>
    Stale,
    /// <summary>The owner has as many as there may be.</summary>
    Full,
}

/// <summary>Queries that people and programs keep: for themselves, or shared with all that may ask in SQL. A query holds no data; whoever runs it sees what they may see.</summary>
internal sealed class SavedQueries(RegistryWriter writer, IDbContextFactory<RegistryDb> contexts, TimeProvider clock)
{
    /// <summary>One owner may keep no more.</summary>
    public const int Most = 200;

    /// <summary>The caller's own and those that are shared, by name.</summary>
    public async Task<IReadOnlyList<SavedQuery>> ListAsync(Caller caller, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var rows = await db.Set<SavedQueryRow>().AsNoTracking().Where(row => row.IsShared || (row.OwnerKind == caller.Kind && row.Owner == caller.Name)).ToListAsync(stop);
        return [.. rows.Select(row => Of(row, caller)).OrderBy(query => query.Name, StringComparer.CurrentCultureIgnoreCase)];
    }

    public async Task<SavedQuery?> FindAsync(string id, Caller caller, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var row = await db.Set<SavedQueryRow>().AsNoTracking().SingleOrDefaultAsync(known => known.Id == id, stop);
        return row is not null && (row.IsShared || IsOwner(row, caller)) ? Of(row, caller) : null;
    }

    /// <returns>The id of the new query, or why there is none.</returns>
    public Task<(SaveOutcome Outcome, string? Id)> CreateAsync(QueryDraft draft, Caller caller, CancellationToken stop) =>
        writer.WriteAsync<(SaveOutcome, string?)>(async db =>
        {
            if (await db.Set<SavedQueryRow>().CountAsync(row => row.OwnerKind == caller.Kind && row.Owner == caller.Name, stop) >= Most) return (SaveOutcome.Full, null);
            var now = Timestamp.Now(clock);
            var row = new SavedQueryRow
            {
                Id = ThingId.New(clock).ToString(), Name = draft.Name, Text = draft.Text, Parameters = draft.Parameters, Zone = draft.Zone, IsShared = draft.IsShared,
                OwnerKind = caller.Kind, Owner = caller.Name, Revision = 1, Created = now, Changed = now,
            };
            db.Add(row);
            return (SaveOutcome.Saved, row.Id);
        }, stop);

    /// <param name="revision">The revision the caller has read; null to change whatever is there.</param>
    public Task<SaveOutcome> ChangeAsync(string id, QueryDraft draft, int? revision, Caller caller, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var (row, outcome) = await OwnAsync(db, id, revision, caller, stop);
            if (row is null) return outcome;
            (row.Name, row.Text, row.Parameters, row.Zone, row.IsShared) = (draft.Name, draft.Text, draft.Parameters, draft.Zone, draft.IsShared);
            (row.Revision, row.Changed) = (row.Revision + 1, Timestamp.Now(clock));
            return SaveOutcome.Saved;
        }, stop);

    public Task<SaveOutcome> RemoveAsync(string id, int? revision, Caller caller, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var (row, outcome) = await OwnAsync(db, id, revision, caller, stop);
            if (row is null) return outcome;
            db.Remove(row);
            return SaveOutcome.Saved;
        }, stop);

    private static async Task<(SavedQueryRow? Row, SaveOutcome Outcome)> OwnAsync(RegistryDb db, string id, int? revision, Caller caller, CancellationToken stop)
    {
        var row = await db.Set<SavedQueryRow>().SingleOrDefaultAsync(known => known.Id == id, stop);
        if (row is null) return (null, SaveOutcome.NotFound);
        if (!IsOwner(row, caller)) return (null, row.IsShared ? SaveOutcome.NotYours : SaveOutcome.NotFound);
        return revision is { } read && read != row.Revision ? (null, SaveOutcome.Stale) : (row, SaveOutcome.Saved);
    }

    private static bool IsOwner(SavedQueryRow row, Caller caller) => row.OwnerKind == caller.Kind && row.Owner == caller.Name;

    private static SavedQuery Of(SavedQueryRow row, Caller caller) =>
        new(row.Id, row.Name, row.Text, row.Parameters, row.Zone, row.IsShared, row.Owner, IsOwner(row, caller), row.Revision, row.Changed);
}
