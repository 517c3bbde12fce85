using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Protocols.Tests.Mqtt;

public sealed class SessionTests
{
    private static void Deliver(MqttSession session, string payload, byte qos = 1) => session.Deliver(
        new MqttMessage { Topic = "t"u8.ToArray(), Payload = Encoding.UTF8.GetBytes(payload), Qos = qos }, qos, retain: false, [], 0);

    [Fact]
    public void A_message_whose_identifier_is_still_in_use_waits_for_it()
    {
        var session = new MqttSession(new SessionLimits(MaxInFlight: 10));
        var rig = new EngineRig(session: session).Connected();
        Deliver(session, "stays");
        rig.Sent();
        for (var i = 1; i < ushort.MaxValue; i++)
        {
            Deliver(session, "x");
            rig.Sent();
            rig.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubAck, (ushort)(1 + i)));
        }
        Deliver(session, "next");
        Assert.Equal("", rig.Sent());
        rig.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubAck, 1));
        Assert.Equal("320A0001740001" + "00" + "6E657874", rig.Sent());
    }

    [Fact]
    public void What_the_next_connection_does_not_take_at_once_waits_its_turn_and_is_still_a_repetition()
    {
        var session = new MqttSession(new SessionLimits());
        var first = new EngineRig(session: session).Connected();
        for (var i = 1; i <= 3; i++) Deliver(session, $"{i}");
        session.Detach(first.Output);
        Deliver(session, "4");
        var second = new EngineRig(session: session).Connected(receiveMaximum: 2);
        Assert.Equal((2, 2), (session.InFlight, session.Queued));
        second.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubAck, 1));
        second.Receive(Packets.Ack(MqttVersion.V5, PacketType.PubAck, 2));
        Assert.Equal("3A070001740003" + "0033" + "32070001740004" + "0034", second.Sent());
    }

    [Fact]
    public void A_client_that_does_not_read_gets_no_more_until_there_is_room_again()
    {
        var session = new MqttSession(new SessionLimits(MaxQueuedBytes: 1 << 20));
        var rig = new EngineRig(session: session).Connected();
        for (var i = 0; i < 100; i++) Deliver(session, new string('x', 1000));
        Assert.InRange(session.InFlight, 60, 70);
        Assert.InRange(rig.Output.Bytes, 60_000, 70_000);
        rig.Output.BeforeTake = () => session.Pump(0, onlyStalled: true);
        rig.Sent();
        Assert.Equal(100, session.InFlight + session.Queued);
        rig.Sent();
        Assert.Equal((100, 0), (session.InFlight, session.Queued));
    }

    [Fact]
    public void Beyond_the_bytes_of_all_sessions_the_one_that_gets_a_message_loses_its_own_oldest()
    {
        var budget = new QueueBudget(100);
        var (one, other) = (new MqttSession(new SessionLimits(), budget), new MqttSession(new SessionLimits(), budget));
        Deliver(one, new string('1', 60));
        Deliver(other, new string('2', 30));
        Deliver(other, new string('3', 30));
        Assert.Equal((1, 0L), (one.Queued, one.Dropped));
        Assert.Equal((1, 1L), (other.Queued, other.Dropped));
        Assert.Equal((92, 1L), (budget.Bytes, budget.Dropped));
        one.End();
        Assert.Equal(31, budget.Bytes);
    }
}
