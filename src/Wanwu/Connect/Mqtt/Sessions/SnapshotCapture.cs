using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>Goes through all durable sessions, one at a time under its own locks, and writes what they are. Messages are taken meanwhile.</summary>
internal sealed class SnapshotCapture(MqttSessions sessions, RetainedMessages retained, SnapshotWriter writer)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    /// <summary>A message that waits in many sessions is written once.</summary>
    private readonly Dictionary<MqttMessage, uint> _held = new(ReferenceEqualityComparer.Instance);

    public async Task RunAsync(CancellationToken stop)
    {
        foreach (var session in sessions.Durable())
        {
            SessionImage? image;
            // A message is on its way into the session and the log at this moment: it is in neither or in both a moment later.
            while ((image = sessions.Capture(session, out var isWhole)) is not null && !isWhole) await Task.Delay(Moment, TimeProvider.System, stop);
            if (image is not null) Write(image, session);
        }
        foreach (var message in retained.All())
        {
            var payload = PayloadWriter.Mine;
            SessionRecords.Published(payload, message, 0, 0);
            writer.Add(RecordType.Retained, payload.Written);
        }
    }

    private void Write(SessionImage image, ClientSession session)
    {
        var number = image.Number;
        writer.Add(RecordType.SessionOpened, SessionRecords.Opened(PayloadWriter.Mine, number, true, image.Caller, image.ClientId, image.Expiry, image.WillDelay, image.Will).Written);
        if (!image.IsConnected)
            writer.Add(RecordType.SessionLeft, SessionRecords.Left(PayloadWriter.Mine, number, image.Expires, image.WillDue, image.Queue.SentBelow).Written);
        var subscriptions = image.Subscriptions.Select(one => new Subscription(session, one.Key, one.Value.Options, one.Value.Identifier) { Since = one.Value.Since }).ToList();
        foreach (var some in subscriptions.Chunk(ushort.MaxValue))
            writer.Add(RecordType.Subscribed, SessionRecords.Subscribed(PayloadWriter.Mine, number, some).Written);
        foreach (var delivery in image.Queue.Deliveries.Values)
            if (delivery.Message is { } message) Hold(message);
        writer.Add(RecordType.SessionQueue, SessionRecords.Queue(PayloadWriter.Mine, number, image.Queue, message => _held[message]).Written);
    }

    private void Hold(MqttMessage message)
    {
        if (!_held.TryAdd(message, (uint)_held.Count)) return;
        writer.Add(RecordType.HeldMessage, PayloadWriter.Mine.UInt32(_held[message]).Message(message).Written);
    }
}

/// <summary>Looks once a second whether a snapshot of the sessions is due.</summary>
internal sealed class SnapshotSchedule(DurableSessions durable, TimeProvider clock, ILogger<SnapshotSchedule> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(SnapshotSchedule), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        while (await timer.WaitForNextTickAsync(stop)) await durable.WriteIfDueAsync(stop);
    }
}
