using System.Data.Common;
using System.Threading.Channels;
using Wanwu.Connect.Tls;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Mqtt.Tls;

/// <summary>Closes connections whose certificate no longer holds: at once when it is revoked, some seconds after it has expired. The session stays, for a client that comes back with another.</summary>
internal sealed partial class CertifiedConnections : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int TicksBetween = 10;
    private readonly MqttDoor _door;
    private readonly DeviceCertificates _certificates;
    private readonly ClientTrust _trust;
    private readonly TimeProvider _clock;
    private readonly ILogger<CertifiedConnections> _logger;
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _due;
    private int _ticks;

    public CertifiedConnections(MqttDoor door, DeviceCertificates certificates, ClientTrust trust, TimeProvider clock, ILogger<CertifiedConnections> logger)
    {
        (_door, _certificates, _trust, _clock, _logger) = (door, certificates, trust, clock, logger);
        certificates.Changed += Mark;
        trust.Changed += Mark;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(CertifiedConnections), LoopAsync, _clock, _logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        await using var timer = _clock.CreateTimer(_ => Tick(), null, Every, Every);
        await foreach (var _ in _bell.Reader.ReadAllAsync(stop)) await LookAsync(stop);
    }

    /// <summary>Looks once at every connection that came with a certificate.</summary>
    private async Task LookAsync(CancellationToken stop)
    {
        if (Volatile.Read(ref _due) > 0) Interlocked.Decrement(ref _due);
        var connected = _door.Sessions.All.Select(session => (Session: session, Certificate: CertificateOf(session))).Where(each => each.Certificate is not null).ToList();
        if (connected.Count == 0) return;
        try
        {
            var ended = await _certificates.EndedAsync([.. connected.Where(each => each.Certificate!.IsOwn).Select(each => each.Certificate!.Serial).Distinct()], stop);
            foreach (var (session, certificate) in connected)
                if (ReasonToClose(certificate!, ended) is { } reason) session.Connection?.Close(ReasonCode.NotAuthorized, reason);
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            // Asked again with the next tick.
            Interlocked.Increment(ref _due);
            NotAsked(fault);
        }
    }

    private string? ReasonToClose(ClientCertificate certificate, IReadOnlySet<string> ended) =>
        certificate.NotAfter <= _clock.GetUtcNow() ? "its certificate has expired"
        : (certificate.IsOwn && ended.Contains(certificate.Serial)) || _trust.HasRevoked(certificate) ? "its certificate was revoked" : null;

    /// <summary>The certificate by which the session's connection signed in; null where it did otherwise.</summary>
    private static ClientCertificate? CertificateOf(ClientSession session) =>
        session.Connection?.Facts?.Origin.Certificate is { Fault: null, Things: [var thing] } certificate && session.Caller.Thing == thing ? certificate : null;

    private void Tick()
    {
        if (++_ticks % TicksBetween == 0 || Volatile.Read(ref _due) > 0) _bell.Writer.TryWrite(true);
    }

    /// <summary>Looked at now, and once more within a second: a client that is being let in at this moment is not among the connected yet.</summary>
    private void Mark()
    {
        Volatile.Write(ref _due, 2);
        _bell.Writer.TryWrite(true);
    }

    public override void Dispose()
    {
        _certificates.Changed -= Mark;
        _trust.Changed -= Mark;
        base.Dispose();
    }

    [LoggerMessage(5048, LogLevel.Warning, "Which certificates of connected clients have ended could not be asked; it is tried again every second")]
    private partial void NotAsked(Exception fault);
}
