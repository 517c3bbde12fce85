using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Mqtt;

/// <summary>What a CONNECT asked for, kept while the credentials are checked.</summary>
internal sealed class ConnectRequest
{
    public required string ClientId { get; init; }
    public required bool CleanStart { get; init; }
    public required int KeepAlive { get; init; }
    public string? UserName { get; init; }
    public byte[] Password { get; init; } = [];
    public MqttMessage? Will { get; init; }
    public uint WillDelay { get; init; }
    /// <summary>What the client showed on the way in, where somebody asked for it.</summary>
    public ClientCertificate? Certificate { get; set; }

    public static ConnectRequest From(in ConnectPacket packet, long now)
    {
        uint delay = 0;
        foreach (var property in packet.WillProperties)
            if (property.Id == PropertyId.WillDelayInterval) delay = property.Number;
        return new ConnectRequest
        {
            ClientId = Encoding.UTF8.GetString(packet.ClientId), CleanStart = packet.CleanStart, KeepAlive = packet.KeepAlive,
            UserName = packet.HasUserName ? Encoding.UTF8.GetString(packet.UserName) : null, Password = packet.Password.ToArray(),
            Will = packet.HasWill ? MqttMessage.FromWill(packet, now) : null, WillDelay = delay,
        };
    }
}
