using System.Buffers;
using System.Text;
using CsCheck;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Protocols.Tests.Mqtt;

public sealed class CodecTests
{
    private static readonly Gen<byte[]> Text = Gen.Char['a', 'z'].Array[0, 30].Select(letters => Encoding.UTF8.GetBytes(letters));
    private static readonly Gen<byte[]> Binary = Gen.Byte.Array[0, 200];
    private static readonly Gen<MqttVersion> Version = Gen.OneOf(Gen.Const(MqttVersion.V311), Gen.Const(MqttVersion.V5));
    private static readonly Gen<ushort> Id = Gen.UShort[1, ushort.MaxValue];

    private static (MqttFrame Frame, byte[] Body) Cut(ArrayBufferWriter<byte> output)
    {
        Assert.Equal(FrameResult.Done, MqttFrame.TryRead(output.WrittenSpan, int.MaxValue, out var frame));
        Assert.True(frame.Minimal);
        Assert.Equal(output.WrittenCount, frame.Length);
        return (frame, output.WrittenSpan[frame.BodyStart..].ToArray());
    }

    [Fact]
    public void Publish_reads_back_as_it_was_written() => Gen.Select(Version, Gen.Int[0, 2], Gen.Bool, Text, Id, Binary).Sample((version, qos, retain, topic, id, payload) =>
    {
        byte[] name = [(byte)'t', .. topic];
        var properties = version == MqttVersion.V5 ? new PropertyWriter().Add(PropertyId.MessageExpiryInterval, id).AddUser("k"u8, topic).Raw.ToArray() : [];
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WritePublish(output, version, (byte)(qos << 1 | (retain ? 1 : 0)), name, id, properties, payload);
        Assert.Equal(MqttWriter.PublishSize(version, name.Length, (byte)qos, properties.Length, payload.Length), output.WrittenCount);
        var (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, PublishPacket.TryRead(body, frame.Flags, version, out var read));
        Assert.Equal(name, read.Topic.ToArray());
        Assert.Equal(payload, read.Payload.ToArray());
        Assert.Equal(properties, read.Properties.Raw.ToArray());
        Assert.Equal((qos > 0 ? id : (ushort)0, (byte)qos, retain), (read.PacketId, read.Qos, read.Retain));
    });

    [Fact]
    public void Connect_reads_back_as_it_was_written() => Gen.Select(Version, Text, Gen.Bool, Gen.UShort, Binary, Gen.Int[0, 2]).Sample((version, id, clean, keepAlive, secret, qos) =>
    {
        var v5 = version == MqttVersion.V5;
        var properties = v5 ? new PropertyWriter().Add(PropertyId.ReceiveMaximum, 5).Add(PropertyId.SessionExpiryInterval, keepAlive).Raw.ToArray() : [];
        var output = new ArrayBufferWriter<byte>();
        ConnectWriter.Write(output, new ConnectFields
        {
            Version = version, ClientId = id, CleanStart = clean, KeepAlive = keepAlive, UserName = id, Password = secret, Properties = properties,
            Will = new WillFields("w/t"u8.ToArray(), secret, (byte)qos, Retain: clean, v5 ? new PropertyWriter().Add(PropertyId.WillDelayInterval, 7).Raw.ToArray() : default),
        });
        var (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, ConnectPacket.TryRead(body, frame.Flags, out var read));
        Assert.Equal((version, clean, keepAlive, (byte)qos, clean), (read.Version, read.CleanStart, read.KeepAlive, read.WillQos, read.WillRetain));
        Assert.Equal(id, read.ClientId.ToArray());
        Assert.Equal(id, read.UserName.ToArray());
        Assert.Equal(secret, read.Password.ToArray());
        Assert.Equal(secret, read.WillPayload.ToArray());
        Assert.Equal(properties, read.Properties.Raw.ToArray());
    });

    [Fact]
    public void Acknowledgements_read_back_as_they_were_written() => Gen.Select(Version, Gen.Int[4, 7], Id, Text).Sample((version, type, id, reason) =>
    {
        var packet = (PacketType)type;
        var code = version == MqttVersion.V5 && reason.Length % 2 == 1 ? packet is PacketType.PubRel or PacketType.PubComp ? ReasonCode.PacketIdentifierNotFound : ReasonCode.QuotaExceeded : ReasonCode.Success;
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WriteAck(output, version, packet, id, code, reason);
        var (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, AckPacket.TryRead(body, frame.Flags, packet, version, out var read));
        Assert.Equal((packet, id, code), (frame.Type, read.PacketId, read.Code));
        var told = "";
        foreach (var property in read.Properties) told = Encoding.UTF8.GetString(property.Data);
        Assert.Equal(version == MqttVersion.V5 ? Encoding.UTF8.GetString(reason) : "", told);
    });

    [Fact]
    public void Subscribe_and_its_answer_read_back_as_they_were_written() => Gen.Select(Version, Id, Text, Gen.Int[0, 2]).Sample((version, id, text, qos) =>
    {
        byte[] filter = [(byte)'f', .. text];
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WriteSubscribe(output, version, id, filter, new SubscriptionOptions((byte)qos), version == MqttVersion.V5 ? new PropertyWriter().Add(PropertyId.SubscriptionIdentifier, id).Raw : default);
        var (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, SubscribePacket.TryRead(body, frame.Flags, frame.Type, version, out var read));
        Assert.Equal((id, 1, version == MqttVersion.V5 ? id : 0u), (read.PacketId, read.Count, read.SubscriptionIdentifier));
        foreach (var request in read)
        {
            Assert.Equal(filter, request.Filter.ToArray());
            Assert.Equal(qos, request.Options.Qos);
        }
        output.Clear();
        MqttWriter.WriteSubAck(output, version, PacketType.SubAck, id, [(byte)qos, 0x80]);
        (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, SubAckPacket.TryRead(body, frame.Flags, frame.Type, version, out var answer));
        Assert.Equal([(byte)qos, 0x80], answer.Codes.ToArray());
        output.Clear();
        MqttWriter.WriteSubAck(output, version, PacketType.UnsubAck, id, [0x11]);
        (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, SubAckPacket.TryRead(body, frame.Flags, frame.Type, version, out _));
    });

    [Fact]
    public void Connack_disconnect_and_auth_read_back_as_they_were_written()
    {
        var reason = new PropertyWriter().Add(PropertyId.ReasonString, "why"u8).Raw.ToArray();
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WriteConnAck(output, MqttVersion.V5, true, ReasonCode.ServerBusy, reason);
        var (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, ConnAckPacket.TryRead(body, frame.Flags, MqttVersion.V5, out var connAck));
        Assert.Equal((true, (byte)ReasonCode.ServerBusy, reason.Length), (connAck.SessionPresent, connAck.Code, connAck.Properties.Raw.Length));
        output.Clear();
        MqttWriter.WriteDisconnect(output, MqttVersion.V5, ReasonCode.KeepAliveTimeout, reason);
        (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, DisconnectPacket.TryRead(body, frame.Flags, MqttVersion.V5, out var disconnect));
        Assert.Equal(ReasonCode.KeepAliveTimeout, disconnect.Code);
        output.Clear();
        MqttWriter.WriteAuth(output, ReasonCode.ContinueAuthentication, reason);
        (frame, body) = Cut(output);
        Assert.Equal(MqttFault.None, AuthPacket.TryRead(body, frame.Flags, out var auth));
        Assert.Equal(ReasonCode.ContinueAuthentication, auth.Code);
    }

    [Fact]
    public void Every_property_reads_back_in_its_form_and_only_where_it_belongs()
    {
        foreach (var id in Enum.GetValues<PropertyId>())
        {
            var writer = new PropertyWriter();
            switch (MqttProperties.FormOf((uint)id))
            {
                case PropertyForm.Text or PropertyForm.Binary: writer.Add(id, "a"u8); break;
                case PropertyForm.Pair: writer.AddUser("a"u8, "b"u8); break;
                default: writer.Add(id, 1); break;
            }
            byte[] block = [(byte)writer.Raw.Length, .. writer.Raw];
            foreach (var packet in Enum.GetValues<PacketType>())
            {
                var reader = new MqttReader(block);
                var fault = MqttProperties.TryRead(ref reader, packet, out var read);
                Assert.Equal(MqttProperties.IsAllowed(packet, id), fault == MqttFault.None);
                if (fault != MqttFault.None) continue;
                foreach (var property in read) Assert.Equal(id, property.Id);
            }
        }
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("7F", 127)]
    [InlineData("8001", 128)]
    [InlineData("FFFFFF7F", 268_435_455)]
    public void Variable_byte_integers_have_one_form(string hex, uint value)
    {
        var bytes = new byte[4];
        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, MqttWriter.WriteVariable(bytes, value))));
        var reader = new MqttReader(Convert.FromHexString(hex));
        Assert.True(reader.TryVariable(out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("80808000")]
    [InlineData("FFFFFFFF7F")]
    [InlineData("80")]
    public void Other_forms_are_refused(string hex) => Assert.False(new MqttReader(Convert.FromHexString(hex)).TryVariable(out _));

    [Fact]
    public void Garbage_never_throws_and_makes_no_large_answer() => Gen.Select(Gen.Byte.Array[0, 300], Gen.OneOf(Gen.Const(MqttVersion.V311), Gen.Const(MqttVersion.V5)), Gen.Bool).Sample((bytes, version, signedIn) =>
    {
        var rig = new EngineRig(version);
        if (signedIn) rig.Connected();
        rig.Receive(bytes);
        // The last word of a connection gives its reason in a sentence.
        Assert.InRange(rig.Sent().Length, 0, 2 * (bytes.Length * 2 + 16 + 160));
    }, iter: 20_000);

    [Fact]
    public void Packets_with_flipped_bytes_never_throw() => Gen.Select(Gen.Int[0, 6], Gen.Int[0, 60], Gen.Byte, Version).Sample((which, at, value, version) =>
    {
        byte[] packet = which switch
        {
            0 => Packets.Connect(version),
            1 => Packets.Publish(version, "a/b", "hello", 1, 5, version == MqttVersion.V5 ? new PropertyWriter().Add(PropertyId.ResponseTopic, "r"u8).AddUser("a"u8, "b"u8).Raw.ToArray() : []),
            2 => Packets.Subscribe(version, 3, "a/+/#", 1),
            3 => Packets.Ack(version, PacketType.PubRel, 9),
            4 => Packets.Ack(version, PacketType.PubRec, 9),
            5 => [0xE0, 3, 0, 1, 0],
            _ => Packets.Publish(version, "t", "x", 2, 1),
        };
        packet[at % packet.Length] = value;
        var rig = new EngineRig(version);
        if (which > 0) rig.Connected();
        rig.Receive(packet);
    }, iter: 20_000);
}
