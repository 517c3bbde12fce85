using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

internal enum ThingOutcome : byte
{
    Done,
    NotFound,
    /// <summary>The thing has changed since the caller read it.</summary>
    Stale,
    /// <summary>The request contradicts what the registry knows; the faults say where.</summary>
    Refused,
    /// <summary>Another thing bears the identifier; or the step in its life is not allowed.</summary>
    Conflict,
}

/// <param name="Password">New credentials' password, shown this once.</param>
/// <param name="Faults">By member, when refused or in conflict.</param>
internal sealed record ThingResult(ThingOutcome Outcome, ThingId Id, string? Password = null, FieldFaults? Faults = null);

/// <summary>Creates, changes and retires things.</summary>
internal sealed class ThingChanges(RegistryWriter writer, TimeProvider clock)
{
    /// <summary>Creates things, each by itself: one that is refused does not hold up the others.</summary>
    /// <param name="drafts">Checked member by member; what must hold against the rest of the registry is checked here.</param>
    public Task<IReadOnlyList<ThingResult>> CreateAsync(IReadOnlyList<ThingDraft> drafts, CancellationToken stop) =>
        writer.WriteAsync<IReadOnlyList<ThingResult>>(async db =>
        {
            var known = await KnownThings.ReadAsync(db, drafts, null, stop);
            return [.. drafts.Select(draft => Create(db, draft, known))];
        }, stop);

    public async Task<ThingResult> CreateAsync(ThingDraft draft, CancellationToken stop) => (await CreateAsync([draft], stop))[0];

    /// <summary>Creates a thing together with something else: nothing is created where that is at fault.</summary>
    public Task<ThingResult> CreateAsync(ThingDraft draft, Func<RegistryDb, ThingRow, Task<FieldFaults?>> with, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var result = Create(db, draft, await KnownThings.ReadAsync(db, [draft], null, stop));
            if (result.Outcome != ThingOutcome.Done || await with(db, db.Things.Local.Single(row => row.Id == result.Id)) is not { } faults) return result;
            db.ChangeTracker.Clear();
            return new ThingResult(ThingOutcome.Refused, result.Id, Faults: faults);
        }, stop);

    /// <param name="revision">The revision the caller has read, or null to change whatever is there.</param>
    public Task<ThingResult> ChangeAsync(ThingId id, ThingDraft draft, int? revision, CancellationToken stop) =>
        ChangeAsync(id, revision, async (db, row) =>
        {
            var known = await KnownThings.ReadAsync(db, [draft], id, stop);
            var faults = new FieldFaults();
            var outcome = Apply(row, draft, known, faults);
            return new ThingResult(outcome, id, Faults: faults);
        }, stop);

    /// <summary>Ends a thing's life; done twice it is done once.</summary>
    public Task<ThingResult> RetireAsync(ThingId id, int? revision, CancellationToken stop) =>
        ChangeAsync(id, revision, (_, row) =>
        {
            Retire(row);
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id));
        }, stop);

    /// <summary>Gives a thing a new password; the old one holds besides for as long as the rotation says. One that was still holding besides the old one ends.</summary>
    public Task<ThingResult> RotateAsync(ThingId id, Rotation rotation, CancellationToken stop) =>
        ChangeAsync(id, null, (_, row) =>
        {
            if (row.Lifecycle == Lifecycle.Retired) return Task.FromResult(new ThingResult(ThingOutcome.Conflict, id, Faults: Fault("lifecycle", "The thing is retired.")));
            var overlaps = rotation.Overlap > TimeSpan.Zero && row.Secret is not null;
            row.FormerSecret = overlaps ? row.Secret : null;
            row.FormerEnds = overlaps ? Timestamp.From(clock.GetUtcNow() + rotation.Overlap) : null;
            row.FormerEndsAtUse = overlaps && rotation.EndsAtUse;
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id, GiveSecret(row)));
        }, stop);

    /// <summary>The former password ends now: the new one was used.</summary>
    /// <param name="used">The secret that was used; nothing happens if it has been replaced meanwhile.</param>
    public Task<ThingResult> EndFormerAsync(ThingId id, ThingSecret used, CancellationToken stop) =>
        ChangeAsync(id, null, (_, row) =>
        {
            if (row.Secret is { } secret && used.ToBytes().AsSpan().SequenceEqual(secret)) (row.FormerSecret, row.FormerEnds, row.FormerEndsAtUse) = (null, null, false);
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id));
        }, stop);

    /// <summary>Nothing is taken from the thing until it is released; with a null reason it is.</summary>
    public Task<ThingResult> QuarantineAsync(ThingId id, string? reason, string by, CancellationToken stop) =>
        ChangeAsync(id, null, (_, row) =>
        {
            if (reason is null) (row.QuarantineReason, row.Quarantined, row.QuarantinedBy) = (null, null, null);
            else (row.QuarantineReason, row.Quarantined, row.QuarantinedBy) = (reason, row.Quarantined ?? Timestamp.Now(clock), by);
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id));
        }, stop);

    /// <summary>The thing may fetch a secret with the registration key, once; null: no more.</summary>
    public Task<ThingResult> LetRegisterAsync(ThingId id, Guid? key, CancellationToken stop) =>
        ChangeAsync(id, null, (_, row) =>
        {
            if (row.Lifecycle == Lifecycle.Retired) return Task.FromResult(new ThingResult(ThingOutcome.Conflict, id, Faults: Fault("lifecycle", "The thing is retired.")));
            row.RegistersWith = key;
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id));
        }, stop);

    /// <summary>The thing fetches its secret; what it had ends. Refused unless it may, so that two who ask at once get one.</summary>
    /// <param name="password">The password it gets; null: one that is made here.</param>
    public Task<ThingResult> FetchSecretAsync(ThingId id, Guid key, string? password, CancellationToken stop) =>
        ChangeAsync(id, null, (_, row) =>
        {
            if (row.RegistersWith != key || row.Lifecycle == Lifecycle.Retired) return Task.FromResult(new ThingResult(ThingOutcome.Refused, id, Faults: Fault("identifier", "It is registered already.")));
            (row.RegistersWith, row.FormerSecret, row.FormerEnds, row.FormerEndsAtUse) = (null, null, null, false);
            if (password is not null) row.Secret = ThingSecret.Of(System.Text.Encoding.ASCII.GetBytes(password)).ToBytes();
            return Task.FromResult(new ThingResult(ThingOutcome.Done, id, password ?? GiveSecret(row)));
        }, stop);

    private static string GiveSecret(ThingRow row)
    {
        var (password, secret) = ThingSecret.Make();
        row.Secret = secret.ToBytes();
        return password;
    }

    private Task<ThingResult> ChangeAsync(ThingId id, int? revision, Func<RegistryDb, ThingRow, Task<ThingResult>> change, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var row = await db.Things.Include(thing => thing.Identifiers).SingleOrDefaultAsync(thing => thing.Id == id, stop);
            if (row is null) return new ThingResult(ThingOutcome.NotFound, id);
            if (revision is { } read && read != row.Revision) return new ThingResult(ThingOutcome.Stale, id);

            var result = await change(db, row);
            if (result.Outcome != ThingOutcome.Done) db.ChangeTracker.Clear();
            else if (db.ChangeTracker.HasChanges()) Touch(row);
            return result;
        }, stop);

    private void Touch(ThingRow row)
    {
        row.Revision++;
        row.Changed = Timestamp.Now(clock);
    }

    private ThingResult Create(RegistryDb db, ThingDraft draft, KnownThings known)
    {
        var now = Timestamp.Now(clock);
        var (password, secret) = ThingSecret.Make();
        var row = new ThingRow
        {
            Id = ThingId.New(clock), Lifecycle = Lifecycle.InService, Created = now, Changed = now, Revision = 1, Secret = secret.ToBytes(),
        };
        var faults = new FieldFaults();
        var outcome = Apply(row, draft, known, faults);
        if (outcome != ThingOutcome.Done) return new ThingResult(outcome, row.Id, Faults: faults);
        db.Things.Add(row);
        known.Take(row);
        return new ThingResult(ThingOutcome.Done, row.Id, password);
    }

    /// <summary>Writes a draft onto a row. On any other outcome than Done the row is spoilt and must not be saved.</summary>
    private static ThingOutcome Apply(ThingRow row, ThingDraft draft, KnownThings known, FieldFaults faults)
    {
        CheckReferences(row, draft, known, faults);
        row.NameHant = draft.NameHant.Or(row.NameHant);
        row.NameHans = draft.NameHans.Or(row.NameHans);
        row.NameEn = draft.NameEn.Or(row.NameEn);
        if ((row.NameHant ?? row.NameHans ?? row.NameEn) is null) faults.Add("name", "A thing needs a name in at least one language.");
        if (draft.Model.IsSet && draft.Reach?.FaultOfModel(row.ModelId, draft.Model.Value) is { } less) faults.Add("model", less);
        row.ModelId = draft.Model.Or(row.ModelId);
        row.Organisation = draft.Organisation.Or(row.Organisation);
        row.Region = draft.Region.Or(row.Region);
        row.Zone = draft.Zone.Or(row.Zone);
        row.GatewayId = draft.Gateway.Or(row.GatewayId);
        if (draft.Place.IsSet) (row.Latitude, row.Longitude) = (draft.Place.Value?.Lat, draft.Place.Value?.Lon);
        ApplyLabels(row, draft, faults);
        CheckReach(row, draft, faults);
        if (!faults.IsEmpty) return ThingOutcome.Refused;

        ApplyIdentifiers(row, draft, known, faults);
        ApplyLifecycle(row, draft, faults);
        return faults.IsEmpty ? ThingOutcome.Done : ThingOutcome.Conflict;
    }

    private static void CheckReferences(ThingRow row, ThingDraft draft, KnownThings known, FieldFaults faults)
    {
        if (draft.Model.Value is { } model && !known.HasModel(model))
            faults.Add("model", $"There is no model '{model}'. Create it with PUT /api/v1/models/{model}, or leave the model out.");
        if (draft.Organisation.Value is { } organisation && !known.HasOrganisation(organisation)) faults.Add("organisation", OrganisationRules.NoSuch(organisation));
        if (draft.Gateway.Value is not { } gateway) return;
        if (gateway == row.Id) faults.Add("gateway", "A thing cannot be its own gateway.");
        else if (!known.IsGateway(gateway) || draft.Reach?.Has(gateway) == false) faults.Add("gateway", $"'{gateway}' is no thing in use that could be a gateway; one behind a gateway itself cannot.");
        else if (known.HasChildren) faults.Add("gateway", "The thing is the gateway of others, so it cannot be behind one.");
    }

    /// <summary>A thing comes to be only where whoever asks for it may change things; that it may where the thing is now has been asked before.</summary>
    private static void CheckReach(ThingRow row, ThingDraft draft, FieldFaults faults)
    {
        if (draft.Reach is not { } reach) return;
        var stays = row.Sequence > 0 && !draft.Organisation.IsSet && !draft.Region.IsSet && !draft.Model.IsSet;
        if (!stays && !reach.Has(row.Organisation, row.Region, row.ModelId))
            faults.Add("organisation", "You may not have things there: what you are granted does not reach that organisation, region and sector.");
    }

    private static void ApplyLabels(ThingRow row, ThingDraft draft, FieldFaults faults)
    {
        if (!draft.ClearsLabels && draft.Labels.Count == 0) return;
        var labels = draft.ClearsLabels || row.Labels is null ? [] : JsonSerializer.Deserialize<SortedDictionary<string, string>>(row.Labels)!;
        foreach (var (key, value) in draft.Labels)
        {
            if (value is null) labels.Remove(key);
            else labels[key] = value;
        }
        if (labels.Count > ThingRules.MaxLabels) faults.Add("labels", $"A thing has at most {ThingRules.MaxLabels} labels.");
        row.Labels = labels.Count == 0 ? null : JsonSerializer.Serialize(labels);
    }

    private static void ApplyIdentifiers(ThingRow row, ThingDraft draft, KnownThings known, FieldFaults faults)
    {
        if (!draft.Identifiers.IsSet) return;
        var inUse = row.Lifecycle != Lifecycle.Retired;
        for (var i = 0; i < draft.Identifiers.Value.Count; i++)
        {
            var identifier = draft.Identifiers.Value[i];
            if (inUse && known.BearerOf(identifier) is { } bearer && bearer != row.Id)
                faults.Add($"identifiers[{i}]", draft.Reach?.Sees(bearer) == false
                    ? $"{identifier} already names another thing."
                    : $"{identifier} already names the thing {bearer}. Retire that thing or take the identifier from it first.");
        }
        row.Identifiers.RemoveAll(held => !draft.Identifiers.Value.Any(kept => Names(held, kept)));
        foreach (var identifier in draft.Identifiers.Value.Where(wanted => !row.Identifiers.Exists(held => Names(held, wanted))))
            row.Identifiers.Add(new() { ThingId = row.Id, Scheme = identifier.Scheme.Name, Value = identifier.Value, Raw = identifier.Raw, InUse = inUse });
    }

    private static bool Names(IdentifierRow row, Identifier identifier) => row.Scheme == identifier.Scheme.Name && row.Value == identifier.Value;

    private static void ApplyLifecycle(ThingRow row, ThingDraft draft, FieldFaults faults)
    {
        var next = draft.Lifecycle.Or(row.Lifecycle);
        // A row that is being created has no change behind it: any beginning is allowed.
        if (row.Sequence > 0 && !row.Lifecycle.MayBecome(next))
            faults.Add("lifecycle", $"A thing that is {row.Lifecycle.Text()} cannot become {next.Text()}.");
        if (next == Lifecycle.Retired) Retire(row);
        else row.Lifecycle = next;
    }

    private static void Retire(ThingRow row)
    {
        row.Lifecycle = Lifecycle.Retired;
        foreach (var identifier in row.Identifiers) identifier.InUse = false;
    }

    private static FieldFaults Fault(string member, string fault)
    {
        var faults = new FieldFaults();
        faults.Add(member, fault);
        return faults;
    }
}
