using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Hosting;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>The MQTT door of the real server over its log, without sockets, web server or store: made and thrown away in a moment.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ManualResetEventSlim _mayFlush = new(true);
    private readonly SemaphoreSlim _flushes = new(0);
    private volatile bool _fails;

    private Broker(WebApplication app, string folder) => (_app, Folder) = (app, folder);

    public string Folder { get; }
    public MqttDoor Door => Get<MqttDoor>();
    public MqttSessions Sessions => Get<MqttSessions>();
    public DurableSessions Durable => Get<DurableSessions>();
    public ObservationLog Log => Get<ObservationLog>();
    public LogRecovery Recovery => Get<LogReplay>().Last!;
    public FakeTimeProvider Clock => (FakeTimeProvider)Get<TimeProvider>();

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public static Broker Start(string folder, FakeTimeProvider clock, params string[] settings)
    {
        string[] all = ["--urls=http://127.0.0.1:0", "--Connect:Mqtt:Port=0", "--Connect:Mqtt:AllowAnonymous=true", "--Telemetry:Log:ReserveMegabytes=1", $"--Data:Path={folder}", .. settings];
        var app = Composition.Build(all, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(clock);
        });
        var broker = new Broker(app, folder);
        var log = Path.Combine(folder, "log");
        Directory.CreateDirectory(log);
        broker.Get<DiskFaults>().Before = broker.AtStep;
        broker.Get<Committer>().Open(log, broker.Get<LogReplay>().Run(log, 0, static () => { }, CancellationToken.None));
        broker.Log.Start();
        return broker;
    }

    private DiskFault? AtStep(DiskStep step)
    {
        if (_fails && step != DiskStep.Open) return new DiskFault("The disk is full.");
        if (step != DiskStep.Flush || _mayFlush.IsSet) return null;
        _flushes.Release();
        _mayFlush.Wait();
        return null;
    }

    /// <summary>From here on what is written reaches the file and is not flushed: nothing is acknowledged.</summary>
    public void Hold() => _mayFlush.Reset();

    public void Release() => _mayFlush.Set();

    /// <summary>While held: waits until something has reached the file. False when nothing comes.</summary>
    public Task<bool> WroteAsync() => _flushes.WaitAsync(TimeSpan.FromMilliseconds(150));

    public void DiskFails(bool fails) => _fails = fails;

    public Client Connect(string id, Client? before = null) => new(Door, id, before);

    /// <summary>What kill -9 leaves: the folder as it is at this moment.</summary>
    public string Corpse()
    {
        var copy = Directory.CreateTempSubdirectory("wanwu-corpse-").FullName;
        foreach (var part in (string[])["log", SnapshotFolder.Name])
        {
            if (!Directory.Exists(Path.Combine(Folder, part))) continue;
            Directory.CreateDirectory(Path.Combine(copy, part));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, part)))
            {
                using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var target = File.Create(Path.Combine(copy, part, Path.GetFileName(file)));
                source.CopyTo(target);
            }
        }
        return copy;
    }

    /// <summary>Positions behind every whole record at or behind <paramref name="from"/>.</summary>
    public static List<long> Boundaries(string folder, long from)
    {
        var ends = new List<long>();
        LogScan.Read(LogFolder.List(Path.Combine(folder, "log")), (in LogRecord record) =>
        {
            if (record.Position >= from) ends.Add(record.Position + record.Bytes.Length);
        });
        return ends;
    }

    /// <summary>Cuts the log at a position, as a power cut does.</summary>
    public static void Cut(string folder, long position)
    {
        foreach (var segment in LogFolder.List(Path.Combine(folder, "log")).Where(segment => segment.First < position))
        {
            using var file = File.OpenWrite(segment.Path);
            if (file.Length > position - segment.First) file.SetLength(position - segment.First);
        }
    }

    /// <summary>Everything durable, as text: equal for equal states.</summary>
    public string State()
    {
        var text = new System.Text.StringBuilder();
        foreach (var session in Sessions.Durable().OrderBy(session => session.Durable!.Number))
        {
            var image = Sessions.Capture(session, out _)!;
            text.Append($"{image.Number} {image.ClientId} {image.Caller.Name} next {image.Queue.Next} received {string.Join(',', image.Queue.Received.Order())}\n");
            foreach (var (filter, subscription) in image.Subscriptions.OrderBy(one => System.Text.Encoding.UTF8.GetString(one.Key), StringComparer.Ordinal))
                text.Append($"  {System.Text.Encoding.UTF8.GetString(filter)} {subscription.Options.Bits} {subscription.Identifier}\n");
            foreach (var delivery in image.Queue.Deliveries.Values)
                text.Append($"  {delivery.Number} q{delivery.Qos} {delivery.Retain} {string.Join(',', delivery.SubscriptionIdentifiers)} {TextOf(delivery.Message)}\n");
        }
        foreach (var message in Get<RetainedMessages>().All().OrderBy(message => TextOf(message), StringComparer.Ordinal)) text.Append($"retained {TextOf(message)}\n");
        return text.ToString();
    }

    private static string TextOf(Wanwu.Protocols.Mqtt.MqttMessage? message) => message is null ? "released" : $"{System.Text.Encoding.UTF8.GetString(message.Topic)}={System.Text.Encoding.UTF8.GetString(message.Payload)}";

    public async ValueTask DisposeAsync()
    {
        Release();
        _fails = false;
        await Log.StopAsync();
        await _app.DisposeAsync();
    }
}
