using System.Buffers;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Sends committed observations to whoever has subscribed <c>v1/things/ID/observations/PROPERTY</c> and may see the thing.</summary>
/// <remarks>
/// <para>The committer's thread only copies a batch into a bounded queue, and nothing at all while nobody listens; a loop of its own finds the receivers.
/// Who receives a series is worked out once and holds until a subscription, the registry or who may see what changes.</para>
/// <para>To sessions that outlive the process no observation is lost: how far the feed has come is written down behind what it handed over, and what the queue could not take,
/// or a crash took from it, is read back from the log. After a crash the last ones may come twice.</para>
/// </remarks>
internal sealed class ObservationFeed(CommittedBatches batches, PlainTopics plain, MessageIntake intake, ObservationsInLog log, ValueMasks masks, ConnectMetrics metrics, ILogger<ObservationFeed> logger) : BackgroundService
{
    private const int MaxQueued = 200_000;
    private const long Live = long.MaxValue;

    private sealed class SeriesRoute(byte[] topic)
    {
        public byte[] Topic { get; } = topic;
        public TopicRoute? Found;
        public long Version { get; set; } = -1;
        public RouteTarget[] Targets { get; set; } = [];
        /// <summary>Those who see the values masked, and the mask, of which a property has one.</summary>
        public RouteTarget[] MaskedTargets { get; set; } = [];
        public Masking? Mask { get; set; }
        public ShareGroup[] Groups { get; set; } = [];
        /// <summary>Whether a caller may see the thing's observations in clear.</summary>
        public Func<Caller, bool>? May { get; set; }
    }

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly Dictionary<int, SeriesRoute> _routes = [];
    private readonly ArrayBufferWriter<byte> _json = new(256);
    private List<Observation> _queued = [];
    private List<Observation> _taken = [];
    private IDisposable? _subscription;
    private long _lost;
    /// <summary>Log position behind the last batch that was seen, and behind the last one that is whole in the queue.</summary>
    private long _seenTo, _queuedTo;
    private volatile bool _isBehind;
    private bool _written;

    /// <summary>What every topic of observations looks like.</summary>
    public static ReadOnlySpan<byte> Pattern => "v1/things/+/observations/+"u8;

    private Journal Journal => plain.Post.Journal;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the doors open: what is committed from here on is seen.
        _subscription = batches.Subscribe(Take);
        _seenTo = intake.Log.CommittedPosition;
        _isBehind = Journal.FedTo < _seenTo;
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(ObservationFeed), LoopAsync, intake.Clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var writer = new Utf8JsonWriter(_json);
        try
        {
            while (true)
            {
                if (!_isBehind) await _arrived.WaitAsync(stop);
                if (_isBehind ? CatchUp(writer, stop) : SendTaken(writer)) continue;
                // The journal takes nothing: it is tried again, from where the feed has come to.
                lock (_gate) _isBehind = true;
                await Task.Delay(TimeSpan.FromSeconds(1), intake.Clock, stop);
            }
        }
        finally
        {
            // Whatever ended it: it begins again behind the last observation that was surely handed over.
            lock (_gate) _isBehind = true;
            _taken.Clear();
        }
    }

    private void Take(CommittedBatch batch)
    {
        lock (_gate)
        {
            _seenTo = batch.EndPosition;
            if (plain.Routes.Count == 0 || _isBehind) return;
            var observations = batch.Observations;
            var room = MaxQueued - _queued.Count;
            if (observations.Length <= room) _queued.AddRange(observations);
            else if (plain.Routes.DurableCount > 0) _isBehind = true;
            else
            {
                _lost += observations.Length - room;
                _queued.AddRange(observations[..room]);
            }
            if (!_isBehind) _queuedTo = _seenTo;
            if (_arrived.CurrentCount == 0) _arrived.Release();
        }
    }

    private bool SendTaken(Utf8JsonWriter writer)
    {
        long lost, to;
        lock (_gate)
        {
            (_queued, _taken) = (_taken, _queued);
            (lost, _lost, to) = (_lost, 0, _queuedTo);
        }
        if (lost > 0)
        {
            logger.FeedOverrun(lost);
            metrics.Dropped("mqtt", lost);
        }
        _written = false;
        var all = true;
        foreach (var observation in _taken) all &= Send(observation, writer, Live);
        _taken.Clear();
        return all && Advance(to);
    }

    /// <summary>Reads from the log what was not handed over, up to what the queue will have from here on.</summary>
    private bool CatchUp(Utf8JsonWriter writer, CancellationToken stop)
    {
        long to;
        lock (_gate)
        {
            (to, _isBehind) = (_seenTo, false);
            _queued.Clear();
            _queuedTo = to;
        }
        _written = false;
        var all = true;
        try
        {
            if (plain.Routes.Count > 0) log.Read(Journal.FedTo, to, (in Observation observation, long position) => all &= Send(observation, writer, position), stop);
            return all && Advance(to);
        }
        catch (IOException fault)
        {
            logger.FeedNotRead(fault, Journal.FedTo);
            return false;
        }
    }

    /// <summary>Notes how far the feed has come: on disk only where something it handed over is, so that observations nobody keeps cost nothing.</summary>
    private bool Advance(long to)
    {
        Journal.FedTo = Math.Max(to, Journal.FedTo);
        if (_written) Journal.Append(RecordType.Fed, PayloadWriter.Mine.Int64(to), null);
        return true;
    }

    /// <summary>False when it could not be written down for somebody for whom it must be.</summary>
    /// <param name="position">For an observation read back from the log, where it lies: it is not for subscriptions made later.</param>
    private bool Send(in Observation observation, Utf8JsonWriter writer, long position)
    {
        var route = RouteOf(observation.Series);
        var sent = route.MaskedTargets.Length == 0 || SendMasked(route, observation, writer, position);
        if (route.Targets.Length == 0 && route.Groups.Length == 0) return sent;
        var message = MessageOf(route, observation, writer);
        List<RouteTarget>? members = null;
        foreach (var group in route.Groups)
            if (group.TryChoose(message.Qos, route.May, out var member)) (members ??= []).Add(member);
        var targets = route.Targets;
        if (position != Live)
        {
            targets = [.. targets.Where(target => WasSubscribed(target, route.Topic, position))];
            members?.RemoveAll(member => !WasSubscribed(member, route.Topic, position));
        }
        var posted = plain.Post.Send(message, targets, members, Sender.Server);
        _written |= posted.Batch != 0;
        return sent && posted.Outcome == AppendOutcome.Appended;
    }

    private bool SendMasked(SeriesRoute route, in Observation observation, Utf8JsonWriter writer, long position)
    {
        var message = MessageOf(route, observation with { Value = masks.Of(route.Mask!, observation.Value) }, writer, isMasked: true);
        var targets = position == Live ? route.MaskedTargets : [.. route.MaskedTargets.Where(target => WasSubscribed(target, route.Topic, position))];
        var posted = plain.Post.Send(message, targets, null, Sender.Server);
        _written |= posted.Batch != 0;
        return posted.Outcome == AppendOutcome.Appended;
    }

    private MqttMessage MessageOf(SeriesRoute route, in Observation observation, Utf8JsonWriter writer, bool isMasked = false) =>
        new() { Topic = route.Topic, Payload = Encode(observation, writer), Qos = 2, IsMasked = isMasked, Received = intake.Now.Microseconds / 1000 };

    private bool WasSubscribed(RouteTarget target, byte[] topic, long position)
    {
        foreach (var subscription in plain.Routes.Of(target.Session))
            if (subscription.Since <= position && TopicFilter.Matches(subscription.Topics, topic)) return true;
        return false;
    }

    private SeriesRoute RouteOf(Series series)
    {
        if (!_routes.TryGetValue(series.Number, out var route))
            _routes[series.Number] = route = new SeriesRoute(ObservationTopic.Of(series.Thing, series.Property));
        var before = route.Found;
        var found = plain.Routes.Find(route.Topic, ref route.Found);
        if (ReferenceEquals(found, before) && route.Version == intake.Version) return route;
        route.Version = intake.Version;
        var thing = found.IsEmpty ? null : intake.Things.Find(series.Thing);
        Admit(route, found, thing, series.Property);
        return route;
    }

    /// <summary>Parts those who see the values in clear from those who see them masked. What is shared goes to one of the first: its members take turns and must see alike.</summary>
    private void Admit(SeriesRoute route, TopicRoute found, ThingEntry? thing, PropertyName property)
    {
        (route.Targets, route.MaskedTargets, route.Groups, route.Mask, route.May) = ([], [], [], null, null);
        if (thing is null) return;
        PropertySight Sight(Caller caller) => intake.Rules.May(caller, Permission.ReadObservations, thing) ? intake.Rules.SightOf(caller, thing).Of(property) : PropertySight.None;
        route.May = caller => Sight(caller).IsClear;
        route.Groups = found.Groups;
        route.Targets = [.. found.Targets.Where(target => route.May(target.Session.Caller))];
        if (route.Targets.Length == found.Targets.Length) return;
        route.MaskedTargets = [.. found.Targets.Where(target => Sight(target.Session.Caller) is { IsClear: false, ShowsNow: true })];
        if (route.MaskedTargets.Length > 0) route.Mask = Sight(route.MaskedTargets[0].Session.Caller).Mask;
    }

    private byte[] Encode(in Observation observation, Utf8JsonWriter writer)
    {
        _json.ResetWrittenCount();
        writer.Reset(_json);
        writer.WriteStartObject();
        writer.WriteString("t"u8, observation.Time.ToString());
        writer.WritePropertyName("value"u8);
        observation.Value.WriteTo(writer);
        writer.WriteString("quality"u8, Qualities.NameOf(observation.Quality));
        writer.WriteEndObject();
        writer.Flush();
        return _json.WrittenSpan.ToArray();
    }

    public override void Dispose()
    {
        _subscription?.Dispose();
        _arrived.Dispose();
        base.Dispose();
    }
}
