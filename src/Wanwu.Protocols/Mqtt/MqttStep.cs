namespace Wanwu.Protocols.Mqtt;

public enum StepKind : byte
{
    /// <summary>No whole packet is left.</summary>
    NeedMore,
    /// <summary>The engine dealt with the packet itself.</summary>
    Handled,
    /// <summary>A CONNECT awaits <see cref="MqttEngine.Accept"/> or <see cref="MqttEngine.Refuse"/>; no further packet is read until then.</summary>
    Connect,
    /// <summary>A message awaits <see cref="MqttEngine.Answer"/> (QoS 1 and 2).</summary>
    Publish,
    Subscribe,
    Unsubscribe,
    /// <summary>The client says goodbye.</summary>
    Disconnect,
    /// <summary>More acknowledgements are pending than the connection may have: read on when some have left.</summary>
    Hold,
    /// <summary>The peer broke the protocol; the last packet for it has been written, the connection must be closed.</summary>
    Fault,
}

/// <summary>What the next packet in the receive buffer asks for. Lives no longer than the bytes it was read from.</summary>
public readonly ref struct MqttStep
{
    public StepKind Kind { get; internal init; }
    /// <summary>Bytes to take off the front of the buffer; 0 for <see cref="StepKind.NeedMore"/> and <see cref="StepKind.Hold"/>.</summary>
    public int Consumed { get; internal init; }
    public MqttFault Fault { get; internal init; }
    /// <summary>For <see cref="StepKind.Publish"/>: with its topic, also where the sender used an alias.</summary>
    public PublishPacket Publish { get; internal init; }
    // A step is returned for every message: the rare packets are decoded again where they are wanted instead of making each step larger.
    internal ReadOnlySpan<byte> Body { get; init; }
    internal byte First { get; init; }
    internal MqttVersion Version { get; init; }
    /// <summary>For <see cref="StepKind.Disconnect"/>: whether the client wants its will published all the same.</summary>
    public bool WithWill { get; internal init; }
    /// <summary>For <see cref="StepKind.Disconnect"/>: a session expiry interval, if the client changes it.</summary>
    public uint? SessionExpiry { get; internal init; }

    /// <summary>For <see cref="StepKind.Connect"/>.</summary>
    public ConnectPacket ReadConnect()
    {
        ConnectPacket.TryRead(Body, (byte)(First & 0x0F), out var packet);
        return packet;
    }

    /// <summary>For <see cref="StepKind.Subscribe"/> and <see cref="StepKind.Unsubscribe"/>.</summary>
    public SubscribePacket ReadSubscribe()
    {
        SubscribePacket.TryRead(Body, (byte)(First & 0x0F), (PacketType)(First >> 4), Version, out var packet);
        return packet;
    }
}
