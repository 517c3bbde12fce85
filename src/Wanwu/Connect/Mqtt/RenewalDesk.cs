using System.Data.Common;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Mqtt;

/// <summary>A thing asks for its next certificate.</summary>
/// <param name="Correlation">What the thing would know its answer by; empty where it says nothing.</param>
internal sealed record RenewalRequest(ClientSession Session, IPEndPoint? Peer, string Csr, byte[] Correlation)
{
    public static RenewalRequest From(ClientSession session, IPEndPoint? peer, in PublishPacket publish)
    {
        byte[] correlation = [];
        foreach (var property in publish.Properties)
            if (property.Id == PropertyId.CorrelationData) correlation = property.Data.ToArray();
        // One byte more than is taken tells that there was more.
        var csr = publish.Payload[..Math.Min(publish.Payload.Length, SigningRequest.MaxCharacters + 1)];
        return new RenewalRequest(session, peer, Encoding.Latin1.GetString(csr), correlation);
    }
}

/// <summary>Answers things that ask for their next certificate over MQTT: the request (PEM) comes to <c>v1/certificates/renew</c>, the answer (JSON) goes to <c>v1/certificates/renewed</c>, to the session that asked and nobody else.</summary>
/// <remarks>One at a time, by a loop of its own: connections read on meanwhile.</remarks>
internal sealed partial class RenewalDesk(MqttDoor door, CertificateRenewals renewals, RefusalGate refusals, TimeProvider clock, ILogger<RenewalDesk> logger) : BackgroundService
{
    public const int MostWaiting = 256;
    private static readonly byte[] Answers = "v1/certificates/renewed"u8.ToArray();
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static ReadOnlySpan<byte> AskTopic => "v1/certificates/renew"u8;

    public static ReadOnlySpan<byte> AnswerTopic => Answers;

    private sealed record Answer(string? Fault, string? Detail, string? Serial, string? NotBefore, string? NotAfter, string? Certificate, string? Chain);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(RenewalDesk), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        await foreach (var request in door.Renewals.Reader.ReadAllAsync(stop)) Send(request, await RenewAsync(request, stop));
    }

    private async Task<Renewal> RenewAsync(RenewalRequest request, CancellationToken stop)
    {
        Origin.Current = new Origin(Origin.Of(request.Session.Caller), "mqtt", request.Peer?.Address.ToString());
        try
        {
            var renewal = await renewals.RenewAsync(request.Session.Caller, request.Csr, stop);
            if (renewal.Issued is null) refusals.Refused(new AuditEvent("certificate.create") { Object = new AuditObject("certificate", null), Reason = renewal.Fault });
            return renewal;
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            NotRenewed(request.Session.Caller.Name, fault);
            return new Renewal(null, "unavailable", "The certificate could not be written down. Try again later.");
        }
    }

    private void Send(RenewalRequest request, Renewal renewal)
    {
        var issued = renewal.Issued;
        var answer = new Answer(renewal.Fault, renewal.Detail, issued?.Serial, issued?.NotBefore.ToString(), issued?.NotAfter.ToString(), issued?.Certificate, issued?.Chain);
        RouteTarget[] targets =
        [
            .. door.Plain.Routes.Of(request.Session).Where(each => !each.IsShared && TopicFilter.Matches(each.Filter, AnswerTopic)).Take(1)
                .Select(each => new RouteTarget(request.Session, each.Options.Qos, Audience.Everybody, RetainAsPublished: false, each.Identifiers)),
        ];
        var message = new MqttMessage
        {
            Topic = Answers, Payload = JsonSerializer.SerializeToUtf8Bytes(answer, Json), Qos = 1, Received = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            Properties = request.Correlation.Length == 0 ? [] : new PropertyWriter().Add(PropertyId.CorrelationData, request.Correlation).Raw.ToArray(),
        };
        if (targets.Length > 0) door.Plain.Post.Send(message, targets, null, Sessions.Sender.Server);
    }

    [LoggerMessage(5049, LogLevel.Warning, "The certificate that {Thing} asked for over MQTT could not be issued")]
    private partial void NotRenewed(string thing, Exception fault);
}
