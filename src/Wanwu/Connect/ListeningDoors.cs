using System.Net;

namespace Wanwu.Connect;

/// <param name="Name">The door's name, as <c>mqtt</c>.</param>
/// <param name="Protocol">What is spoken there, as <c>MQTT over TCP</c>.</param>
/// <param name="Endpoint">Where to reach it from this machine.</param>
internal sealed record ListeningDoor(string Name, string Protocol, IPEndPoint Endpoint);

/// <summary>The protocol doors that are open, ports resolved; complete once the server has started.</summary>
internal sealed class ListeningDoors
{
    private readonly List<(string Name, string Protocol, Func<IPEndPoint> Endpoint)> _doors = [];

    public IEnumerable<ListeningDoor> All => _doors.Select(door => new ListeningDoor(door.Name, door.Protocol, Reachable(door.Endpoint())));

    public ListeningDoor? Find(string name) => All.FirstOrDefault(door => door.Name == name);

    /// <param name="endpoint">Where it listens; asked once the server has started.</param>
    internal void Add(string name, string protocol, Func<IPEndPoint> endpoint) => _doors.Add((name, protocol, endpoint));

    /// <summary>A door that listens everywhere is reached by loopback from here.</summary>
    public static IPEndPoint Reachable(IPEndPoint endpoint) =>
        endpoint.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, endpoint.Port)
        : endpoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, endpoint.Port)
        : endpoint;
}
