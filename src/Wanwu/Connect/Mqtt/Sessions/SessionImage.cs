using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <param name="Since">Log position of the record: what was observed before it is not for this subscription.</param>
internal readonly record struct SubscriptionImage(SubscriptionOptions Options, uint Identifier, long Since);

/// <summary>A session as it is written down.</summary>
internal sealed class SessionImage
{
    public required long Number { get; init; }
    public required Caller Caller { get; set; }
    public required string ClientId { get; init; }
    /// <summary>Seconds the session outlives its connection.</summary>
    public uint Expiry { get; set; }
    public bool IsConnected { get; set; }
    /// <summary>Unix time in milliseconds when it ends, while it has no connection.</summary>
    public long Expires { get; set; }
    public MqttMessage? Will { get; set; }
    /// <summary>Seconds.</summary>
    public uint WillDelay { get; set; }
    /// <summary>Unix time in milliseconds when the will is published, while there is no connection.</summary>
    public long WillDue { get; set; }
    public Dictionary<byte[], SubscriptionImage> Subscriptions { get; } = new(BytesComparer.Instance);
    public QueueImage Queue { get; } = new();
}
