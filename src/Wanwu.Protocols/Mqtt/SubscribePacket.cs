namespace Wanwu.Protocols.Mqtt;

/// <summary>Subscription options, MQTT 5.0 §3.8.3.1. Before MQTT 5 only the QoS.</summary>
public readonly record struct SubscriptionOptions(byte Bits)
{
    public byte Qos => (byte)(Bits & 3);
    public bool NoLocal => (Bits & 4) != 0;
    public bool RetainAsPublished => (Bits & 8) != 0;
    /// <summary>0: send retained messages; 1: only when the subscription is new; 2: never.</summary>
    public byte RetainHandling => (byte)((Bits >> 4) & 3);

    internal static bool IsValid(byte bits, MqttVersion version) => (bits & 3) != 3
        && (version == MqttVersion.V5 ? (bits & 0xC0) == 0 && (bits & 0x30) != 0x30 : (bits & 0xFC) == 0);
}

/// <summary>One topic filter of a SUBSCRIBE or UNSUBSCRIBE; an UNSUBSCRIBE has no options.</summary>
public readonly ref struct FilterRequest(ReadOnlySpan<byte> filter, SubscriptionOptions options)
{
    public ReadOnlySpan<byte> Filter { get; } = filter;
    public SubscriptionOptions Options { get; } = options;
}

/// <summary>A SUBSCRIBE or UNSUBSCRIBE as it lies in the receive buffer (MQTT 5.0 §3.8, §3.10). Its filters are enumerated; they are checked when it is read.</summary>
public readonly ref struct SubscribePacket
{
    private readonly ReadOnlySpan<byte> _filters;
    private readonly bool _withOptions;

    private SubscribePacket(ushort id, MqttProperties properties, ReadOnlySpan<byte> filters, bool withOptions, int count)
    {
        PacketId = id;
        Properties = properties;
        _filters = filters;
        _withOptions = withOptions;
        Count = count;
        foreach (var property in properties)
            if (property.Id == PropertyId.SubscriptionIdentifier) SubscriptionIdentifier = property.Number;
    }

    public ushort PacketId { get; }
    public MqttProperties Properties { get; }
    /// <summary>0 where there is none.</summary>
    public uint SubscriptionIdentifier { get; }
    public int Count { get; }
    public Enumerator GetEnumerator() => new(_filters, _withOptions);

    /// <summary><paramref name="type"/> is <see cref="PacketType.Subscribe"/> or <see cref="PacketType.Unsubscribe"/>.</summary>
    public static MqttFault TryRead(ReadOnlySpan<byte> body, byte flags, PacketType type, MqttVersion version, out SubscribePacket packet)
    {
        packet = default;
        if (flags != 2 && version != MqttVersion.V31) return MqttFault.ReservedFlags;
        var reader = new MqttReader(body);
        if (!reader.TryUInt16(out var id)) return MqttFault.Truncated;
        if (id == 0) return MqttFault.PacketIdentifierZero;
        MqttProperties properties = default;
        var fault = version == MqttVersion.V5 ? MqttProperties.TryRead(ref reader, type, out properties) : MqttFault.None;
        if (fault != MqttFault.None) return fault;
        if (reader.AtEnd) return MqttFault.NothingToSubscribe;

        var filters = reader.Rest;
        var count = 0;
        for (; !reader.AtEnd; count++)
        {
            fault = TryReadFilter(ref reader, type == PacketType.Subscribe, version);
            if (fault != MqttFault.None) return fault;
        }
        packet = new SubscribePacket(id, properties, filters, type == PacketType.Subscribe, count);
        return MqttFault.None;
    }

    private static MqttFault TryReadFilter(scoped ref MqttReader reader, bool withOptions, MqttVersion version)
    {
        if (!reader.TryText(out var filter, out var fault)) return fault;
        if (filter.IsEmpty) return MqttFault.TopicFilterEmpty;
        byte bits = 0;
        if (withOptions && !reader.TryByte(out bits)) return MqttFault.Truncated;
        if (!SubscriptionOptions.IsValid(bits, version)) return MqttFault.SubscriptionOptions;
        if (version != MqttVersion.V5 || !MqttText.TrySplitShared(filter, out var name, out var rest)) return MqttFault.None;
        return name.IsEmpty || rest.IsEmpty || (bits & 4) != 0 ? MqttFault.SharedFilterInvalid : MqttFault.None;
    }

    public ref struct Enumerator(ReadOnlySpan<byte> filters, bool withOptions)
    {
        private MqttReader _reader = new(filters);
        private FilterRequest _current;
        public readonly FilterRequest Current => _current;

        public bool MoveNext()
        {
            if (!_reader.TryBinary(out var filter)) return false;
            byte bits = 0;
            if (withOptions && !_reader.TryByte(out bits)) return false;
            _current = new FilterRequest(filter, new SubscriptionOptions(bits));
            return true;
        }
    }
}
