using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Tells from a user name and a password who is there: a thing, a program or a person. The door for MQTT CONNECT and HTTP basic.</summary>
internal sealed class SignIn(ThingDirectory things)
{
    /// <summary>The caller, or null when the credentials are wrong.</summary>
    public ValueTask<Caller?> VerifyAsync(string username, ReadOnlyMemory<byte> password, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return new(ThingId.TryParse(username, null, out var id) ? VerifyThing(id, password.Span) : null);
    }

    private Caller? VerifyThing(ThingId id, ReadOnlySpan<byte> password) =>
        things.Find(id) is { IsRetired: false, Secret: { } secret } && secret.Matches(password) ? Caller.OfThing(id) : null;
}
