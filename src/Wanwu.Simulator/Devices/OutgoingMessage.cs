namespace Wanwu.Simulator.Devices;

/// <summary>A message on its way to the server. It stays with the device until it is acknowledged, over as many connections as that takes.</summary>
internal sealed class OutgoingMessage(string topic, ReadOnlyMemory<byte> payload, object? tag)
{
    public string Topic { get; } = topic;
    public ReadOnlyMemory<byte> Payload { get; } = payload;
    /// <summary>Whatever the sender wants back with the acknowledgement.</summary>
    public object? Tag { get; } = tag;

    internal ushort PacketId { get; set; }
    /// <summary>Order of publishing; what is sent again is sent in it.</summary>
    internal long Order { get; init; }
    /// <summary>It was on the wire once, so it is sent again with the DUP flag.</summary>
    internal bool WasSent { get; set; }
    /// <summary>How often it was on the wire.</summary>
    internal int Sendings { get; set; }
    /// <summary>The server had no room for it: it waits before it goes again.</summary>
    internal bool Held { get; set; }
}

/// <summary>What a device knows of its deliveries. Called on the device's own loop: count and return.</summary>
internal interface IDeliveryAccount
{
    void Sent(OutgoingMessage message);
    void Acknowledged(OutgoingMessage message);
    /// <param name="message">The server took the message and named a reason why it will not keep it (MQTT 5 only).</param>
    /// <param name="reason">The reason code's name and the server's own words.</param>
    void Refused(OutgoingMessage message, string reason);
    /// <summary>The server has no room now; the device keeps the message and sends it again.</summary>
    void NoRoom(string reason);
    /// <summary>The connection ended or could not be made; the device tries again by itself.</summary>
    void Disconnected(string reason);
}
