using System.Net;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

internal enum RegistrationOutcome : byte
{
    /// <summary>The thing is there, with a password of its own.</summary>
    Done,
    /// <summary>It waits until somebody lets it in.</summary>
    Waits,
    /// <summary>The key is none, or holds no more.</summary>
    WrongKey,
    Refused,
    /// <summary>Too many wrong keys from there.</summary>
    TooMany,
}

/// <param name="Sentence">What the device is told, where nothing came of it.</param>
internal sealed record RegistrationAnswer(RegistrationOutcome Outcome, string? Sentence = null, ThingId Thing = default, string? Password = null);

/// <summary>A device that asks to be registered.</summary>
/// <param name="Identifier">What it claims to be.</param>
/// <param name="Name">What people will call it; its identifier where it says nothing.</param>
internal sealed record RegistrationRequest(string Door, string Identifier, ReadOnlyMemory<byte> Key, IPAddress? Peer, string? Name = null, string? Said = null)
{
    /// <summary>A random text of the device's own, by which it is answered again when the answer was lost.</summary>
    public string? Attempt { get; init; }
}

/// <summary>First contact: a device that shows a registration key becomes a thing and gets a password of its own, once.</summary>
/// <remarks>
/// Never takes a thing over: an identifier that a thing has already is refused, unless somebody who looks after that thing has let it register again, which holds for one time.
/// One at a time, so that a device that asks twice at once is one thing.
/// </remarks>
internal sealed class Registrations(RegistrationKeys keys, IdentifierDoor door, FirstPasswords first, ThingDirectory things, UnknownDevices unknown, SignInThrottle throttle) : IDisposable
{
    /// <summary>The label that says with which key a thing was registered.</summary>
    public const string RegisteredBy = "registeredBy";
    private readonly SemaphoreSlim _turn = new(1);

    private const string TooMany = "Too many wrong registration keys from this address. Try again in a minute.", WrongKey = "The registration key is not valid.";

    /// <summary>Whether what is shown as a password would be a registration key.</summary>
    public static bool IsAsked(ReadOnlySpan<byte> password) => password.StartsWith(RegistrationKeyText.Start);

    /// <summary>Why nobody registers with what was shown; null when it is a key that holds.</summary>
    public async ValueTask<string?> FaultOfKeyAsync(ReadOnlyMemory<byte> shown, IPAddress? peer, CancellationToken stop)
    {
        var address = peer?.ToString() ?? "";
        // By the address alone: the name is what the device says, and would make every try a new source.
        if (!throttle.MayTry(address, RegistrationKeyText.Prefix)) return TooMany;
        if (await keys.FindAsync(shown, stop) is not null) return null;
        throttle.Failed(address, RegistrationKeyText.Prefix);
        return WrongKey;
    }

    public async Task<RegistrationAnswer> RegisterAsync(RegistrationRequest request, CancellationToken stop)
    {
        var address = request.Peer?.ToString() ?? "";
        if (await FaultOfKeyAsync(request.Key, request.Peer, stop) is { } shown) return new RegistrationAnswer(shown == TooMany ? RegistrationOutcome.TooMany : RegistrationOutcome.WrongKey, shown);
        if (await keys.FindAsync(request.Key, stop) is not { } key) return new RegistrationAnswer(RegistrationOutcome.WrongKey, WrongKey);
        if (FaultOf(key, request, out var identifier) is { } fault) return Refuse(fault, key, request, waits: false);
        await _turn.WaitAsync(stop);
        try
        {
            Origin.Current = new Origin(new Actor("registration", key.Id.ToString(), key.Name), request.Door, address);
            return await DecideAsync(key, identifier, request, stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    private string? FaultOf(RegistrationKey key, RegistrationRequest request, out Identifier identifier)
    {
        identifier = default;
        if (key.Networks is { } from && !from.Has(request.Peer)) return $"This registration key is for devices in {from}, not for {request.Peer?.ToString() ?? "here"}.";
        if (!Identifier.TryCreate(key.Scheme, request.Identifier, out identifier, out var fault)) return $"'{ThingRules.Short(request.Identifier)}' is no identifier of the scheme {key.Scheme}: {fault}";
        var (value, raw) = (identifier.Value, identifier.Raw);
        if (door.RefusesPeer(key.Scheme, value, request.Peer) is { } banned) return banned.Sentence;
        if (key.Allowed.Count > 0 && !key.Allowed.Any(pattern => RegistrationKeys.Takes(pattern, value) || RegistrationKeys.Takes(pattern, raw))) return $"'{ThingRules.Short(value)}' is not among the identifiers that this registration key is for.";
        return null;
    }

    private async Task<RegistrationAnswer> DecideAsync(RegistrationKey key, Identifier identifier, RegistrationRequest request, CancellationToken stop)
    {
        if (things.FindByIdentifier(key.Scheme, identifier.Value) is { } thing)
        {
            if (thing.Quarantine is { } quarantine) return Refuse(quarantine.Sentence(thing.Id), key, request, waits: false);
            if (await first.AgainAsync(thing, key.Id, identifier, request.Attempt) is { } again) return Done(again, identifier, request);
            var fetched = thing.RegistersWith == key.Id ? await first.FetchAsync(thing, key.Id, identifier, request.Attempt, stop) : null;
            return fetched is { Outcome: ThingOutcome.Done } ? Done(fetched, identifier, request)
                : Refuse($"'{ThingRules.Short(identifier.Value)}' is registered already. Whoever looks after the thing can let it register again.", key, request, waits: false);
        }
        if (key.NeedsApproval) return Refuse("It waits to be let in. Ask again later.", key, request, waits: true);
        var result = await first.MakeAsync(DraftOf(key, identifier, request.Name), key, identifier, request.Attempt, stop);
        return result.Outcome == ThingOutcome.Done ? Done(result, identifier, request)
            : Refuse(string.Join(" ", result.Faults!.All.SelectMany(member => member.Value)), key, request, waits: false);
    }

    private RegistrationAnswer Done(ThingResult result, Identifier identifier, RegistrationRequest request)
    {
        foreach (var device in unknown.All.Where(device => device.Door == request.Door && device.Scheme == identifier.Scheme.Name && device.Value == identifier.Value)) unknown.Remove(device.Id);
        return new RegistrationAnswer(RegistrationOutcome.Done, null, result.Id, result.Password);
    }

    private RegistrationAnswer Refuse(string sentence, RegistrationKey key, RegistrationRequest request, bool waits)
    {
        var noted = unknown.Note(new Knock(request.Door, key.Scheme, IdentifierDoor.ValueOf(key.Scheme, request.Identifier), request.Peer, $"{request.Name} {request.Said}{(waits ? "" : $" ({sentence})")}") { Key = key.Id, Waits = waits }, default);
        if (waits && !noted) return new RegistrationAnswer(RegistrationOutcome.TooMany, "Too many unknown devices wait at this address. Ask again when some have been let in.");
        return new RegistrationAnswer(waits ? RegistrationOutcome.Waits : RegistrationOutcome.Refused, sentence);
    }

    /// <summary>Counts one more thing on the key, in the transaction that makes it.</summary>
    public static async Task<FieldFaults?> CountAsync(RegistryDb db, RegistrationKey key, CancellationToken stop)
    {
        var row = await db.Set<RegistrationKeyRow>().SingleAsync(row => row.Id == key.Id, stop);
        if (row.Ended is null && !(row.Used >= row.AtMost))
        {
            row.Used++;
            return null;
        }
        var faults = new FieldFaults();
        faults.Add("key", row.Ended is null ? $"The registration key has registered {row.AtMost} things, as many as it may." : "The registration key has ended.");
        return faults;
    }

    /// <summary>What a device becomes that is let in with the key.</summary>
    public static ThingDraft DraftOf(RegistrationKey key, Identifier identifier, string? name)
    {
        var title = new string([.. (name ?? "").Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(ThingRules.MaxName)]).Trim();
        var draft = ThingDraft.Named(LocalizedText.Of(title.Length > 0 ? title : identifier.Value[..Math.Min(identifier.Value.Length, ThingRules.MaxName)]));
        if (key.Model is { } model) draft.Model = model;
        if (key.Organisation is { } organisation) draft.Organisation = organisation;
        if (key.Region is { } region) draft.Region = region;
        if (key.Gateway is { } gateway) draft.Gateway = gateway;
        draft.Identifiers = new([identifier]);
        draft.Labels = [new(RegisteredBy, key.Name)];
        return draft;
    }

    public void Dispose() => _turn.Dispose();
}
