using MQTTnet.Formatter;

namespace Wanwu.Simulator.Devices;

/// <summary>Who the device is and how it speaks.</summary>
internal sealed record DeviceOptions
{
    public required string Host { get; init; }
    public required int Port { get; init; }
    /// <summary>Kept over connections: what was not acknowledged is sent again under the same name and packet id.</summary>
    public required string ClientId { get; init; }
    public required string Username { get; init; }
    public required string Password { get; init; }
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V311;
    /// <summary>0 sends and forgets, 1 waits for the acknowledgement.</summary>
    public int Qos { get; init; } = 1;
    /// <summary>Messages on the wire without an acknowledgement, at most.</summary>
    public int Window { get; init; } = 20;
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
