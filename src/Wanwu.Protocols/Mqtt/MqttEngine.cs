namespace Wanwu.Protocols.Mqtt;

/// <summary>What one connection may ask of the server.</summary>
public sealed record EngineLimits
{
    /// <summary>Largest packet taken, header included.</summary>
    public int MaxPacketBytes { get; init; } = 256 * 1024;
    /// <summary>Messages of QoS 1 and 2 a client may have in flight.</summary>
    public ushort ReceiveMaximum { get; init; } = 1024;
    public ushort TopicAliasMaximum { get; init; } = 10;
    /// <summary>Topic aliases used towards a client that takes that many.</summary>
    public ushort OutgoingTopicAliases { get; init; } = 64;
    /// <summary>A CONNECT needs no more; a peer that has not signed in gets no larger buffer.</summary>
    public int MaxConnectBytes { get; init; } = 16 * 1024;
}

/// <summary>The server's side of one MQTT connection, free of any transport: bytes in, steps and bytes out.</summary>
/// <remarks>
/// <see cref="Next"/> is called with what the transport has received until it answers <see cref="StepKind.NeedMore"/>; the caller acts on each step.
/// One loop drives it. Bytes to send gather in the <see cref="Output"/>, which other threads may use. Bytes from outside never throw.
/// </remarks>
public sealed class MqttEngine(EngineLimits limits, MqttOutput output)
{
    private enum Phase : byte { AwaitsConnect, Connecting, Connected, Closed }

    private Phase _phase;
    private byte[]?[] _aliases = [];
    private MqttSession? _session;
    private long _now;
    private bool _usesQos2;
    private int _unreleasedBefore;

    public MqttOutput Output => output;
    public MqttVersion Version => output.Version;
    public bool IsConnected => _phase == Phase.Connected;
    /// <summary>Whether the connection may use retained messages; set before <see cref="Accept"/>.</summary>
    public bool RetainAvailable { get; set; }

    /// <summary>Reads one packet off the front of <paramref name="input"/>.</summary>
    /// <param name="input">What was received and not yet consumed.</param>
    /// <param name="now">Unix time in milliseconds, for message expiry.</param>
    public MqttStep Next(ReadOnlySpan<byte> input, long now)
    {
        _now = now;
        if (_phase is Phase.Connecting or Phase.Closed || input.IsEmpty) return default;
        // Until CONNECT the first byte alone tells a stranger (a TLS hello, an HTTP request) from a client.
        if (_phase == Phase.AwaitsConnect && !MayBeConnect(input[0])) return Fail(MqttFault.FirstPacketNotConnect);
        var maxBytes = _phase == Phase.AwaitsConnect ? Math.Min(limits.MaxConnectBytes, limits.MaxPacketBytes) : limits.MaxPacketBytes;
        var result = MqttFrame.TryRead(input, maxBytes, out var frame);
        switch (result)
        {
            case FrameResult.NeedMore: return default;
            case FrameResult.TooLarge: return Fail(MqttFault.PacketTooLarge);
            case FrameResult.Malformed: return Fail(MqttFault.LengthMalformed);
        }
        var body = input.Slice(frame.BodyStart, frame.BodyLength);
        if (_phase == Phase.AwaitsConnect) return OnConnect(frame, body);
        // MQTT 3.1.1 does not ask for the shortest form of a length, MQTT 5 does.
        if (!frame.Minimal && Version == MqttVersion.V5) return Fail(MqttFault.LengthNotMinimal);
        return frame.Type == PacketType.Publish ? OnPublish(frame, body) : OnOther(frame, body);
    }

    // MQTT 3.1 knew DUP and QoS on a CONNECT, but no QoS 3 and no RETAIN: a TLS hello (0x16) is told apart.
    private static bool MayBeConnect(byte first) => first >> 4 == (int)PacketType.Connect && (first & 0x06) != 0x06;

    private MqttStep OnOther(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        switch (frame.Type)
        {
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                return OnAck(frame, body);
            case PacketType.Subscribe or PacketType.Unsubscribe:
                var fault = SubscribePacket.TryRead(body, frame.Flags, frame.Type, Version, out _);
                if (fault != MqttFault.None) return Fail(fault);
                return new MqttStep { Kind = frame.Type == PacketType.Subscribe ? StepKind.Subscribe : StepKind.Unsubscribe, Consumed = frame.Length, Body = body, First = frame.First, Version = Version };
            case PacketType.PingReq:
                if (frame.Flags != 0) return Fail(MqttFault.ReservedFlags);
                if (frame.BodyLength != 0) return Fail(MqttFault.PingWithBody);
                output.WritePingResp();
                return Handled(frame);
            case PacketType.Disconnect:
                return OnDisconnect(frame, body);
            case PacketType.Connect:
                return Fail(MqttFault.SecondConnect);
            case PacketType.PingResp when frame.Flags == 0 && frame.BodyLength != 0:
                return Fail(MqttFault.PingWithBody);
            default:
                return Fail(MqttFault.UnexpectedPacket);
        }
    }

    private MqttStep OnConnect(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        var fault = ConnectPacket.TryRead(body, frame.Flags, out var connect);
        if (fault == MqttFault.None && !frame.Minimal && connect.Version == MqttVersion.V5) fault = MqttFault.LengthNotMinimal;
        if (fault == MqttFault.ProtocolVersion) output.TryWriteConnAck(false, ReasonCode.UnsupportedProtocolVersion, default);
        // A CONNECT that cannot be read is answered by closing: what version would the answer be in (§4.13.1)?
        if (fault != MqttFault.None)
        {
            _phase = Phase.Closed;
            return new MqttStep { Kind = StepKind.Fault, Fault = fault };
        }
        output.Version = connect.Version;
        fault = ReadLimits(connect.Properties);
        if (fault != MqttFault.None)
        {
            Refuse(fault.ToReasonCode(), fault.Sentence());
            return new MqttStep { Kind = StepKind.Fault, Fault = fault };
        }
        _phase = Phase.Connecting;
        return new MqttStep { Kind = StepKind.Connect, Consumed = frame.Length, Body = body, First = frame.First };
    }

    /// <summary>Messages the client takes at a time, 1 to 65 535.</summary>
    public int ClientReceiveMaximum { get; private set; } = ushort.MaxValue;

    /// <summary>The session expiry interval the client asked for, in seconds.</summary>
    public uint? SessionExpiry { get; private set; }

    private MqttFault ReadLimits(MqttProperties properties)
    {
        var (method, data) = (false, false);
        foreach (var property in properties)
        {
            switch (property.Id)
            {
                case PropertyId.ReceiveMaximum: ClientReceiveMaximum = (int)property.Number; break;
                case PropertyId.MaximumPacketSize: output.ClientMaxPacket = property.Number; break;
                case PropertyId.RequestProblemInformation: output.ProblemInformation = property.Number == 1; break;
                case PropertyId.SessionExpiryInterval: SessionExpiry = property.Number; break;
                case PropertyId.TopicAliasMaximum: output.ClientTopicAliases = (int)Math.Min(property.Number, limits.OutgoingTopicAliases); break;
                case PropertyId.AuthenticationMethod: method = true; break;
                case PropertyId.AuthenticationData: data = true; break;
            }
        }
        return method ? MqttFault.AuthenticationMethod : data ? MqttFault.AuthenticationDataAlone : MqttFault.None;
    }

    /// <summary>Answers the CONNECT and connects the session. False when the client takes no packet as large as the answer.</summary>
    public bool Accept(MqttSession session, bool sessionPresent, ReadOnlySpan<byte> properties)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (!output.TryWriteConnAck(sessionPresent, ReasonCode.Success, properties))
        {
            Refuse(ReasonCode.PacketTooLarge);
            return false;
        }
        _phase = Phase.Connected;
        (_session, _unreleasedBefore) = (session, session.Unreleased);
        session.Attach(output, ClientReceiveMaximum, _now);
        return true;
    }

    /// <summary>Refuses the CONNECT; the connection must be closed when the answer has left.</summary>
    public void Refuse(ReasonCode code, string? reason = null)
    {
        _phase = Phase.Closed;
        var properties = reason is null ? [] : new PropertyWriter().Add(PropertyId.ReasonString, System.Text.Encoding.UTF8.GetBytes(reason)).Raw;
        if (!output.TryWriteConnAck(false, code, properties)) output.TryWriteConnAck(false, code, default);
        output.Close();
    }

    private MqttStep OnPublish(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        var fault = PublishPacket.TryRead(body, frame.Flags, Version, out var publish);
        if (fault == MqttFault.None && Version == MqttVersion.V5) fault = ResolveAlias(ref publish);
        if (fault != MqttFault.None) return Fail(fault);
        if (publish.Retain && !RetainAvailable && Version == MqttVersion.V5) return Fail(MqttFault.RetainNotSupported);
        if (publish.Qos > 0 && InFlight(publish.Qos) >= limits.ReceiveMaximum)
        {
            if (Version != MqttVersion.V5) return new MqttStep { Kind = StepKind.Hold };
            return Fail(MqttFault.ReceiveMaximumExceeded);
        }
        return new MqttStep { Kind = StepKind.Publish, Consumed = frame.Length, Publish = publish };
    }

    /// <summary>
    /// Messages of the client that count against the receive maximum: of QoS 1 until PUBACK, of QoS 2 until PUBCOMP (§4.9). Before MQTT 5 there is no such limit and only
    /// what waits for the disk counts: holding back a client until it releases messages would hold back the release.
    /// </summary>
    private int InFlight(byte qos)
    {
        _usesQos2 |= qos == 2;
        var pending = output.Settle();
        if (!_usesQos2 || Version != MqttVersion.V5) return pending;
        var unreleased = Math.Max(0, _session!.Unreleased - _unreleasedBefore);
        // Mostly the sum is small enough although it counts twice what waits for its PUBREC.
        return pending + unreleased < limits.ReceiveMaximum ? pending + unreleased : unreleased + output.Pending(PacketType.PubAck);
    }

    /// <summary>Takes note of a message of QoS 2. False when it came before: the engine has acknowledged it again, and it must not be handed on.</summary>
    public bool TryReceive(in PublishPacket publish)
    {
        if (publish.Qos < 2 || _session!.TryReceive(publish.PacketId)) return true;
        output.Ack(PacketType.PubRec, publish.PacketId, ReasonCode.Success, null, _session.Behind());
        return false;
    }

    /// <summary>
    /// Acknowledges a message once <paramref name="batch"/> is on disk (0: nothing to wait for) and every earlier message is acknowledged. False, and nothing is
    /// acknowledged, when the batch is lost already.
    /// </summary>
    public bool Answer(byte qos, ushort packetId, ReasonCode code, string? reason, long batch)
    {
        if (qos == 0) return true;
        if (qos == 2 && code >= ReasonCode.UnspecifiedError && Version == MqttVersion.V5) _session!.Release(packetId);
        else if (qos == 2) _session!.HandedOn(packetId);
        return output.Ack(qos == 1 ? PacketType.PubAck : PacketType.PubRec, packetId, code, reason, batch);
    }

    private MqttFault ResolveAlias(ref PublishPacket publish)
    {
        var (alias, identifiers) = (0, 0);
        foreach (var property in publish.Properties)
        {
            if (property.Id == PropertyId.TopicAlias) alias = (int)property.Number;
            // Only a server has reason to repeat one; a single one of a client is ignored.
            if (property.Id == PropertyId.SubscriptionIdentifier && ++identifiers > 1) return MqttFault.PropertyTwice;
        }
        if (alias == 0) return publish.Topic.IsEmpty ? MqttFault.TopicNameInvalid : MqttFault.None;
        if (alias > limits.TopicAliasMaximum) return MqttFault.TopicAliasInvalid;
        if (_aliases.Length == 0) _aliases = new byte[limits.TopicAliasMaximum + 1][];
        ref var topic = ref _aliases[alias];
        if (publish.Topic.IsEmpty)
        {
            if (topic is null) return MqttFault.TopicAliasUnknown;
            publish = publish.WithTopic(topic);
        }
        else if (topic is null || !publish.Topic.SequenceEqual(topic)) topic = publish.Topic.ToArray();
        return MqttFault.None;
    }

    private MqttStep OnAck(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        var fault = AckPacket.TryRead(body, frame.Flags, frame.Type, Version, out var ack);
        if (fault != MqttFault.None) return Fail(fault);
        if (frame.Type == PacketType.PubRel)
        {
            var known = _session!.Release(ack.PacketId, out var batch);
            output.Ack(PacketType.PubComp, ack.PacketId, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound, null, batch);
            return Handled(frame);
        }
        fault = _session!.Acknowledge(frame.Type, ack.PacketId, ack.Code, _now);
        return fault == MqttFault.None ? Handled(frame) : Fail(fault);
    }

    private MqttStep OnDisconnect(MqttFrame frame, ReadOnlySpan<byte> body)
    {
        var fault = DisconnectPacket.TryRead(body, frame.Flags, Version, out var packet);
        if (fault == MqttFault.None && !ReasonCodes.IsClientDisconnectCode((byte)packet.Code)) fault = MqttFault.ReasonCodeUnknown;
        if (fault != MqttFault.None) return Fail(fault);
        uint? expiry = null;
        foreach (var property in packet.Properties)
            if (property.Id == PropertyId.SessionExpiryInterval) expiry = property.Number;
        if (expiry > 0 && SessionExpiry is null or 0 && expiry is not null) return Fail(MqttFault.SessionExpiryRaised);
        _phase = Phase.Closed;
        output.Close();
        return new MqttStep { Kind = StepKind.Disconnect, Consumed = frame.Length, WithWill = packet.Code != ReasonCode.Success, SessionExpiry = expiry };
    }

    private static MqttStep Handled(MqttFrame frame) => new() { Kind = StepKind.Handled, Consumed = frame.Length };

    private MqttStep Fail(MqttFault fault)
    {
        if (_phase == Phase.Connected) output.WriteDisconnect(fault.ToReasonCode(), fault.Sentence());
        _phase = Phase.Closed;
        return new MqttStep { Kind = StepKind.Fault, Fault = fault };
    }
}
