using System.Text;
using Wanwu.Things;

namespace Wanwu.Security.Access;

internal enum SignInFault : byte
{
    None,
    WrongCredentials,
    /// <summary>The credentials are right, but the thing is retired.</summary>
    Retired,
    /// <summary>There is no such thing.</summary>
    Unknown,
    /// <summary>The credentials are right, but it may not come in: <see cref="Contact.IdentifierDoor"/> says why.</summary>
    KeptOut,
}

/// <summary>Tells from a user name and a password who is there: a thing, a program or a person. The door for MQTT CONNECT and HTTP basic.</summary>
/// <remarks>
/// A thing signs in with its id, out of memory and with one fast hash, or under a user name that is bound to it. A program gives its token as the password, under any name.
/// Everybody else is a person. Whether a thing is let in is asked besides (<see cref="Contact.IdentifierDoor"/>).
/// </remarks>
internal sealed class SignIn(ThingSignIn things, Bearers bearers, PersonSignIn people)
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
        if (ThingId.TryParse(username, null, out var id)) return await things.CheckAsync(id, password, stop);

        var text = Encoding.UTF8.GetString(password.Span);
        if (text.StartsWith(AccessTokenText.Prefix, StringComparison.Ordinal)) return Answer(await bearers.VerifyAsync(text, address, stop));
        return await things.CheckBoundAsync(username, password, address, stop) ?? Answer(await people.VerifyAsync(username, text, address, stop));
    }

    /// <inheritdoc cref="ThingSignIn.CheckCertifiedAsync"/>
    public ValueTask<(Caller? Caller, SignInFault Fault)> CheckCertifiedAsync(ThingId id, CancellationToken stop) => things.CheckCertifiedAsync(id, stop);

    private static (Caller?, SignInFault) Answer(Caller? caller) => (caller, caller is null ? SignInFault.WrongCredentials : SignInFault.None);
}
