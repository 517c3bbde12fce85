using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>Which messages tell of what is to be erased: observations on their way to subscribers, and messages on other topics that name a thing by its id or an identifier, in the topic or in what they say.</summary>
/// <remarks>Which values a message has is not looked at: one that waits for a subscriber goes whole.</remarks>
internal sealed class ErasedMessages(ThingDirectory things) : IErasedRecords
{
    /// <summary>A shorter identifier stands in too many texts by chance.</summary>
    private const int ShortestName = 6;

    public Func<MqttMessage, bool> Of(ErasureSubject subject)
    {
        List<byte[]> names = [.. subject.Order.Things.SelectMany(thing => NamesOf(thing.Thing)).Select(Encoding.UTF8.GetBytes)];
        return message => message.Received * 1_000 <= subject.Order.Ordered.Microseconds && (IsObservation(message.Topic, out var isTaken, subject) ? isTaken : names.Exists(name => Names(message, name)));
    }

    private IEnumerable<string> NamesOf(ThingId thing) =>
        [thing.ToString(), .. things.Find(thing)?.Identifiers.Select(identifier => identifier.Value).Where(value => value.Length >= ShortestName) ?? []];

    private static bool Names(MqttMessage message, byte[] name) => message.Topic.AsSpan().IndexOf(name) >= 0 || message.Payload.AsSpan().IndexOf(name) >= 0;

    /// <summary>Whether the topic is <c>v1/things/ID/observations/PROPERTY</c>.</summary>
    private static bool IsObservation(ReadOnlySpan<byte> topic, out bool isTaken, ErasureSubject subject)
    {
        isTaken = false;
        if (!TopicFilter.Matches(ObservationFeed.Pattern, topic)) return false;
        var parts = Encoding.UTF8.GetString(topic).Split('/');
        isTaken = ThingId.TryParse(parts[2], null, out var thing) && PropertyName.TryParse(parts[4], null, out var property) && subject.Has(thing, property);
        return true;
    }

    public bool Takes(in LogRecord record, ErasureSubject subject)
    {
        if (record.Type is not (RecordType.Published or RecordType.Retained or RecordType.HeldMessage)) return false;
        var reader = new PayloadReader(record.Payload);
        if (record.Type == RecordType.HeldMessage) reader.UInt32();
        var message = reader.Message();
        return message.Payload.Length > 0 && Of(subject)(message);
    }
}
