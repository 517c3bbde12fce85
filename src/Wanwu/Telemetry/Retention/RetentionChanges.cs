using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

internal enum RetentionOutcome : byte
{
    Created,
    Changed,
    /// <summary>It says already what was asked for.</summary>
    Same,
    NotFound,
    /// <summary>Another revision is there than the one the caller has read.</summary>
    Stale,
    /// <summary>Another policy names the same class, and neither would stand before the other.</summary>
    Taken,
    /// <summary>There are as many as there may be.</summary>
    Full,
}

/// <summary>Makes and ends policies, places and lifts holds. Every version is kept, with who made it.</summary>
/// <remarks>Between two steps of an expiry: once a hold is answered for, nothing under it goes.</remarks>
internal sealed class RetentionChanges(RegistryWriter writer, RetentionBook book, Compaction compaction, IOptions<RetentionOptions> options, TimeProvider clock)
{
    public const int MostPolicies = 500, MostHolds = 1_000;

    /// <summary>Gives the policy a new version, which holds when the time to think again has passed; what waited before is cancelled by it.</summary>
    /// <param name="policy">What it is to say; null to end it.</param>
    /// <param name="revision">The revision the caller has read, or null to change whatever is there; 0 to create only.</param>
    public Task<RetentionOutcome> PutAsync(string id, RetentionPolicy? policy, int? revision, string by, CancellationToken stop) => ChangeAsync(async (db, now) =>
    {
        var row = await FindAsync(db, id, stop);
        var entry = row is null ? null : RetentionBook.EntryOf(row, now);
        var isThere = entry is { Policy: not null } or { Pending.Policy: not null };
        if (revision is { } read && read != (isThere ? row!.Revision : 0)) return RetentionOutcome.Stale;
        var known = book.Current.Policies.Where(other => other.Id != id).ToList();
        if (policy is null)
        {
            if (!isThere) return RetentionOutcome.NotFound;
            if (entry!.Policy is null) return Cancel(row!, now, by);
        }
        else
        {
            if (!isThere && known.Count >= MostPolicies) return RetentionOutcome.Full;
            if (known.Exists(other => other.AsOf(now) is var one && (one.Policy?.IsSameClass(policy) == true || one.Pending?.Policy?.IsSameClass(policy) == true))) return RetentionOutcome.Taken;
            if (entry is not null && policy == (entry.Pending is { } waiting ? waiting.Policy : entry.Policy)) return RetentionOutcome.Same;
        }
        Cancel(row, now, by);
        if (row is null) db.Add(row = new RetentionPolicyRow { Id = id });
        row.Revision++;
        row.Versions.Add(new RetentionPolicyVersionRow
        {
            PolicyId = id, Version = row.Versions.Count + 1, Json = policy is null ? null : RetentionDocument.Write(policy), Made = now, MadeBy = by,
            Effective = new Timestamp(now.Microseconds + options.Value.GraceHours * 3_600_000_000L),
        });
        return isThere ? RetentionOutcome.Changed : RetentionOutcome.Created;
    }, stop);

    /// <summary>Takes back a change that waits.</summary>
    public Task<RetentionOutcome> CancelAsync(string id, int? revision, string by, CancellationToken stop) => ChangeAsync(async (db, now) =>
    {
        var row = await FindAsync(db, id, stop);
        if (row is null) return RetentionOutcome.NotFound;
        return revision is { } read && read != row.Revision ? RetentionOutcome.Stale : Cancel(row, now, by);
    }, stop);

    private static Task<RetentionPolicyRow?> FindAsync(RegistryDb db, string id, CancellationToken stop) =>
        db.Set<RetentionPolicyRow>().Include(row => row.Versions).SingleOrDefaultAsync(row => row.Id == id, stop);

    private static RetentionOutcome Cancel(RetentionPolicyRow? row, Timestamp now, string by)
    {
        var waiting = row?.Versions.Where(version => version.Cancelled is null && version.Effective > now).ToList() ?? [];
        foreach (var version in waiting) (version.Cancelled, version.CancelledBy) = (now, by);
        if (waiting.Count == 0) return RetentionOutcome.NotFound;
        row!.Revision++;
        return RetentionOutcome.Changed;
    }

    /// <returns>Full, or Created: from now on nothing it names expires.</returns>
    public Task<RetentionOutcome> PlaceAsync(LegalHold hold, CancellationToken stop) => ChangeAsync(async (db, _) =>
    {
        if (await db.Set<LegalHoldRow>().CountAsync(row => row.Lifted == null, stop) >= MostHolds) return RetentionOutcome.Full;
        db.Add(new LegalHoldRow { Id = hold.Id, Json = RetentionDocument.Write(hold), Placed = hold.Placed, PlacedBy = hold.PlacedBy });
        return RetentionOutcome.Created;
    }, stop);

    public Task<RetentionOutcome> LiftAsync(string id, string by, string reason, CancellationToken stop) => ChangeAsync(async (db, now) =>
    {
        var row = await db.Set<LegalHoldRow>().SingleOrDefaultAsync(one => one.Id == id, stop);
        if (row is null) return RetentionOutcome.NotFound;
        if (row.Lifted is not null) return RetentionOutcome.Same;
        (row.Lifted, row.LiftedBy, row.LiftReason) = (now, by, reason);
        return RetentionOutcome.Changed;
    }, stop);

    private async Task<RetentionOutcome> ChangeAsync(Func<RegistryDb, Timestamp, Task<RetentionOutcome>> change, CancellationToken stop)
    {
        using (await compaction.PauseAsync(stop))
        {
            var now = Timestamp.Now(clock);
            var outcome = await writer.WriteAsync(db => change(db, now), stop);
            // It is written, whether the caller still listens or not.
            await book.ReadAsync(now, CancellationToken.None);
            return outcome;
        }
    }
}
