using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>How a thing proves which it is: its own id with its password (the new or, while it holds, the former one), a certificate that names it, or a user name that is bound to it.</summary>
internal sealed class ThingSignIn(ThingDirectory things, RegistryFeed feed, ThingChanges changes, IdentifierDoor door, SignInThrottle throttle, TimeProvider clock)
{
    /// <summary>The thing that a trusted certificate names.</summary>
    public async ValueTask<(Caller? Caller, SignInFault Fault)> CheckCertifiedAsync(ThingId id, CancellationToken stop)
    {
        if (things.Find(id) is null) await feed.LookAsync(stop);
        return things.Find(id) switch
        {
            null => (null, SignInFault.Unknown),
            { IsRetired: true } => (null, SignInFault.Retired),
            _ => (Caller.OfThing(id), SignInFault.None),
        };
    }

    public async ValueTask<(Caller? Caller, SignInFault Fault)> CheckAsync(ThingId id, ReadOnlyMemory<byte> password, CancellationToken stop)
    {
        var thing = things.Find(id);
        if (Shown(thing, password.Span) is not { } secret)
        {
            // It may have been made, or given a new password, by another process a moment ago.
            var version = things.Version;
            await feed.LookAsync(stop);
            if (things.Version != version) thing = things.Find(id);
            if (Shown(thing, password.Span) is not { } found) return (null, thing is null ? SignInFault.Unknown : SignInFault.WrongCredentials);
            secret = found;
        }
        if (thing!.IsRetired) return (null, SignInFault.Retired);
        if (thing.Former is { EndsAtUse: true } && ReferenceEquals(secret, thing.Secret)) await changes.EndFormerAsync(id, secret, stop);
        return (Caller.OfThing(id) with { Pass = new DoorPass(IdentifierDoor.OwnId, id.ToString(), secret.Mark) }, SignInFault.None);
    }

    /// <summary>The thing to which the user name is bound. Null where it is bound to none: then somebody else may have it.</summary>
    public async ValueTask<(Caller? Caller, SignInFault Fault)?> CheckBoundAsync(string name, ReadOnlyMemory<byte> password, string address, CancellationToken stop)
    {
        if (!door.IsBound(IdentifierDoor.UserName, name)) return null;
        // Such passwords may be short: whoever guesses them is slowed down as for those of people.
        if (!throttle.MayTry(address, name)) return (null, SignInFault.WrongCredentials);
        var (caller, refusal) = await door.DecideAsync("login", IdentifierDoor.UserName, name, password, System.Net.IPAddress.TryParse(address, out var peer) ? peer : null, stop);
        if (caller is not null) throttle.Succeeded(address, name);
        else if (refusal!.Fault == DoorFault.WrongSecret) throttle.Failed(address, name);
        return caller is not null ? (caller, SignInFault.None) : (null, refusal!.Fault switch
        {
            DoorFault.Retired => SignInFault.Retired,
            DoorFault.WrongSecret or DoorFault.Unknown => SignInFault.WrongCredentials,
            _ => SignInFault.KeptOut,
        });
    }

    /// <summary>Which of the thing's secrets the password is.</summary>
    private ThingSecret? Shown(ThingEntry? thing, ReadOnlySpan<byte> password)
    {
        if (thing?.Secret is { } secret && secret.Matches(password)) return secret;
        return thing?.Former is { } former && former.Ends > Timestamp.Now(clock) && former.Secret.Matches(password) ? former.Secret : null;
    }
}
