using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

internal enum DoorFault : byte
{
    /// <summary>Nobody has that identifier.</summary>
    Unknown,
    WrongSecret,
    /// <summary>It comes from a network it may not come from.</summary>
    Network,
    Banned,
    Quarantined,
    Retired,
    /// <summary>What it signed in with holds no more.</summary>
    Ended,
}

/// <param name="Sentence">What the peer and the operator are told.</param>
internal sealed record DoorRefusal(DoorFault Fault, string Sentence);

/// <summary>What a device showed at a door, by which it is asked again later whether it still holds.</summary>
/// <param name="Secret">Tells the secret that was shown from others; 0 where none was.</param>
internal sealed record DoorPass(string Scheme, string Identifier, ulong Secret);

/// <summary>The one place that says which thing an identifier at a door is, and whether it is let in: bindings, source networks, bans, quarantine.</summary>
/// <remarks>
/// Every protocol asks here: those whose peers sign in with a password of ours (<see cref="SignIn"/>), and those that carry no credential of ours but a device number,
/// by <see cref="DecideAsync"/>. Out of memory; nothing is asked of the disk but where an unknown device is put on the list.
/// </remarks>
internal sealed class IdentifierDoor(ContactBook book, ThingDirectory things, RegistryFeed feed, UnknownDevices unknown, BindingSeals seals, TimeProvider clock)
{
    /// <summary>The scheme of a thing's own id, and that of user names that are bound to things.</summary>
    public const string OwnId = "thing", UserName = "login", Registering = "registration";

    private long _nextEnd = long.MaxValue;

    /// <summary>Grows with whatever may end the standing of somebody who was let in.</summary>
    public long Version => book.Version + things.Version;

    /// <summary>When the next of the secrets in use ends by itself, in microseconds; asking forgets it.</summary>
    public long TakeNextEnd(long now) => Volatile.Read(ref _nextEnd) <= now ? Interlocked.Exchange(ref _nextEnd, long.MaxValue) : long.MaxValue;

    /// <summary>The thing that an identifier of a scheme is, with the secret its protocol carries; or why nobody is let in. An unknown one is put on the list of unknown devices.</summary>
    /// <param name="door">The protocol's name, as it is shown.</param>
    /// <param name="identifier">As the peer said it.</param>
    /// <param name="secret">Empty where the protocol carries none.</param>
    public async ValueTask<(Caller? Caller, DoorRefusal? Refusal)> DecideAsync(string door, string scheme, string identifier, ReadOnlyMemory<byte> secret, IPAddress? peer, CancellationToken stop)
    {
        var value = ValueOf(scheme, identifier);
        if (RefusesPeer(scheme, value, peer) is { } banned) return (null, banned);
        if (book.FindBinding(scheme, value) is not { } binding)
        {
            // Another process may have bound it a moment ago.
            await feed.LookAsync(stop);
            if (book.FindBinding(scheme, value) is not { } found)
            {
                unknown.Note(new Knock(door, scheme, value, peer, null), secret.Span);
                return (null, new DoorRefusal(DoorFault.Unknown, $"Nobody has the {scheme} '{ThingRules.Short(value)}'."));
            }
            binding = found;
        }
        if (!seals.Matches(binding, secret.Span)) return (null, new DoorRefusal(DoorFault.WrongSecret, $"The secret of {scheme} '{ThingRules.Short(value)}' is not valid."));
        var caller = Caller.OfThing(binding.Thing) with { Pass = new DoorPass(scheme, value, binding.Mark) };
        return Refuses(caller, peer) is { } refusal ? (null, refusal) : (caller, null);
    }

    public bool IsBound(string scheme, string identifier) => book.FindBinding(scheme, ValueOf(scheme, identifier)) is not null;

    /// <summary>The secret in clear, for a protocol that computes with it; null where there is none, or it is kept as a hash.</summary>
    public byte[]? SecretOf(string scheme, string identifier) => book.FindBinding(scheme, ValueOf(scheme, identifier)) is { IsClear: true, Secret: { } } binding ? seals.Open(binding) : null;

    /// <summary>Whether identifier or address are banned, asked before anything else is looked at.</summary>
    public DoorRefusal? RefusesPeer(string scheme, string value, IPAddress? peer)
    {
        var now = Timestamp.Now(clock);
        if ((book.BanOf(scheme, value, now) ?? book.BanOf(peer, now)) is not { } ban) return null;
        var what = ban.Network is null ? $"'{ThingRules.Short(value)}'" : $"the address {peer}";
        return new DoorRefusal(DoorFault.Banned, $"{char.ToUpperInvariant(what[0])}{what[1..]} is banned: {ban.Reason}");
    }

    /// <summary>The same for a user name, which is a thing's id or may be bound to one.</summary>
    public DoorRefusal? RefusesName(string name, IPAddress? peer) => RefusesPeer(ThingId.TryParse(name, null, out _) ? OwnId : UserName, name, peer);

    /// <summary>Whether somebody who has proved who it is may not come in, or stay: asked at the sign-in, and again when anything changed.</summary>
    public DoorRefusal? Refuses(Caller caller, IPAddress? peer)
    {
        if (caller is not { Kind: CallerKind.Thing, Thing: { } id })
            return book.BanOf(peer, Timestamp.Now(clock)) is { } of ? new DoorRefusal(DoorFault.Banned, $"The address {peer} is banned: {of.Reason}") : null;
        if (RefusesPeer(OwnId, caller.Name, peer) is { } banned) return banned;
        if (things.Find(id) is not { } thing) return new DoorRefusal(DoorFault.Unknown, $"There is no thing {id}.");
        if (thing.IsRetired) return new DoorRefusal(DoorFault.Retired, $"The thing {id} is retired.");
        if (thing.Quarantine is { } quarantine) return new DoorRefusal(DoorFault.Quarantined, quarantine.Sentence(id));
        if (RefusesFrom(OwnId, caller.Name, peer) is { } elsewhere) return elsewhere;
        return caller.Pass is { } pass ? RefusesPass(pass, thing, peer) : null;
    }

    /// <summary>The same for an identifier that is bound to a thing, whatever secret is shown.</summary>
    public DoorRefusal? RefusesBound(string scheme, string identifier, IPAddress? peer)
    {
        var value = ValueOf(scheme, identifier);
        if (RefusesPeer(scheme, value, peer) is { } banned) return banned;
        return book.FindBinding(scheme, value) is { } binding ? Refuses(Caller.OfThing(binding.Thing) with { Pass = new DoorPass(scheme, value, binding.Mark) }, peer) : null;
    }

    private DoorRefusal? RefusesFrom(string scheme, string value, IPAddress? peer) => book.FindBinding(scheme, value) is { Networks: { } from } && !from.Has(peer)
        ? new DoorRefusal(DoorFault.Network, $"'{ThingRules.Short(value)}' may come from {from} only, not from {peer?.ToString() ?? "here"}.") : null;

    private DoorRefusal? RefusesPass(DoorPass pass, ThingEntry thing, IPAddress? peer)
    {
        if (pass.Scheme == OwnId)
        {
            if (pass.Secret == 0 || thing.Secret?.Mark == pass.Secret) return null;
            if (thing.Former is not { } former || former.Secret.Mark != pass.Secret || former.Ends <= Timestamp.Now(clock)) return new DoorRefusal(DoorFault.Ended, "The password was replaced.");
            NoteEnd(former.Ends);
            return null;
        }
        if (book.FindBinding(pass.Scheme, pass.Identifier) is not { } binding || binding.Thing != thing.Id || binding.Mark != pass.Secret)
            return new DoorRefusal(DoorFault.Ended, $"The {pass.Scheme} '{ThingRules.Short(pass.Identifier)}' is bound no more, or otherwise.");
        return RefusesPeer(pass.Scheme, pass.Identifier, peer) ?? RefusesFrom(pass.Scheme, pass.Identifier, peer);
    }

    private void NoteEnd(Timestamp ends)
    {
        for (var known = Volatile.Read(ref _nextEnd); ends.Microseconds < known;)
        {
            var seen = Interlocked.CompareExchange(ref _nextEnd, ends.Microseconds, known);
            if (seen == known) break;
            known = seen;
        }
    }

    /// <summary>The canonical form, where the scheme has a rule and the text keeps it; what breaks it is still told apart.</summary>
    public static string ValueOf(string scheme, string text)
    {
        var value = IdentifierSchemes.Find(scheme)?.Check(text).Value ?? text;
        return value.Length <= Identifier.MaxLength ? value : value[..Identifier.MaxLength];
    }

    public static bool IsScheme(string scheme) => scheme is OwnId or UserName || IdentifierSchemes.Find(scheme) is not null;
}

/// <summary>Keeps the secrets of bindings: sealed with the server's keys, as salt and hash where the secret itself is not needed. Who has the registry alone cannot even try passwords.</summary>
internal sealed class BindingSeals(IDataProtectionProvider protection)
{
    private readonly IDataProtector _seal = protection.CreateProtector("Wanwu.BindingSecret");

    public byte[] Seal(ReadOnlySpan<byte> secret, bool isClear) => _seal.Protect(isClear ? secret.ToArray() : ThingSecret.Of(secret).ToBytes());

    /// <summary>What is kept of what an unknown device showed, so that it can be let in with it; null where it showed nothing.</summary>
    public byte[]? SealHash(ReadOnlySpan<byte> secret) => secret.IsEmpty ? null : Seal(secret, isClear: false);

    public byte[]? Open(Binding binding)
    {
        try
        {
            return binding.Secret is { } secret ? _seal.Unprotect(secret) : null;
        }
        catch (CryptographicException)
        {
            // Sealed with keys that are gone: nobody can show the right one.
            return null;
        }
    }

    public bool Matches(Binding binding, ReadOnlySpan<byte> secret)
    {
        if (binding.Secret is null) return true;
        if (Open(binding) is not { } opened) return false;
        return binding.IsClear ? CryptographicOperations.FixedTimeEquals(opened, secret) : ThingSecret.FromBytes(opened)?.Matches(secret) == true;
    }
}
