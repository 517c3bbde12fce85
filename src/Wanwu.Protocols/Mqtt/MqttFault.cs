namespace Wanwu.Protocols.Mqtt;

/// <summary>What is wrong with bytes a peer sent. Each fault ends the connection.</summary>
public enum MqttFault : byte
{
    None,
    LengthMalformed,
    LengthNotMinimal,
    PacketTooLarge,
    Truncated,
    TrailingBytes,
    ReservedFlags,
    TextNotUtf8,
    UnknownProperty,
    PropertyNotAllowed,
    PropertyNotAllowedHere,
    PropertyTwice,
    PropertyValue,
    SubscriptionIdentifierZero,
    PacketIdentifierZero,
    QosInvalid,
    DupWithoutQos,
    TopicNameInvalid,
    TopicFilterEmpty,
    SharedFilterInvalid,
    SubscriptionOptions,
    NothingToSubscribe,
    ReasonCodeUnknown,
    UnexpectedPacket,
    FirstPacketNotConnect,
    SecondConnect,
    ProtocolName,
    ProtocolVersion,
    ConnectFlags,
    WillMalformed,
    TopicAliasInvalid,
    TopicAliasUnknown,
    ReceiveMaximumExceeded,
    RetainNotSupported,
    AcknowledgementOutOfTurn,
    PingWithBody,
    AuthenticationMethod,
    AuthenticationDataAlone,
    SessionExpiryRaised,
}

public static class MqttFaults
{
    /// <summary>The reason code the DISCONNECT (or CONNACK) carries; <see cref="ReasonCode.Success"/> where the connection is closed without a word.</summary>
    public static ReasonCode ToReasonCode(this MqttFault fault) => fault switch
    {
        MqttFault.None or MqttFault.FirstPacketNotConnect or MqttFault.ProtocolName or MqttFault.PingWithBody => ReasonCode.Success,
        MqttFault.PacketTooLarge => ReasonCode.PacketTooLarge,
        MqttFault.ProtocolVersion => ReasonCode.UnsupportedProtocolVersion,
        MqttFault.TopicAliasInvalid => ReasonCode.TopicAliasInvalid,
        MqttFault.ReceiveMaximumExceeded => ReasonCode.ReceiveMaximumExceeded,
        MqttFault.RetainNotSupported => ReasonCode.RetainNotSupported,
        MqttFault.AuthenticationMethod => ReasonCode.BadAuthenticationMethod,
        MqttFault.PropertyNotAllowed or MqttFault.PropertyTwice or MqttFault.PropertyValue or MqttFault.PacketIdentifierZero
            or MqttFault.SharedFilterInvalid or MqttFault.ReasonCodeUnknown or MqttFault.UnexpectedPacket or MqttFault.SecondConnect
            or MqttFault.AuthenticationDataAlone or MqttFault.TopicAliasUnknown or MqttFault.AcknowledgementOutOfTurn or MqttFault.SessionExpiryRaised => ReasonCode.ProtocolError,
        _ => ReasonCode.MalformedPacket,
    };

    /// <summary>One sentence for the log, for the refusal an integrator reads and for the reason string.</summary>
    public static string Sentence(this MqttFault fault) => fault switch
    {
        MqttFault.None => "No fault.",
        MqttFault.LengthMalformed => "The remaining length runs over four bytes.",
        MqttFault.LengthNotMinimal => "A variable byte integer is not in its shortest form.",
        MqttFault.PacketTooLarge => "The packet is larger than the server's maximum packet size.",
        MqttFault.Truncated => "The packet ends before its fields do.",
        MqttFault.TrailingBytes => "The packet goes on after its last field.",
        MqttFault.ReservedFlags => "The reserved flags of the first byte do not have their fixed value.",
        MqttFault.TextNotUtf8 => "A text is not UTF-8 as MQTT asks: no U+0000, no surrogates, no control characters.",
        MqttFault.UnknownProperty => "A property identifier is not one of MQTT 5.",
        MqttFault.PropertyNotAllowed or MqttFault.PropertyNotAllowedHere => "A property does not belong into this packet.",
        MqttFault.PropertyTwice => "A property that may appear once appears twice.",
        MqttFault.PropertyValue => "A property has a value outside its range.",
        MqttFault.SubscriptionIdentifierZero => "A subscription identifier is 0.",
        MqttFault.PacketIdentifierZero => "The packet identifier is 0.",
        MqttFault.QosInvalid => "The QoS is 3.",
        MqttFault.DupWithoutQos => "DUP is set on a message of QoS 0.",
        MqttFault.TopicNameInvalid => "The topic name is empty or holds a wildcard.",
        MqttFault.TopicFilterEmpty => "A topic filter is empty.",
        MqttFault.SharedFilterInvalid => "A shared subscription has no share name, no filter, or asks for no-local.",
        MqttFault.SubscriptionOptions => "The subscription options use a reserved value.",
        MqttFault.NothingToSubscribe => "The packet names no topic filter.",
        MqttFault.ReasonCodeUnknown => "The reason code is not one this packet may carry.",
        MqttFault.UnexpectedPacket => "Only a server sends this packet, or it has no meaning in this state.",
        MqttFault.FirstPacketNotConnect => "The first packet is not a CONNECT.",
        MqttFault.SecondConnect => "A second CONNECT came on the same connection.",
        MqttFault.ProtocolName => "The protocol name is not MQTT.",
        MqttFault.ProtocolVersion => "The protocol version is not 3.1, 3.1.1 or 5.",
        MqttFault.ConnectFlags => "The flags of the CONNECT contradict each other or use a reserved bit.",
        MqttFault.WillMalformed => "The will is incomplete or its topic is no topic name.",
        MqttFault.TopicAliasInvalid => "The topic alias is 0 or above the server's topic alias maximum.",
        MqttFault.TopicAliasUnknown => "The topic alias was not set before it was used.",
        MqttFault.ReceiveMaximumExceeded => "More messages await their acknowledgement than the server's receive maximum.",
        MqttFault.RetainNotSupported => "Retained messages are not available on this connection.",
        MqttFault.AcknowledgementOutOfTurn => "The acknowledgement is of another kind than the message awaits.",
        MqttFault.PingWithBody => "A PINGREQ or PINGRESP has no body.",
        MqttFault.AuthenticationMethod => "Extended authentication is not offered.",
        MqttFault.AuthenticationDataAlone => "Authentication data came without an authentication method.",
        MqttFault.SessionExpiryRaised => "A session that ends with its connection cannot be kept by a DISCONNECT.",
        _ => fault.ToString(),
    };
}
