using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access.Limits;

/// <summary>Bounds what costs before anybody has said a word: how fast one address opens connections, at all doors together, and how many are open at the HTTP door.</summary>
/// <remarks>Thread-safe. Who goes beyond is hung up on at once: nothing is read, nothing answered, and no handshake of TLS begins.</remarks>
internal sealed class ConnectionBounds(IOptions<LimitSettings> limits, TimeProvider clock)
{
    private const int BurstSeconds = 10;
    private readonly PacedSources<PeerNetwork> _new = new(limits.Value.NewConnectionsPerSecond, BurstSeconds * limits.Value.NewConnectionsPerSecond, clock);
    private readonly ConcurrentDictionary<PeerNetwork, int> _open = new();
    private int _all;

    /// <summary>Whether a new connection from the address is taken; it counts if so.</summary>
    public bool Takes(IPAddress address) => _new.Spend(PeerNetwork.Of(address)) == TimeSpan.Zero;

    /// <summary>Bounds a listener of HTTP, before TLS.</summary>
    public void Bound(ListenOptions listener) => listener.Use(next => async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer)
        {
            await next(connection);
            return;
        }
        var from = PeerNetwork.Of(peer.Address);
        if (!Takes(peer.Address) || !TryEnter(from))
        {
            connection.Abort();
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(from);
        }
    });

    internal bool TryEnter(PeerNetwork from)
    {
        var (most, ofOne) = (limits.Value.HttpConnections, limits.Value.HttpConnectionsOfAddress);
        var all = Interlocked.Increment(ref _all);
        var own = _open.AddOrUpdate(from, 1, static (_, open) => open + 1);
        if ((most == 0 || all <= most) && (ofOne == 0 || own <= ofOne)) return true;
        Leave(from);
        return false;
    }

    internal void Leave(PeerNetwork from)
    {
        Interlocked.Decrement(ref _all);
        // The last one takes the entry with it, unless another has come meanwhile: then the number no longer fits, and it stays.
        if (_open.AddOrUpdate(from, 0, static (_, open) => open - 1) == 0) _open.TryRemove(KeyValuePair.Create(from, 0));
    }
}
