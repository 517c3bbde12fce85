using System.Buffers;
using System.Text;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>Sends committed observations to whoever has subscribed <c>v1/things/ID/observations/PROPERTY</c> and may see the thing.</summary>
/// <remarks>
/// The committer's thread only copies a batch into a bounded queue, and nothing at all while nobody listens; a loop of its own finds the receivers.
/// Who receives a series is worked out once and holds until a subscription or the registry changes.
/// </remarks>
internal sealed class ObservationFeed(CommittedBatches batches, PlainTopics plain, MessageIntake intake, ConnectMetrics metrics, ILogger<ObservationFeed> logger) : BackgroundService
{
    private const int MaxQueued = 200_000;

    private sealed class SeriesRoute(byte[] topic)
    {
        public byte[] Topic { get; } = topic;
        public TopicRoute? Found;
        public long Things { get; set; } = -1;
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
    private long _lost;

    /// <summary>What every topic of observations looks like.</summary>
    public static ReadOnlySpan<byte> Pattern => "v1/things/+/observations/+"u8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = batches.Subscribe(Take);
        using var writer = new Utf8JsonWriter(_json);
        while (true)
        {
            await _arrived.WaitAsync(stoppingToken);
            long lost;
            lock (_gate)
            {
                (_queued, _taken) = (_taken, _queued);
                (lost, _lost) = (_lost, 0);
            }
            if (lost > 0)
            {
                logger.FeedOverrun(lost);
                metrics.Dropped("mqtt", lost);
            }
            foreach (var observation in _taken) Send(observation, writer);
            _taken.Clear();
        }
    }

    private void Take(CommittedBatch batch)
    {
        if (plain.Routes.Count == 0) return;
        lock (_gate)
        {
            var room = MaxQueued - _queued.Count;
            var observations = batch.Observations;
            _lost += Math.Max(0, observations.Length - room);
            _queued.AddRange(observations[..Math.Min(observations.Length, room)]);
            if (_arrived.CurrentCount == 0) _arrived.Release();
        }
    }

    private void Send(in Observation observation, Utf8JsonWriter writer)
    {
        var route = RouteOf(observation.Series);
        if (route.Targets.Length == 0 && route.Groups.Length == 0) return;
        var now = intake.Now.Microseconds / 1000;
        var message = new MqttMessage { Topic = route.Topic, Payload = Encode(observation, writer), Qos = 2, Received = now };
        List<RouteTarget>? members = null;
        foreach (var group in route.Groups)
            if (group.TryChoose(message.Qos, route.May, out var member)) (members ??= []).Add(member);
        plain.Post.Send(message, route.Targets, members, Sender.Server);
    }

    private SeriesRoute RouteOf(Series series)
    {
        if (!_routes.TryGetValue(series.Number, out var route))
            _routes[series.Number] = route = new SeriesRoute(Encoding.UTF8.GetBytes($"v1/things/{series.Thing}/observations/{series.Property}"));
        var before = route.Found;
        var found = plain.Routes.Find(route.Topic, ref route.Found);
        if (ReferenceEquals(found, before) && route.Things == intake.Things.Version) return route;
        route.Things = intake.Things.Version;
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
        _arrived.Dispose();
        base.Dispose();
    }
}
