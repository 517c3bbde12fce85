namespace Wanwu.Protocols.Mqtt;

/// <summary>The control packets (MQTT 5.0 §2.1.2); the number is the upper half of a packet's first byte.</summary>
public enum PacketType : byte
{
    /// <summary>Reserved on the wire. The property table uses the number for the will inside a CONNECT.</summary>
    Will = 0,
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}

/// <summary>The protocol level a client asks for in its CONNECT.</summary>
public enum MqttVersion : byte
{
    None = 0,
    /// <summary>MQTT 3.1, protocol name <c>MQIsdp</c>.</summary>
    V31 = 3,
    V311 = 4,
    V5 = 5,
}
