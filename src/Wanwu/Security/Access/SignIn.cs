using System.Text;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

internal enum SignInFault : byte
{
    None,
    WrongCredentials,
    /// <summary>The credentials are right, but the thing is retired.</summary>
    Retired,
}

/// <summary>Tells from a user name and a password who is there: a thing, a program or a person. The door for MQTT CONNECT and HTTP basic.</summary>
/// <remarks>
/// A thing signs in with its id, out of memory and with one fast hash. A program gives its token as the password, under any name.
/// Everybody else is a person.
/// </remarks>
internal sealed class SignIn(ThingDirectory things, RegistryFeed feed, Bearers bearers, PersonSignIn people)
{
    private const int MaxPasswordBytes = 1_024;

    /// <summary>The caller, or null when the credentials are wrong or the thing is retired.</summary>
    public async ValueTask<Caller?> VerifyAsync(string username, ReadOnlyMemory<byte> password, CancellationToken stop) =>
        (await CheckAsync(username, password, "", stop)).Caller;

    /// <summary>The same, and what is wrong.</summary>
    /// <param name="address">Where the peer is, for the limit on guessing; a port would make every try a new source.</param>
    public async ValueTask<(Caller? Caller, SignInFault Fault)> CheckAsync(
        string username, ReadOnlyMemory<byte> password, string address, CancellationToken stop)
    {
        if (password.Length > MaxPasswordBytes || username.Length > MaxPasswordBytes) return (null, SignInFault.WrongCredentials);
        if (ThingId.TryParse(username, null, out var id)) return await CheckThingAsync(id, password, stop);

        var text = Encoding.UTF8.GetString(password.Span);
        var caller = text.StartsWith(AccessTokenText.Prefix, StringComparison.Ordinal)
            ? await bearers.VerifyAsync(text, address, stop)
            : await people.VerifyAsync(username, text, address, stop);
        return (caller, caller is null ? SignInFault.WrongCredentials : SignInFault.None);
    }

    /// <summary>The thing that a trusted certificate names.</summary>
    public async ValueTask<(Caller? Caller, SignInFault Fault)> CheckCertifiedAsync(ThingId id, CancellationToken stop)
    {
        if (things.Find(id) is null) await feed.LookAsync(stop);
        return things.Find(id) switch
        {
            null => (null, SignInFault.WrongCredentials),
            { IsRetired: true } => (null, SignInFault.Retired),
            _ => (Caller.OfThing(id), SignInFault.None),
        };
    }

    private async ValueTask<(Caller?, SignInFault)> CheckThingAsync(ThingId id, ReadOnlyMemory<byte> password, CancellationToken stop)
    {
        var thing = things.Find(id);
        if (thing?.Secret?.Matches(password.Span) != true)
        {
            // It may have been made, or given a new password, by another process a moment ago.
            var version = things.Version;
            await feed.LookAsync(stop);
            if (things.Version == version) return (null, SignInFault.WrongCredentials);
            thing = things.Find(id);
            if (thing?.Secret?.Matches(password.Span) != true) return (null, SignInFault.WrongCredentials);
        }
        return thing.IsRetired ? (null, SignInFault.Retired) : (Caller.OfThing(id), SignInFault.None);
    }
}
