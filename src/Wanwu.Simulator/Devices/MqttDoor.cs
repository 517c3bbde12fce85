using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MQTTnet.Formatter;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Devices;

/// <summary>Where the server listens for MQTT, and which version its devices speak.</summary>
internal sealed record MqttDoor(string Host, int Port, MqttProtocolVersion Version = MqttProtocolVersion.V311)
{
    public const int DefaultPort = 1883;

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>[IPv6]:port</c>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MqttDoor? door)
    {
        door = null;
        if (string.IsNullOrWhiteSpace(text)) return false;
        var colon = text.LastIndexOf(':');
        var hasPort = colon > text.LastIndexOf(']');
        var port = DefaultPort;
        if (hasPort && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > 65_535)) return false;
        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        if (host.Length == 0) return false;
        door = new MqttDoor(host, port);
        return true;
    }

    public DeviceOptions SignIn(ThingCredentials thing) => new()
    {
        Host = Host,
        Port = Port,
        Version = Version,
        ClientId = $"sim-{thing.Id}",
        Username = thing.Username,
        Password = thing.Password,
    };
}
