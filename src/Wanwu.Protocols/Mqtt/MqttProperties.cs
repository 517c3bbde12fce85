namespace Wanwu.Protocols.Mqtt;

/// <summary>The properties of MQTT 5.0 §2.2.2.2.</summary>
public enum PropertyId : byte
{
    PayloadFormatIndicator = 0x01,
    MessageExpiryInterval = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionIdentifier = 0x0B,
    SessionExpiryInterval = 0x11,
    AssignedClientIdentifier = 0x12,
    ServerKeepAlive = 0x13,
    AuthenticationMethod = 0x15,
    AuthenticationData = 0x16,
    RequestProblemInformation = 0x17,
    WillDelayInterval = 0x18,
    RequestResponseInformation = 0x19,
    ResponseInformation = 0x1A,
    ServerReference = 0x1C,
    ReasonString = 0x1F,
    ReceiveMaximum = 0x21,
    TopicAliasMaximum = 0x22,
    TopicAlias = 0x23,
    MaximumQos = 0x24,
    RetainAvailable = 0x25,
    UserProperty = 0x26,
    MaximumPacketSize = 0x27,
    WildcardSubscriptionAvailable = 0x28,
    SubscriptionIdentifierAvailable = 0x29,
    SharedSubscriptionAvailable = 0x2A,
}

public enum PropertyForm : byte { None, Byte, UInt16, UInt32, Variable, Text, Binary, Pair }

/// <summary>One property as it lies in the packet. Numbers are in <see cref="Number"/>; texts and binary data in <see cref="Data"/>; a user property is name and value.</summary>
public readonly ref struct MqttProperty(PropertyId id, uint number, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, ReadOnlySpan<byte> raw)
{
    public PropertyId Id { get; } = id;
    public uint Number { get; } = number;
    public ReadOnlySpan<byte> Name { get; } = name;
    public ReadOnlySpan<byte> Data { get; } = data;
    /// <summary>Identifier and value as sent.</summary>
    public ReadOnlySpan<byte> Raw { get; } = raw;
}

/// <summary>A property block. One that came out of <see cref="TryRead"/> is checked whole and enumerates without fault.</summary>
public readonly ref struct MqttProperties
{
    private static readonly PropertyForm[] Forms = MakeForms();
    private static readonly ulong[] Allowed = MakeAllowed();

    private MqttProperties(ReadOnlySpan<byte> raw) => Raw = raw;

    /// <summary>The block without its length.</summary>
    public ReadOnlySpan<byte> Raw { get; }
    public bool IsEmpty => Raw.IsEmpty;
    public Enumerator GetEnumerator() => new(Raw);

    public static PropertyForm FormOf(uint id) => id < (uint)Forms.Length ? Forms[id] : PropertyForm.None;

    /// <summary>Reads the block's length and the block, and checks every property against <paramref name="packet"/> (<see cref="PacketType.Will"/> for a will).</summary>
    public static MqttFault TryRead(scoped ref MqttReader reader, PacketType packet, out MqttProperties properties)
    {
        properties = default;
        if (!reader.TryVariable(out var length) || !reader.TryTake(length, out var raw)) return MqttFault.Truncated;
        var fault = raw.IsEmpty ? MqttFault.None : Check(raw, packet);
        properties = new MqttProperties(raw);
        return fault;
    }

    private static MqttFault Check(ReadOnlySpan<byte> raw, PacketType packet)
    {
        var reader = new MqttReader(raw);
        var (seen, twice, misplaced) = (0UL, false, false);
        while (!reader.AtEnd)
        {
            var fault = TryReadOne(ref reader, out var property);
            if (fault != MqttFault.None) return fault;
            var bit = 1UL << (int)property.Id;
            twice |= (seen & bit) != 0 && !MayRepeat(property.Id, packet);
            misplaced |= (Allowed[(int)packet] & bit) == 0;
            seen |= bit;
            fault = CheckValue(property);
            if (fault != MqttFault.None) return fault;
        }
        // The standard calls a misplaced property malformed (§2.2.2.2); in messages and acknowledgements brokers agree on protocol error.
        if (misplaced) return packet is PacketType.Publish or PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp
            ? MqttFault.PropertyNotAllowed : MqttFault.PropertyNotAllowedHere;
        return twice ? MqttFault.PropertyTwice : MqttFault.None;
    }

    // A message has the identifier of every subscription it is sent for (§3.3.2.3.8).
    private static bool MayRepeat(PropertyId id, PacketType packet) =>
        id == PropertyId.UserProperty || (id == PropertyId.SubscriptionIdentifier && packet == PacketType.Publish);

    private static MqttFault CheckValue(in MqttProperty property) => property.Id switch
    {
        PropertyId.SubscriptionIdentifier when property.Number == 0 => MqttFault.SubscriptionIdentifierZero,
        PropertyId.TopicAlias when property.Number == 0 => MqttFault.TopicAliasInvalid,
        PropertyId.ReceiveMaximum or PropertyId.MaximumPacketSize when property.Number == 0 => MqttFault.PropertyValue,
        PropertyId.ResponseTopic when !MqttText.IsTopicName(property.Data) => MqttFault.PropertyValue,
        _ => FormOf((uint)property.Id) == PropertyForm.Byte && property.Number > 1 ? MqttFault.PropertyValue : MqttFault.None,
    };

    internal static MqttFault TryReadOne(scoped ref MqttReader reader, out MqttProperty property)
    {
        property = default;
        var start = reader.Rest;
        if (!reader.TryVariable(out var id)) return MqttFault.Truncated;
        var form = FormOf(id);
        if (form == PropertyForm.None) return MqttFault.UnknownProperty;
        uint number = 0;
        ReadOnlySpan<byte> name = default, data = default;
        var fault = MqttFault.None;
        var read = form switch
        {
            PropertyForm.Byte => TryNarrow(reader.TryByte(out var one), one, out number),
            PropertyForm.UInt16 => TryNarrow(reader.TryUInt16(out var two), two, out number),
            PropertyForm.UInt32 => reader.TryUInt32(out number),
            PropertyForm.Variable => reader.TryVariable(out number),
            PropertyForm.Binary => reader.TryBinary(out data),
            PropertyForm.Pair => reader.TryText(out name, out fault) && reader.TryText(out data, out fault),
            _ => reader.TryText(out data, out fault),
        };
        if (!read) return fault == MqttFault.None ? MqttFault.Truncated : fault;
        property = new MqttProperty((PropertyId)id, number, name, data, start[..^reader.Rest.Length]);
        return MqttFault.None;
    }

    private static bool TryNarrow(bool read, uint value, out uint number)
    {
        number = value;
        return read;
    }

    public ref struct Enumerator(ReadOnlySpan<byte> raw)
    {
        private MqttReader _reader = new(raw);
        private MqttProperty _current;
        public readonly MqttProperty Current => _current;
        public bool MoveNext() => !_reader.AtEnd && TryReadOne(ref _reader, out _current) == MqttFault.None;
    }

    private static PropertyForm[] MakeForms()
    {
        var forms = new PropertyForm[0x2B];
        Set(PropertyForm.Byte, PropertyId.PayloadFormatIndicator, PropertyId.RequestProblemInformation, PropertyId.RequestResponseInformation,
            PropertyId.MaximumQos, PropertyId.RetainAvailable, PropertyId.WildcardSubscriptionAvailable,
            PropertyId.SubscriptionIdentifierAvailable, PropertyId.SharedSubscriptionAvailable);
        Set(PropertyForm.UInt16, PropertyId.ServerKeepAlive, PropertyId.ReceiveMaximum, PropertyId.TopicAliasMaximum, PropertyId.TopicAlias);
        Set(PropertyForm.UInt32, PropertyId.MessageExpiryInterval, PropertyId.SessionExpiryInterval, PropertyId.WillDelayInterval, PropertyId.MaximumPacketSize);
        Set(PropertyForm.Variable, PropertyId.SubscriptionIdentifier);
        Set(PropertyForm.Text, PropertyId.ContentType, PropertyId.ResponseTopic, PropertyId.AssignedClientIdentifier, PropertyId.AuthenticationMethod,
            PropertyId.ResponseInformation, PropertyId.ServerReference, PropertyId.ReasonString);
        Set(PropertyForm.Binary, PropertyId.CorrelationData, PropertyId.AuthenticationData);
        Set(PropertyForm.Pair, PropertyId.UserProperty);
        return forms;

        void Set(PropertyForm form, params ReadOnlySpan<PropertyId> ids)
        {
            foreach (var id in ids) forms[(int)id] = form;
        }
    }

    // MQTT 5.0 table 2-4, a column per packet.
    private static ulong[] MakeAllowed()
    {
        var allowed = new ulong[16];
        Allow(PacketType.Will, PropertyId.PayloadFormatIndicator, PropertyId.MessageExpiryInterval, PropertyId.ContentType, PropertyId.ResponseTopic,
            PropertyId.CorrelationData, PropertyId.WillDelayInterval);
        Allow(PacketType.Connect, PropertyId.SessionExpiryInterval, PropertyId.AuthenticationMethod, PropertyId.AuthenticationData,
            PropertyId.RequestProblemInformation, PropertyId.RequestResponseInformation, PropertyId.ReceiveMaximum, PropertyId.TopicAliasMaximum, PropertyId.MaximumPacketSize);
        Allow(PacketType.ConnAck, PropertyId.SessionExpiryInterval, PropertyId.AssignedClientIdentifier, PropertyId.ServerKeepAlive, PropertyId.AuthenticationMethod,
            PropertyId.AuthenticationData, PropertyId.ResponseInformation, PropertyId.ServerReference, PropertyId.ReasonString, PropertyId.ReceiveMaximum,
            PropertyId.TopicAliasMaximum, PropertyId.MaximumQos, PropertyId.RetainAvailable, PropertyId.MaximumPacketSize,
            PropertyId.WildcardSubscriptionAvailable, PropertyId.SubscriptionIdentifierAvailable, PropertyId.SharedSubscriptionAvailable);
        Allow(PacketType.Publish, PropertyId.PayloadFormatIndicator, PropertyId.MessageExpiryInterval, PropertyId.ContentType, PropertyId.ResponseTopic,
            PropertyId.CorrelationData, PropertyId.SubscriptionIdentifier, PropertyId.TopicAlias);
        foreach (var ack in new[] { PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp, PacketType.SubAck, PacketType.UnsubAck })
            Allow(ack, PropertyId.ReasonString);
        Allow(PacketType.Subscribe, PropertyId.SubscriptionIdentifier);
        Allow(PacketType.Unsubscribe);
        Allow(PacketType.Disconnect, PropertyId.SessionExpiryInterval, PropertyId.ServerReference, PropertyId.ReasonString);
        Allow(PacketType.Auth, PropertyId.AuthenticationMethod, PropertyId.AuthenticationData, PropertyId.ReasonString);
        return allowed;

        void Allow(PacketType packet, params ReadOnlySpan<PropertyId> ids)
        {
            allowed[(int)packet] = 1UL << (int)PropertyId.UserProperty;
            foreach (var id in ids) allowed[(int)packet] |= 1UL << (int)id;
        }
    }

    /// <summary>Whether table 2-4 lets the packet carry the property.</summary>
    public static bool IsAllowed(PacketType packet, PropertyId id) => (Allowed[(int)packet] >> (int)id & 1) != 0;
}
