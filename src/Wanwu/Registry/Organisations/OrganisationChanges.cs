using Microsoft.EntityFrameworkCore;
using Wanwu.Things;

namespace Wanwu.Registry.Organisations;

internal enum OrganisationOutcome : byte
{
    Done,
    NotFound,
    /// <summary>It, or where it is to go, is not within what the caller administers.</summary>
    NotAllowed,
    /// <summary>The organisation has changed since the caller read it.</summary>
    Stale,
    /// <summary>The request contradicts what the registry knows; the faults say where.</summary>
    Refused,
    /// <summary>There is one of that id or credit code already; or something hangs on the one that is to go.</summary>
    Conflict,
}

/// <param name="Faults">By member, when refused or in conflict.</param>
internal sealed record OrganisationResult(OrganisationOutcome Outcome, FieldFaults? Faults = null)
{
    public static readonly OrganisationResult Done = new(OrganisationOutcome.Done);

    public static OrganisationResult Fault(OrganisationOutcome outcome, string member, string fault)
    {
        var faults = new FieldFaults();
        faults.Add(member, fault);
        return new OrganisationResult(outcome, faults);
    }
}

/// <summary>Creates, changes, moves and removes organisations.</summary>
/// <remarks>What a change refers to is read inside its transaction: two processes may be at it at once, so memory does not suffice.</remarks>
internal sealed class OrganisationChanges(RegistryWriter writer, IEnumerable<IOrganisationUse> uses, TimeProvider clock)
{
    public const int Most = 50_000;

    /// <param name="reach">What the caller may shape; null on the command line, whose user owns the server's data anyhow.</param>
    public Task<OrganisationResult> CreateAsync(string id, OrganisationDraft draft, OrganisationReach? reach, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            if (reach?.Has(draft.Parent.Value) == false) return OrganisationResult.Fault(OrganisationOutcome.NotAllowed, "parent", "Only an administrator over it may make organisations there.");
            var row = await db.Set<OrganisationRow>().SingleOrDefaultAsync(known => known.Id == id, stop);
            if (row is { IsRemoved: false }) return OrganisationResult.Fault(OrganisationOutcome.Conflict, "id", $"There is an organisation '{ThingRules.Short(id)}' already.");
            if (await db.Set<OrganisationRow>().CountAsync(known => !known.IsRemoved, stop) >= Most)
                return OrganisationResult.Fault(OrganisationOutcome.Conflict, "", $"There are {Most} organisations already, which is as many as there may be.");
            if (row is null) db.Add(row = new OrganisationRow { Id = id, Created = Timestamp.Now(clock) });
            else (row.IsRemoved, row.NameHant, row.NameHans, row.NameEn, row.ParentId, row.Uscc, row.Sector) = (false, null, null, null, null, null, null);
            return await WriteAsync(db, row, draft, reach, stop);
        }, stop);

    /// <summary>Changes what the draft sets; a new parent moves the organisation with all that hangs on it.</summary>
    /// <param name="revision">The revision the caller has read, or null to change whatever is there.</param>
    public Task<OrganisationResult> ChangeAsync(string id, OrganisationDraft draft, int? revision, OrganisationReach? reach, CancellationToken stop) =>
        ChangeAsync(id, revision, async (db, row) =>
        {
            var isMove = draft.Parent.IsSet && draft.Parent.Value != row.ParentId;
            if (reach?.Has(id) == false || (isMove && !(reach?.Has(row.ParentId) != false && reach?.Has(draft.Parent.Value) != false))) return NotAllowed;
            return await WriteAsync(db, row, draft, reach, stop);
        }, stop);

    /// <summary>Takes an organisation away, unless something hangs on it.</summary>
    public Task<OrganisationResult> RemoveAsync(string id, int? revision, OrganisationReach? reach, CancellationToken stop) =>
        ChangeAsync(id, revision, async (db, row) =>
        {
            if (reach?.Has(row.ParentId) == false) return NotAllowed;
            var below = await db.Set<OrganisationRow>().CountAsync(child => child.ParentId == id && !child.IsRemoved, stop);
            var things = await db.Things.CountAsync(thing => thing.Organisation == id, stop);
            if (below > 0) return OrganisationResult.Fault(OrganisationOutcome.Conflict, "", $"Organisations below it: {below}. Move or remove them first.");
            if (things > 0) return OrganisationResult.Fault(OrganisationOutcome.Conflict, "", $"Things of it, retired ones included: {things}. Give them to another organisation first.");
            foreach (var use in uses)
                if (await use.FaultOfRemovingAsync(db, id, stop) is { } fault) return OrganisationResult.Fault(OrganisationOutcome.Conflict, "", fault);
            (row.IsRemoved, row.ParentId) = (true, null);
            Touch(row);
            return OrganisationResult.Done;
        }, stop);

    private Task<OrganisationResult> ChangeAsync(string id, int? revision, Func<RegistryDb, OrganisationRow, Task<OrganisationResult>> change, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var row = await db.Set<OrganisationRow>().SingleOrDefaultAsync(known => known.Id == id && !known.IsRemoved, stop);
            if (row is null) return new OrganisationResult(OrganisationOutcome.NotFound);
            if (revision is { } read && read != row.Revision) return new OrganisationResult(OrganisationOutcome.Stale);
            return await change(db, row);
        }, stop);

    private static readonly OrganisationResult NotAllowed = new(OrganisationOutcome.NotAllowed);

    private async Task<OrganisationResult> WriteAsync(RegistryDb db, OrganisationRow row, OrganisationDraft draft, OrganisationReach? reach, CancellationToken stop)
    {
        var faults = new FieldFaults();
        row.NameHant = draft.NameHant.Or(row.NameHant);
        row.NameHans = draft.NameHans.Or(row.NameHans);
        row.NameEn = draft.NameEn.Or(row.NameEn);
        if ((row.NameHant ?? row.NameHans ?? row.NameEn) is null) faults.Add("name", "An organisation needs a name in at least one language.");
        row.Uscc = draft.Uscc.Or(row.Uscc);
        row.Sector = draft.Sector.Or(row.Sector);
        if (draft.Parent.IsSet && draft.Parent.Value != row.ParentId)
        {
            if (await FaultOfMoveAsync(db, row, draft.Parent.Value, stop) is { } fault) faults.Add("parent", fault);
            row.ParentId = draft.Parent.Value;
        }
        var outcome = faults.IsEmpty ? OrganisationOutcome.Done : OrganisationOutcome.Refused;
        if (faults.IsEmpty && row.Uscc is { } uscc
            && await db.Set<OrganisationRow>().AsNoTracking().FirstOrDefaultAsync(other => other.Uscc == uscc && other.Id != row.Id && !other.IsRemoved, stop) is { } bearer)
        {
            outcome = OrganisationOutcome.Conflict;
            faults.Add("uscc", reach?.Has(bearer.Id) == false ? $"{uscc} is the credit code of another organisation." : $"{uscc} is the credit code of the organisation '{ThingRules.Short(bearer.Id)}'.");
        }
        if (outcome == OrganisationOutcome.Done && db.ChangeTracker.HasChanges()) Touch(row);
        if (outcome != OrganisationOutcome.Done) db.ChangeTracker.Clear();
        return new OrganisationResult(outcome, faults);
    }

    private async Task<string?> FaultOfMoveAsync(RegistryDb db, OrganisationRow row, string? parent, CancellationToken stop)
    {
        var kept = parent is null ? [] : await BranchUpAsync(db, parent, stop);
        if (parent is not null && FaultOfParent(row.Id, parent, kept) is { } fault) return fault;
        if (row.ParentId is not { } before) return null;
        var left = (await BranchUpAsync(db, before, stop)).Except(kept).ToHashSet();
        string[] all = [row.Id, .. kept];
        return uses.Select(use => use.FaultOfMoving(left, all)).FirstOrDefault(told => told is not null);
    }

    /// <summary>The organisation and all above it; none when it is not there.</summary>
    private static Task<List<string>> BranchUpAsync(RegistryDb db, string organisation, CancellationToken stop) =>
        // UNION ends at what it has seen, whatever the table holds.
        db.Database.SqlQuery<string>($"""
            WITH RECURSIVE above (Id, ParentId) AS (
                SELECT Id, ParentId FROM Organisations WHERE Id = {organisation} AND NOT IsRemoved
                UNION SELECT o.Id, o.ParentId FROM Organisations o JOIN above ON o.Id = above.ParentId)
            SELECT Id AS Value FROM above
            """).ToListAsync(stop);

    private static string? FaultOfParent(string id, string parent, List<string> above)
    {
        if (above.Count == 0) return $"There is no organisation '{ThingRules.Short(parent)}'.";
        return above.Contains(id)
            ? $"'{ThingRules.Short(parent)}' is '{ThingRules.Short(id)}' itself or lies below it: an organisation cannot come to lie within itself."
            : null;
    }

    private void Touch(OrganisationRow row)
    {
        row.Revision++;
        row.Changed = Timestamp.Now(clock);
    }
}
