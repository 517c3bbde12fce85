using System.Collections.Concurrent;
using System.Text;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Crash;

/// <summary>A sender that numbers its reports and remembers which of them were acknowledged.</summary>
internal interface IReporter
{
    string Thing { get; }
    long Published { get; }
    IReadOnlyCollection<long> Acknowledged { get; }
    /// <summary>Reports until <paramref name="enough"/>, then waits until all is acknowledged.</summary>
    Task RunAsync(CancellationToken enough, CancellationToken stop);
}

/// <summary>How the numbers are put into reports.</summary>
internal static class NumberedReport
{
    public const string Property = "n";
    private static readonly Timestamp Start = Timestamp.Parse("2026-01-01T00:00:00Z");

    public static string Untimed(long n) => $$"""{"{{Property}}":{{n}}}""";
    public static string Timed(long n) => $$$"""{"t":"{{{TimeOf(n)}}}","values":{"{{{Property}}}":{{{n}}}}}""";
    public static Timestamp TimeOf(long n) => new(Start.Microseconds + (n * 1_000));
}

/// <summary>Reports over MQTT with QoS 1, pipelined, under one client id over all connections.</summary>
internal sealed class MqttReporter(DeviceOptions options, ThingCredentials thing, bool timed) : IReporter, IDeliveryAccount
{
    private const int Burst = 20;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<long, byte> _acknowledged = new();
    private readonly ConcurrentQueue<string> _troubles = new();

    public string Thing => thing.Id;
    public long Published { get; private set; }
    public IReadOnlyCollection<long> Acknowledged => [.. _acknowledged.Keys];
    public long Refusals { get; private set; }
    public long NoRooms { get; private set; }
    public IReadOnlyCollection<string> Troubles => [.. _troubles];
    /// <summary>Messages that were on the wire more than once.</summary>
    public long SentAgain { get; private set; }

    public async Task RunAsync(CancellationToken enough, CancellationToken stop)
    {
        using var device = new MqttDevice(options, this, TimeProvider.System);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connection = device.RunAsync(hangUp.Token);
        try
        {
            await PublishAsync(device, enough, stop);
            await device.DrainAsync(stop);
        }
        finally
        {
            await hangUp.CancelAsync();
            await connection;
        }
    }

    private async Task PublishAsync(MqttDevice device, CancellationToken enough, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Breath);
        while (!enough.IsCancellationRequested)
        {
            for (var i = 0; i < Burst; i++)
            {
                var n = ++Published;
                var payload = Encoding.UTF8.GetBytes(timed ? NumberedReport.Timed(n) : NumberedReport.Untimed(n));
                await device.PublishAsync("v1/report", payload, n, stop);
            }
            await timer.WaitForNextTickAsync(stop);
        }
    }

    void IDeliveryAccount.Sent(OutgoingMessage message)
    {
        if (message.Sendings > 1) SentAgain++;
    }

    void IDeliveryAccount.Acknowledged(OutgoingMessage message) => _acknowledged.TryAdd((long)message.Tag!, 0);

    void IDeliveryAccount.Refused(OutgoingMessage message, string reason)
    {
        Refusals++;
        _troubles.Enqueue(reason);
    }

    void IDeliveryAccount.NoRoom(string reason) => NoRooms++;

    void IDeliveryAccount.Disconnected(string reason) => _troubles.Enqueue(reason);
}

/// <summary>Reports over HTTP, one request at a time, each repeated until it is answered 202.</summary>
internal sealed class HttpReporter(Uri url, string token, ThingCredentials thing) : IReporter
{
    private readonly List<long> _acknowledged = [];

    public string Thing => thing.Id;
    public long Published { get; private set; }
    public IReadOnlyCollection<long> Acknowledged => _acknowledged;
    /// <summary>How often each status was answered.</summary>
    public ConcurrentDictionary<int, int> Answers { get; } = new();

    public async Task RunAsync(CancellationToken enough, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(10) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!enough.IsCancellationRequested)
        {
            var n = ++Published;
            while (!await TryReportAsync(http, n, stop)) await timer.WaitForNextTickAsync(stop);
            _acknowledged.Add(n);
        }
    }

    private async Task<bool> TryReportAsync(HttpClient http, long n, CancellationToken stop)
    {
        try
        {
            using var body = new StringContent(NumberedReport.Timed(n), Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync($"/api/v1/things/{thing.Id}/report", body, stop);
            Answers.AddOrUpdate((int)answer.StatusCode, 1, (_, count) => count + 1);
            return (int)answer.StatusCode == 202;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
