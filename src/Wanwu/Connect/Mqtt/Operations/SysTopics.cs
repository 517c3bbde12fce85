using System.Globalization;
using System.Reflection;
using System.Text;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Publishes figures of the server under <c>$SYS/broker/</c>, by the names that mosquitto has made common.</summary>
/// <remarks>The timer's one call at a time does all the work; a topic is published when its value has changed, with QoS 0: a figure that was missed is soon replaced.</remarks>
internal sealed class SysTopics(MqttDoor door, ServerTopics present, TimeProvider clock) : IHostedService, IDisposable
{
    private static readonly string Version = typeof(SysTopics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
    private readonly Dictionary<string, (string Text, TopicRoute? Route)> _said = [];
    private readonly Dictionary<string, LoadAverage> _loads = [];
    private readonly long _began = clock.GetTimestamp();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private TimeSpan _lastLoad;
    private int _mostClients;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (door.Options.SysIntervalSeconds == 0) return Task.CompletedTask;
        var interval = TimeSpan.FromSeconds(door.Options.SysIntervalSeconds);
        _timer = clock.CreateTimer(_ => Publish(), null, interval, interval);
        Publish();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null) await _timer.DisposeAsync();
    }

    public void Dispose() => _timer?.Dispose();

    private void Publish()
    {
        // A turn that takes longer than the interval: the next one is left out.
        if (!_gate.TryEnter()) return;
        try
        {
            var traffic = door.Traffic;
            Say("version", $"wanwu version {Version}");
            Say("uptime", $"{(long)clock.GetElapsedTime(_began).TotalSeconds} seconds");
            SayClients(traffic);
            SayTraffic(traffic);
            SayLoads(traffic);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void SayClients(in Traffic traffic)
    {
        var (sessions, connected) = (door.Sessions.Count, door.Count - door.Bounds.Newcomers.Count);
        _mostClients = Math.Max(_mostClients, sessions);
        Say("clients/connected", connected);
        Say("clients/disconnected", Math.Max(0, sessions - connected));
        Say("clients/total", sessions);
        Say("clients/maximum", _mostClients);
        Say("clients/slow", traffic.Slow);
        Say("connections/refused", door.Metrics.RefusedConnects.Sum(refused => refused.Count) + door.Metrics.ConnectionsTurnedAway);
        Say("subscriptions/count", door.Plain.Routes.Count);
        Say("retained messages/count", door.Plain.Retained.Count);
    }

    private void SayTraffic(in Traffic traffic)
    {
        Say("messages/received", traffic.In.Sum);
        Say("messages/sent", traffic.Out.Sum);
        Say("publish/messages/received", traffic.In.Sum);
        Say("publish/messages/sent", traffic.Out.Sum);
        Say("publish/messages/dropped", Dropped(traffic));
        Say("bytes/received", traffic.BytesIn);
        Say("bytes/sent", traffic.BytesOut);
        Say("heap/current", GC.GetTotalMemory(forceFullCollection: false));
    }

    private long Dropped(in Traffic traffic) => traffic.Dropped + door.Sessions.Dropped;

    private void SayLoads(in Traffic traffic)
    {
        var now = clock.GetElapsedTime(_began);
        var passed = now - _lastLoad;
        _lastLoad = now;
        SayLoad("messages/received", traffic.In.Sum, passed);
        SayLoad("messages/sent", traffic.Out.Sum, passed);
        SayLoad("publish/received", traffic.In.Sum, passed);
        SayLoad("publish/sent", traffic.Out.Sum, passed);
        SayLoad("publish/dropped", Dropped(traffic), passed);
        SayLoad("bytes/received", traffic.BytesIn, passed);
        SayLoad("bytes/sent", traffic.BytesOut, passed);
        SayLoad("connections", door.Metrics.ConnectsAccepted, passed);
    }

    private void SayLoad(string name, long total, TimeSpan passed)
    {
        if (!_loads.TryGetValue(name, out var load)) _loads[name] = load = new LoadAverage();
        load.Note(total, passed);
        for (var i = 0; i < LoadAverage.Minutes.Count; i++)
            Say($"load/{name}/{LoadAverage.Minutes[i]}min", load.PerMinute[i].ToString("F2", CultureInfo.InvariantCulture));
    }

    private void Say(string name, long value) => Say(name, value.ToString(CultureInfo.InvariantCulture));

    private void Say(string name, string text)
    {
        var (before, route) = _said.GetValueOrDefault(name);
        if (before == text) return;
        var message = new MqttMessage
        {
            Topic = Encoding.UTF8.GetBytes($"$SYS/broker/{name}"), Payload = Encoding.UTF8.GetBytes(text), Received = Timestamp.Now(clock).Microseconds / 1000,
        };
        present.Keep(message);
        door.Plain.Publish(message, Sender.Server, ref route);
        _said[name] = (text, route);
    }
}
