using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Wanwu.EndToEnd.Harness;

/// <summary>Free loopback ports for a server that is started again on the same one.</summary>
internal static class Ports
{
    private static readonly ConcurrentDictionary<int, byte> Given = new();

    /// <remarks>
    /// Below the system's ephemeral range on purpose: a client that keeps connecting to a dead port of that range is one day given the same port
    /// as its source, connects to itself and keeps the server from listening. Each is given once: it is free as well while its server is down.
    /// </remarks>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            if (!Given.TryAdd(port, 0)) continue;
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
