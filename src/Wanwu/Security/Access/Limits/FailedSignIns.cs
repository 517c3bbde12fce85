using System.Net;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access.Limits;

/// <summary>Wrong credentials by where they came from: whoever sends too many is refused before anything is looked up, which costs next to nothing.</summary>
/// <remarks>For machines that try thousands. People who guess at the sign-in page are slowed down much earlier (<see cref="SignInThrottle"/>).</remarks>
internal sealed class FailedSignIns(IOptions<LimitSettings> limits, TimeProvider clock)
{
    private readonly PacedSources<PeerNetwork> _failures = new(limits.Value.FailuresPerMinute / 60.0, limits.Value.FailuresPerMinute, clock);
    private readonly Generations<(PeerNetwork, int), object> _right = new(50_000);

    /// <summary>How long nothing from the address is heard; zero: it may try.</summary>
    public TimeSpan WaitOf(IPAddress? address) => address is null ? TimeSpan.Zero : _failures.WaitOf(PeerNetwork.Of(address));

    public void Failed(IPAddress? address)
    {
        if (address is not null) _failures.Spend(PeerNetwork.Of(address));
    }

    /// <summary>These credentials were right a moment ago: they are heard, whatever else comes from their address. They are checked all the same.</summary>
    public void Succeeded(IPAddress? address, string credentials)
    {
        if (address is not null) _right.Enter(KeyOf(address, credentials));
    }

    public bool WasRight(IPAddress? address, string credentials) => address is not null && _right.Find(KeyOf(address, credentials)) is not null;

    // The framework seeds the hash anew in each process: memory holds nothing that tells the credentials.
    private static (PeerNetwork, int) KeyOf(IPAddress address, string credentials) => (PeerNetwork.Of(address), credentials.GetHashCode(StringComparison.Ordinal));
}
