using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>As what a device is let in.</summary>
/// <param name="Thing">The thing that it is; null makes a new one.</param>
/// <param name="Name">Of the new thing; its identifier where nothing is said.</param>
internal sealed record LetIn(ThingId? Thing, string? Name, string? Model, string? Organisation, string? Region);

/// <summary>Where unknown devices are looked at and dealt with: the one way for API and console.</summary>
internal sealed class UnknownDesk(UnknownDevices unknown, ContactBook book, AccessRules rules, ThingDirectory things, ThingChanges changes, Bindings bindings)
{
    /// <summary>Those the caller may know of: with a registration key, who may let in where the key puts things; all others, who may everywhere.</summary>
    public IReadOnlyList<UnknownDevice> List(Caller caller) => [.. unknown.All.Where(device => MaySee(caller, device))];

    public UnknownDevice? Find(Caller caller, Guid id) => unknown.Find(id) is { } device && MaySee(caller, device) ? device : null;

    private bool MaySee(Caller caller, UnknownDevice device)
    {
        if (rules.MayEverywhere(caller, Permission.AdmitDevices)) return true;
        return device.Key is { } id && book.FindKey(id) is { } key && ReachOf(caller).Has(key.Organisation, key.Region, key.Model);
    }

    private ThingReach ReachOf(Caller caller) => new(rules, things, caller, Permission.AdmitDevices);

    public bool Forget(UnknownDevice device) => unknown.Remove(device.Id);

    /// <summary>Lets a device in: as a new thing, or as one that is there. It goes off the list.</summary>
    public async Task<ThingResult> LetInAsync(Caller by, UnknownDevice device, LetIn wanted, CancellationToken stop)
    {
        if (device.Scheme == IdentifierDoor.OwnId) return Refused("thing", "It signs in with the id of a thing that is not here. Give the device the credentials of a thing, or ban it.");
        if (device is { Scheme: IdentifierDoor.UserName, Secret: null }) return Refused("secret", "It showed no password, so nobody could tell it from others.");
        var key = device.Key is { } id ? book.FindKey(id) : null;
        if (device.Key is not null && key is null) return Refused("key", "The registration key it showed has ended.");
        if (wanted.Thing is { } thing && (things.Find(thing) is not { } entry || !rules.May(by, Permission.AdmitDevices, entry))) return Refused("thing", $"There is no thing {thing}.");
        var result = wanted.Thing is { } known ? await TellAsync(by, device, key, known, stop) : await MakeAsync(by, device, key, wanted, stop);
        if (result.Outcome == ThingOutcome.Done) unknown.Remove(device.Id);
        return result;
    }

    private async Task<ThingResult> MakeAsync(Caller by, UnknownDevice device, RegistrationKey? key, LetIn wanted, CancellationToken stop)
    {
        var draft = ThingDraft.Named(LocalizedText.Of(string.IsNullOrWhiteSpace(wanted.Name) ? device.Value[..Math.Min(device.Value.Length, ThingRules.MaxName)] : wanted.Name));
        if (key is not null)
        {
            if (!Identifier.TryCreate(key.Scheme, device.Value, out var identifier, out var fault)) return Refused("identifier", fault);
            draft = Registrations.DraftOf(key, identifier, wanted.Name);
        }
        else if (Identifier.TryCreate(device.Scheme, device.Value, out var own, out _)) draft.Identifiers = new([own]);
        if (wanted.Model is not null) draft.Model = wanted.Model;
        if (wanted.Organisation is not null) draft.Organisation = wanted.Organisation;
        if (wanted.Region is not null) draft.Region = wanted.Region;
        draft.Reach = ReachOf(by);
        var result = await changes.CreateAsync(draft, async (db, row) =>
        {
            if (key is not null)
            {
                row.RegistersWith = key.Id;
                return await Registrations.CountAsync(db, key, stop);
            }
            var faults = new FieldFaults();
            await bindings.AddAsync(db, BindingOf(device, row.Id), device.Secret, by.Name, faults, stop);
            return faults.IsEmpty ? null : faults;
        }, stop);
        // The password of a thing that signs in otherwise is nobody's.
        return result with { Password = null };
    }

    private async Task<ThingResult> TellAsync(Caller by, UnknownDevice device, RegistrationKey? key, ThingId thing, CancellationToken stop)
    {
        if (key is null)
        {
            var faults = await bindings.BindShownAsync(BindingOf(device, thing), device.Secret, by.Name, stop);
            return new ThingResult(faults.IsEmpty ? ThingOutcome.Done : ThingOutcome.Refused, thing, Faults: faults);
        }
        if (!Identifier.TryCreate(key.Scheme, device.Value, out var identifier, out var fault)) return Refused("identifier", fault);
        if (things.FindByIdentifier(key.Scheme, identifier.Value)?.Id != thing)
        {
            var held = things.Find(thing)!.Identifiers.Select(one => Identifier.Create(one.Scheme, one.Raw));
            var changed = await changes.ChangeAsync(thing, new ThingDraft { Identifiers = new([.. held, identifier]), Reach = ReachOf(by) }, null, stop);
            if (changed.Outcome != ThingOutcome.Done) return changed;
        }
        return await changes.LetRegisterAsync(thing, key.Id, stop);
    }

    private static NewBinding BindingOf(UnknownDevice device, ThingId thing) => new(thing, device.Scheme, device.Value, null, false, null);

    private static ThingResult Refused(string member, string fault)
    {
        var faults = new FieldFaults();
        faults.Add(member, fault);
        return new ThingResult(ThingOutcome.Refused, default, Faults: faults);
    }
}
