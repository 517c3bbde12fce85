using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Publishes a will in the name of the client that left it, with the rights the client has now.</summary>
internal sealed class WillPublisher(MqttDoor door)
{
    public void Publish(ClientSession session, MqttMessage will)
    {
        var targets = new PublishTargets(door.Intake, door.Plain.Rules.For(session.Caller, session.ClientId));
        var target = targets.Find(will.Topic);
        if (target.IsPlainToo) door.Plain.Publish(will, new Sender(session, Insists: true), ref target.Route);
        var read = new ReportBuffer();
        var received = door.Intake.Now;
        if (!MessageReading.TryRead(door.Intake, target, will.Payload, received, read)) return;
        // Nobody waits for an answer: when the log has no room, the will is lost like any message of QoS 0.
        var parts = 0;
        MessageParts.Append(door.Intake, received, read, 0, resent: false, waiter: null, receipt: null, place: null, ref parts);
        door.Metrics.Received("mqtt", 1, read.Observations.Length, read.Refused);
    }
}

/// <summary>Reads a message for the topic it was published to.</summary>
internal static class MessageReading
{
    /// <summary>False: the message says nothing to the platform; it is between clients alone.</summary>
    public static bool TryRead(MessageIntake intake, PublishTarget target, ReadOnlySpan<byte> payload, Timestamp received, ReportBuffer into)
    {
        if (target.Meaning == TopicMeaning.Plain) return false;
        into.Begin(target.BookedOn, target.Text);
        if (target.Meaning == TopicMeaning.Report) intake.Read(payload, target.Thing!, received, into);
        else if (target.Meaning == TopicMeaning.Event) intake.ReadEvent(payload, target.Thing!, target.EventName, received, into);
        else if (target.Meaning == TopicMeaning.Renewal) into.Refuse(RefusalReason.NotAllowed, "A will asks for no certificate.", payload);
        else if (target.Meaning == TopicMeaning.Refused) into.Refuse(target.Reason, target.Detail, payload);
        else if (!new MappedReader(intake).TryRead(payload, target.Mapped!, received, into))
        {
            if (target.IsPlainToo) return false;
            into.Refuse(RefusalReason.UnknownTopic, $"No mapping takes this message: {target.Mapped!.Conditions()}.", payload);
        }
        return true;
    }
}
