using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>The rules in use, in memory. Read at the start, and replaced whole by <see cref="RetentionChanges"/>, the one way to change them.</summary>
internal sealed class RetentionBook(IDbContextFactory<RegistryDb> contexts)
{
    private RetentionRules _current = RetentionRules.None;

    public RetentionRules Current => Volatile.Read(ref _current);

    internal void Apply(RetentionRules rules) => Volatile.Write(ref _current, rules);

    /// <summary>Takes over what the registry has.</summary>
    public async Task ReadAsync(Timestamp now, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var policies = await db.Set<RetentionPolicyRow>().AsNoTracking().Include(row => row.Versions).OrderBy(row => row.Id).ToListAsync(stop);
        var holds = await db.Set<LegalHoldRow>().AsNoTracking().OrderBy(row => row.Id).ToListAsync(stop);
        Apply(new RetentionRules(
            [.. policies.Select(row => EntryOf(row, now)).Where(entry => entry.Policy is not null || entry.Pending is not null)], [.. holds.Select(RetentionDocument.ParseHold)]));
    }

    internal static PolicyEntry EntryOf(RetentionPolicyRow row, Timestamp now)
    {
        var standing = row.Versions.Where(version => version.Cancelled is null).OrderBy(version => version.Version).ToList();
        var holds = standing.LastOrDefault(version => version.Effective <= now);
        var next = standing.LastOrDefault(version => version.Effective > now);
        return new PolicyEntry(row.Id, row.Revision, row.Versions.Max(version => version.Made), PolicyOf(holds),
            next is null ? null : new PendingChange(PolicyOf(next), next.Effective, next.MadeBy));
    }

    private static RetentionPolicy? PolicyOf(RetentionPolicyVersionRow? version) => version?.Json is { } json ? RetentionDocument.ParsePolicy(version.PolicyId, json) : null;
}
