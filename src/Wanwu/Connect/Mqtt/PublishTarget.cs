using System.Text;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>What a topic means to the one who publishes to it.</summary>
internal enum TopicMeaning : byte { Report, Event, Mapped, Plain, Refused, Renewal }

/// <summary>A topic resolved for one caller, kept as long as neither the registry changes nor who may do what.</summary>
internal sealed class PublishTarget(byte[] topic, ThingId? sender)
{
    /// <summary>The thing the message is booked on: the one it is about, or, where that is refused, the one that sent it.</summary>
    public ThingId? BookedOn => Thing?.Id ?? sender;
    public byte[] Topic { get; } = topic;
    public string Text { get; } = Encoding.UTF8.GetString(topic);
    public TopicMeaning Meaning { get; set; }
    public ReportingThing? Thing { get; set; }
    public byte[] EventName { get; set; } = [];
    public RefusalReason Reason { get; set; }
    public string Detail { get; set; } = "";
    /// <summary>Version of <see cref="MessageIntake"/> at which this was worked out.</summary>
    public long Version { get; set; }
    /// <summary>For a mapped topic: who reads it.</summary>
    public MappedTopic? Mapped { get; set; }
    /// <summary>Whether the caller may also use the topic among clients: a mapped message is then handed on.</summary>
    public bool IsPlainToo { get; set; }
    /// <summary>For a plain topic.</summary>
    public TopicRoute? Route;
}

/// <summary>The topics one connection publishes to, with what they mean.</summary>
/// <remarks>Belongs to the connection's reading loop. The topic of the last message is compared first: a device that uses one topic pays a comparison.</remarks>
internal sealed class PublishTargets(MessageIntake intake, TopicRights rights)
{
    public const string ServersOwn = "Topics that begin with $ are the server's own.";
    private const int MaxKept = 4096;
    private const string Hint = "A thing reports to v1/report and v1/events/NAME, a gateway to v1/things/ID/report.";
    private readonly Dictionary<byte[], PublishTarget> _byTopic = new(BytesComparer.Instance);
    private PublishTarget? _last;
    private readonly Caller _caller = rights.Caller;

    public PublishTarget Find(ReadOnlySpan<byte> topic)
    {
        var target = _last;
        if (target is null || !topic.SequenceEqual(target.Topic))
        {
            if (!_byTopic.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out target))
            {
                if (_byTopic.Count >= MaxKept) _byTopic.Clear();
                _byTopic[topic.ToArray()] = target = new PublishTarget(topic.ToArray(), _caller.Thing);
            }
            _last = target;
        }
        if (target.Version != intake.Version + 1) Resolve(target);
        return target;
    }

    private void Resolve(PublishTarget target)
    {
        // One more than the registry's, so that a target never resolved (0) differs from one resolved before anything changed.
        target.Version = intake.Version + 1;
        ReadOnlySpan<byte> topic = target.Topic;
        if (!PlainTopics.IsReserved(topic)) ResolveOther(target);
        else if (topic.SequenceEqual("v1/report"u8)) ResolveOwn(target, TopicMeaning.Report);
        else if (topic.SequenceEqual(RenewalDesk.AskTopic)) ResolveOwn(target, TopicMeaning.Renewal);
        else if (topic.StartsWith("v1/events/"u8)) ResolveEvent(target, topic[10..], _caller.Thing);
        else if (topic.StartsWith("v1/things/"u8)) ResolveThing(target, topic[10..]);
        else RefuseTopic(target);
    }

    private void ResolveOther(PublishTarget target)
    {
        (target.IsPlainToo, target.Mapped) = (false, MappedTopic.Resolve(intake, _caller, target.Topic, target.Mapped));
        if (_caller.Thing is { } id && intake.Things.Find(id) is null or { IsRetired: true })
            Refuse(target, RefusalReason.ThingRetired, $"The thing {id} is retired; put it in service again before it publishes.");
        else if (_caller.Thing is { } own && intake.Things.Find(own) is { Quarantine: { } quarantine }) Refuse(target, RefusalReason.Quarantined, quarantine.Sentence(own));
        else
        {
            target.IsPlainToo = rights.MayPublish(target.Topic);
            if (target.Mapped is not null) target.Meaning = TopicMeaning.Mapped;
            else if (target.IsPlainToo) target.Meaning = TopicMeaning.Plain;
            else
                Refuse(target, RefusalReason.NotAllowed,
                    $"'{_caller.Name}' may not publish to '{Cut(target.Text)}': no mapping reads it and no rule of Connect:Mqtt:Topics allows it. {Hint}");
        }
    }

    private void ResolveThing(PublishTarget target, ReadOnlySpan<byte> rest)
    {
        var slash = rest.IndexOf((byte)'/');
        if (slash < 0 || !ThingId.TryParse(rest[..slash], null, out var id)) RefuseTopic(target);
        else if (rest[slash..].SequenceEqual("/report"u8)) Resolve(target, TopicMeaning.Report, id);
        else if (rest[slash..].StartsWith("/events/"u8)) ResolveEvent(target, rest[(slash + 8)..], id);
        else RefuseTopic(target);
    }

    private void ResolveEvent(PublishTarget target, ReadOnlySpan<byte> name, ThingId? id)
    {
        if (name.IsEmpty || name.Contains((byte)'/'))
        {
            RefuseTopic(target);
            return;
        }
        target.EventName = name.ToArray();
        if (id is { } thing) Resolve(target, TopicMeaning.Event, thing);
        else ResolveOwn(target, TopicMeaning.Event);
    }

    private void ResolveOwn(PublishTarget target, TopicMeaning meaning)
    {
        if (_caller.Thing is { } own) Resolve(target, meaning, own);
        else Refuse(target, RefusalReason.NotAllowed, $"'{_caller.Name}' is no thing: it reports to v1/things/ID/report, and asks for a certificate over HTTP.");
    }

    private void Resolve(PublishTarget target, TopicMeaning meaning, ThingId id)
    {
        var entry = intake.Things.Find(id);
        // Another thing changed, not this one: what it has learned stands.
        if (target.Thing is { } known && ReferenceEquals(known.Entry, entry) && target.Meaning == meaning && intake.Rules.May(_caller, Permission.Report, entry)) return;
        target.Thing = intake.Open(_caller, id, out var reason, out var detail);
        if (target.Thing is null) Refuse(target, reason, detail);
        else target.Meaning = meaning;
    }

    private static void RefuseTopic(PublishTarget target) => Refuse(target, RefusalReason.UnknownTopic, target.Topic is [(byte)'$', ..] ? ServersOwn :
        $"The topic '{Cut(target.Text)}' means nothing here. {Hint}");

    private static string Cut(string topic) => topic.Length > 128 ? topic[..128] + "…" : topic;

    private static void Refuse(PublishTarget target, RefusalReason reason, string detail) =>
        (target.Meaning, target.Thing, target.Reason, target.Detail) = (TopicMeaning.Refused, null, reason, detail);
}
