using Wanwu.Connect.Intake;
using Wanwu.Protocols.Mqtt;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Publishes a will in the name of the client that left it, with the rights the client has now.</summary>
internal sealed class WillPublisher(MqttDoor door)
{
    public void Publish(ClientSession session, MqttMessage will)
    {
        var targets = new PublishTargets(door.Intake, door.Plain.Rules.For(session.Caller, session.ClientId));
        var target = targets.Find(will.Topic);
        if (target.Meaning == TopicMeaning.Plain)
        {
            door.Plain.Publish(will, session, ref target.Route);
            return;
        }
        var read = new ReportBuffer();
        var received = door.Intake.Now;
        MessageReading.Read(door.Intake, target, will.Payload, received, read);
        // Nobody waits for an answer: when the log has no room, the will is lost like any message of QoS 0.
        door.Intake.Append("mqtt", target.BookedOn ?? default, received, read, 0, resent: false, waiter: null);
        door.Metrics.Received("mqtt", 1, read.Observations.Length, read.Refused);
    }
}

/// <summary>Reads a message for the topic it was published to.</summary>
internal static class MessageReading
{
    public static void Read(MessageIntake intake, PublishTarget target, ReadOnlySpan<byte> payload, Timestamp received, ReportBuffer into)
    {
        into.Begin(target.BookedOn, target.Text);
        if (target.Meaning == TopicMeaning.Report) intake.Read(payload, target.Thing!, received, into);
        else if (target.Meaning == TopicMeaning.Event) intake.ReadEvent(payload, target.Thing!, target.EventName, received, into);
        else into.Refuse(target.Reason, target.Detail, payload);
    }
}
