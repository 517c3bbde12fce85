using System.Buffers;
using System.Text;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt;

/// <summary>Sends committed observations to whoever has subscribed <c>v1/things/ID/observations/PROPERTY</c> and may see the thing.</summary>
/// <remarks>
/// <para>The committer's thread only copies a batch into a bounded queue, and nothing at all while nobody listens; a loop of its own finds the receivers.
/// Who receives a series is worked out once and holds until a subscription, the registry or who may see what changes.</para>
/// <para>To sessions that outlive the process no observation is lost: how far the feed has come is written down behind what it handed over, and what the queue could not take,
/// or a crash took from it, is read back from the log. After a crash the last ones may come twice.</para>
/// </remarks>
internal sealed class ObservationFeed(CommittedBatches batches, PlainTopics plain, MessageIntake intake, ObservationsInLog log, ConnectMetrics metrics, ILogger<ObservationFeed> logger) : BackgroundService
{
    private const int MaxQueued = 200_000;
    private const long Live = long.MaxValue;

    private sealed class SeriesRoute(byte[] topic)
    {
        public byte[] Topic { get; } = topic;
        public TopicRoute? Found;
        public long Version { get; set; } = -1;
        public RouteTarget[] Targets { get; set; } = [];
        public ShareGroup[] Groups { get; set; } = [];
        /// <summary>Whether a caller may see the thing's observations.</summary>
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var writer = new Utf8JsonWriter(_json);
        while (true)
        {
            if (!_isBehind) await _arrived.WaitAsync(stoppingToken);
            if (_isBehind ? CatchUp(writer, stoppingToken) : SendTaken(writer)) continue;
            // The journal takes nothing: it is tried again, from where the feed has come to.
            lock (_gate) _isBehind = true;
            await Task.Delay(TimeSpan.FromSeconds(1), intake.Clock, stoppingToken);
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
        if (route.Targets.Length == 0 && route.Groups.Length == 0) return true;
        var now = intake.Now.Microseconds / 1000;
        var message = new MqttMessage { Topic = route.Topic, Payload = Encode(observation, writer), Qos = 2, Received = now };
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
        return posted.Outcome == AppendOutcome.Appended;
    }

    private bool WasSubscribed(RouteTarget target, byte[] topic, long position)
    {
        foreach (var subscription in plain.Routes.Of(target.Session))
            if (subscription.Since <= position && TopicFilter.Matches(subscription.Topics, topic)) return true;
        return false;
    }

    private SeriesRoute RouteOf(Series series)
    {
        if (!_routes.TryGetValue(series.Number, out var route))
            _routes[series.Number] = route = new SeriesRoute(Encoding.UTF8.GetBytes($"v1/things/{series.Thing}/observations/{series.Property}"));
        var before = route.Found;
        var found = plain.Routes.Find(route.Topic, ref route.Found);
        if (ReferenceEquals(found, before) && route.Version == intake.Version) return route;
        route.Version = intake.Version;
        var thing = found.IsEmpty ? null : intake.Things.Find(series.Thing);
        route.May = thing is null ? null : caller => intake.Rules.May(caller, Permission.ReadObservations, thing);
        route.Targets = route.May is { } may ? [.. found.Targets.Where(target => may(target.Session.Caller))] : [];
        route.Groups = thing is null ? [] : found.Groups;
        return route;
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
