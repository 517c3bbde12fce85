using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Protocols.Tests.Mqtt;

public sealed class EngineTests
{
    private static byte[] Conversation(MqttVersion version) =>
    [
        .. Packets.Connect(version),
        .. Packets.Publish(version, "a/b", "hi"),
        .. Packets.Publish(version, "a/b", "one", 1, 7),
        .. Packets.Subscribe(version, 9, "x/#", 1),
        .. Packets.Subscribe(version, 10, "$share/g/x/+", 2),
        .. Packets.Publish(version, "a/c", "two", 2, 8),
        .. Packets.Ack(version, PacketType.PubRel, 8),
        .. MqttWriter.PingReq,
        .. new byte[] { 0xE0, 0 },
    ];

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void A_conversation_reads_the_same_wherever_the_network_cuts_it(MqttVersion version)
    {
        var bytes = Conversation(version);
        var whole = new EngineRig(version);
        whole.Receive(bytes);
        var answers = whole.Sent();
        Assert.Equal(MqttFault.None, whole.Fault);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var rig = new EngineRig(version);
            rig.Receive(bytes.AsSpan(0, cut));
            rig.Receive(bytes.AsSpan(cut));
            Assert.Equal(whole.Messages, rig.Messages);
            Assert.Equal(answers, rig.Sent());
        }
    }

    [Fact]
    public void Acknowledgements_wait_for_their_batch_and_leave_in_the_order_of_their_messages()
    {
        var rig = new EngineRig().Connected();
        rig.Batch = 5;
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "1", 1, 1));
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "2", 1, 2));
        rig.Batch = 0;
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "3", 1, 3));
        rig.Batch = 6;
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "4", 1, 4));
        Assert.Equal("", rig.Sent());
        rig.Output.Committed(5);
        Assert.Equal("400200014002000240020003", rig.Sent());
        rig.Output.Committed(6);
        Assert.Equal("40020004", rig.Sent());
    }

    [Fact]
    public void A_batch_that_was_lost_is_told_to_an_MQTT_5_client_and_closes_others()
    {
        var five = new EngineRig().Connected();
        five.Batch = 3;
        five.Receive(Packets.Publish(MqttVersion.V5, "t", "1", 2, 1));
        Assert.True(five.Output.Failed(3, "", id => five.Session.Release(id)));
        Assert.Equal("500300" + "0197", five.Sent());
        Assert.Equal(0, five.Session.Unreleased);

        var old = new EngineRig(MqttVersion.V311).Connected();
        old.Batch = 3;
        old.Receive(Packets.Publish(MqttVersion.V311, "t", "1", 1, 1));
        Assert.False(old.Output.Failed(3, "", _ => { }));
        Assert.Equal("", old.Sent());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_batch_that_was_lost_before_its_message_was_answered_acknowledges_nothing(long batch)
    {
        var rig = new EngineRig().Connected();
        Assert.True(rig.Output.Failed(3, "", _ => { }));
        Assert.True(rig.Output.Failed(4, "", _ => { }));
        Assert.False(rig.Engine.Answer(1, 1, ReasonCode.Success, null, batch));
        Assert.Equal("", rig.Sent());
        // Neither what was on disk before nor what is written once the disk takes writes again is concerned.
        Assert.True(rig.Engine.Answer(1, 2, ReasonCode.Success, null, 2));
        Assert.True(rig.Engine.Answer(1, 3, ReasonCode.Success, null, 5));
        rig.Output.Committed(5);
        Assert.Equal("40020002" + "40020003", rig.Sent());
    }

    [Fact]
    public void A_message_of_QoS_2_is_handed_on_once_however_often_it_comes()
    {
        var rig = new EngineRig().Connected();
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "x", 2, 4));
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "x", 2, 4, dup: true));
        Assert.Equal("5002000450020004", rig.Sent());
        Assert.Single(rig.Messages);
        rig.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubRel, 4));
        rig.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubRel, 4));
        Assert.Equal("70020004" + "7003000492", rig.Sent());
        rig.Receive(Packets.Publish(MqttVersion.V5, "t", "y", 2, 4));
        Assert.Equal(2, rig.Messages.Count);
    }

    [Fact]
    public void A_topic_alias_stands_for_the_topic_it_was_given_with()
    {
        var rig = new EngineRig().Connected();
        var alias = new PropertyWriter().Add(PropertyId.TopicAlias, 3).Raw.ToArray();
        rig.Receive(Packets.Publish(MqttVersion.V5, "a/b", "1", properties: alias));
        rig.Receive(Packets.Publish(MqttVersion.V5, "", "2", properties: alias));
        rig.Receive(Packets.Publish(MqttVersion.V5, "c", "3", properties: alias));
        rig.Receive(Packets.Publish(MqttVersion.V5, "", "4", properties: alias));
        Assert.Equal(["a/b", "a/b", "c", "c"], rig.Messages.Select(message => message.Topic));
        rig.Receive(Packets.Publish(MqttVersion.V5, "", "5", properties: new PropertyWriter().Add(PropertyId.TopicAlias, 4).Raw.ToArray()));
        Assert.Equal(MqttFault.TopicAliasUnknown, rig.Fault);
    }

    [Fact]
    public void More_in_flight_than_the_receive_maximum_closes_an_MQTT_5_client_and_holds_others()
    {
        var limits = new EngineLimits { ReceiveMaximum = 2 };
        foreach (var version in new[] { MqttVersion.V5, MqttVersion.V311 })
        {
            var rig = new EngineRig(version, limits).Connected();
            rig.Batch = 1;
            for (ushort id = 1; id <= 3; id++) rig.Receive(Packets.Publish(version, "t", "x", 1, id));
            Assert.Equal(2, rig.Messages.Count);
            Assert.Equal(version == MqttVersion.V5 ? MqttFault.ReceiveMaximumExceeded : MqttFault.None, rig.Fault);
            rig.Output.Committed(1);
            rig.Batch = 0;
            rig.Receive([]);
            Assert.Equal(version == MqttVersion.V5 ? 2 : 3, rig.Messages.Count);
        }
    }

    [Fact]
    public void A_packet_that_is_too_large_is_refused_by_its_header_alone()
    {
        var rig = new EngineRig(limits: new EngineLimits { MaxPacketBytes = 1000 }).Connected();
        rig.Receive([0x30, 0xE8, 0x07]);
        Assert.Equal(MqttFault.PacketTooLarge, rig.Fault);
        Assert.StartsWith("E040953E1F003B", rig.Sent(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16030100", MqttFault.FirstPacketNotConnect)] // a TLS hello
    [InlineData("47455420", MqttFault.FirstPacketNotConnect)] // GET
    [InlineData("10FFFFFF7F", MqttFault.PacketTooLarge)]
    public void A_stranger_is_recognised_before_anything_is_buffered(string hex, MqttFault fault)
    {
        var rig = new EngineRig();
        rig.Receive(Convert.FromHexString(hex));
        Assert.Equal(fault, rig.Fault);
        Assert.Equal("", rig.Sent());
    }

    [Fact]
    public void What_was_not_acknowledged_is_sent_again_with_DUP_to_the_next_connection()
    {
        var session = new MqttSession(new SessionLimits());
        var first = new EngineRig(session: session).Connected();
        Deliver(session, "t", "1", 1);
        Deliver(session, "t", "2", 2);
        Deliver(session, "t", "3", 2);
        Assert.Equal("32070001740001" + "0031" + "34070001740002" + "0032" + "34070001740003" + "0033", first.Sent());
        first.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubRec, 2));
        Assert.Equal("62020002", first.Sent());
        session.Detach(first.Output);
        Deliver(session, "t", "4", 1);

        var second = new EngineRig(session: session);
        second.Receive(Packets.Connect(MqttVersion.V5, clean: false));
        Assert.Equal("2003000000" + "3A070001740001" + "0031" + "62020002" + "3C070001740003" + "0033" + "32070001740004" + "0034", second.Sent());
    }

    [Fact]
    public void No_more_is_in_flight_than_the_client_takes_and_a_full_queue_drops_its_oldest()
    {
        var session = new MqttSession(new SessionLimits(MaxQueuedMessages: 3));
        var rig = new EngineRig(session: session).Connected(receiveMaximum: 1);
        for (var i = 1; i <= 6; i++) Deliver(session, "t", $"{i}", 1);
        Assert.Equal("32070001740001" + "0031", rig.Sent());
        Assert.Equal(2, session.Dropped);
        rig.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubAck, 1));
        // 2 and 3 were dropped, and used up their identifiers.
        Assert.Equal("32070001740004" + "0034", rig.Sent());
    }

    [Fact]
    public void A_client_that_does_not_read_loses_messages_of_QoS_0_and_they_are_counted()
    {
        var rig = new EngineRig(MqttVersion.V311).Connected();
        for (var i = 0; i < 100; i++) Deliver(rig.Session, "t", new string('x', 1000), 0);
        Assert.InRange(rig.Output.Bytes, 60_000, 70_000);
        Assert.InRange(rig.Output.Dropped, 30, 40);
    }

    [Fact]
    public void Expiry_counts_down_and_subscription_identifiers_come_along()
    {
        var session = new MqttSession(new SessionLimits());
        var message = new MqttMessage { Topic = "t"u8.ToArray(), Payload = "x"u8.ToArray(), Qos = 1, Expiry = 10, Received = 0 };
        session.Deliver(message, 1, retain: false, [5], now: 0);
        session.Deliver(new MqttMessage { Topic = "t"u8.ToArray(), Payload = "y"u8.ToArray(), Qos = 1, Expiry = 2, Received = 0 }, 1, false, [], 0);
        var output = new MqttOutput(1024) { Version = MqttVersion.V5 };
        session.Attach(output, 100, now: 4_000);
        Assert.Equal("320E0001740001" + "07" + "0200000006" + "0B05" + "78", Convert.ToHexString(output.Take().AsSpan()));
        Assert.Equal(1, session.Dropped);
    }

    private static void Deliver(MqttSession session, string topic, string payload, byte qos) => session.Deliver(
        new MqttMessage { Topic = Encoding.UTF8.GetBytes(topic), Payload = Encoding.UTF8.GetBytes(payload), Qos = qos }, qos, retain: false, [], 0);
}
