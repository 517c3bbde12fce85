using System.Net;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Onboarding;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Security.Certificates;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>Decides over a CONNECT: who it is, or with which code it is refused.</summary>
internal sealed class Admission(SignIn signIn, CertifiedSignIn certified, RefusedConnections refused, DeviceGate gate, IOptions<MqttOptions> options, ILogger<Admission> logger)
{
    public ILogger Log => logger;
    public DoorLimits Limits => gate.Limits;
    public DeviceGate Gate => gate;
    public RefusedConnections Refused => refused;

    public async ValueTask<(Caller? Caller, ReasonCode Code, string? Reason)> DecideAsync(ConnectRequest request, MqttVersion version, IPEndPoint? peer, CancellationToken stop)
    {
        if (refused.Intake.Log.State is { IsOpen: false } closed) return (null, ReasonCode.ServerUnavailable, closed.Reason);
        if (IdentifierFault(request, version) is { } fault) return (null, ReasonCode.ClientIdentifierNotValid, fault);
        if (gate.Door.RefusesName(request.UserName ?? "", peer?.Address) is { } banned) return Keep(request, banned, peer, version);
        if (Registrations.IsAsked(request.Password)) return await RegisterAsync(request, peer, version, stop);
        if (request.Certificate is { } certificate && !(certificate.Fault is null && certificate.Things.Count == 0 && request.UserName is not null))
            return Let(request, await DecideAsync(request, certificate, peer, stop), peer, version);
        var (caller, wrong) = request.UserName is { } name
            ? await signIn.CheckAsync(name, request.Password, peer?.Address.ToString() ?? "", stop)
            : (null, SignInFault.WrongCredentials);
        if (caller is not null) return Let(request, (caller, ReasonCode.Success, null), peer, version);
        if (wrong == SignInFault.KeptOut) return Keep(request, gate.WhyKeptOut(request, peer), peer, version);
        // With AllowAnonymous, credentials that name nobody are no hindrance: the client is treated as if it had sent none.
        if (options.Value.AllowAnonymous && (peer is null || IPAddress.IsLoopback(peer.Address))) return (Caller.Anonymous, ReasonCode.Success, null);
        gate.Note(request, wrong, peer);
        refused.Record(request, wrong, peer);
        if (wrong == SignInFault.Retired) return (null, ReasonCode.NotAuthorized, "The thing is retired.");
        var code = request.UserName is null || version != MqttVersion.V5 ? ReasonCode.NotAuthorized : ReasonCode.BadUserNameOrPassword;
        return (null, code, "The user name or password is not valid.");
    }

    /// <summary>A device with a registration key is let in to register, and for nothing else.</summary>
    private async ValueTask<(Caller?, ReasonCode, string?)> RegisterAsync(ConnectRequest request, IPEndPoint? peer, MqttVersion version, CancellationToken stop)
    {
        var fault = request is not { UserName: { Length: > 0 } name } ? "The user name is what the device claims to be: its identifier."
            : request.Will is not null ? "Whoever registers leaves no will." : await gate.Registrations.FaultOfKeyAsync(request.Password, peer?.Address, stop);
        if (fault is null) return (Caller.OfNewcomer(request.UserName!), ReasonCode.Success, null);
        refused.Record("mqtt", RefusalReason.WrongCredentials, $"Client '{RefusedConnections.Cut(request.ClientId)}': {fault}", null, peer);
        return (null, version == MqttVersion.V5 ? ReasonCode.BadUserNameOrPassword : ReasonCode.NotAuthorized, fault);
    }

    /// <summary>Whoever has proved who it is may still be kept out: banned, quarantined, from the wrong network.</summary>
    private (Caller? Caller, ReasonCode Code, string? Reason) Let(ConnectRequest request, (Caller? Caller, ReasonCode Code, string? Reason) answer, IPEndPoint? peer, MqttVersion version) =>
        answer.Caller is { } caller && gate.Door.Refuses(caller, peer?.Address) is { } refusal ? Keep(request, refusal, peer, version) : answer;

    private (Caller?, ReasonCode, string?) Keep(ConnectRequest request, DoorRefusal refusal, IPEndPoint? peer, MqttVersion version)
    {
        refused.Record("mqtt", refusal.Fault == DoorFault.Quarantined ? RefusalReason.Quarantined : refusal.Fault == DoorFault.Banned ? RefusalReason.Banned : RefusalReason.NotAllowed,
            $"Client '{RefusedConnections.Cut(request.ClientId)}': {refusal.Sentence}", request.UserName, peer);
        return (null, version == MqttVersion.V5 && refusal.Fault == DoorFault.Banned ? ReasonCode.Banned : ReasonCode.NotAuthorized, refusal.Sentence);
    }

    /// <summary>A certificate that names a thing stands for its password. One that names none is no hindrance to a user name and password; one that proves nothing is.</summary>
    private async ValueTask<(Caller? Caller, ReasonCode Code, string? Reason)> DecideAsync(ConnectRequest request, ClientCertificate certificate, IPEndPoint? peer, CancellationToken stop)
    {
        var (caller, reason) = await certified.CheckAsync(certificate, request.UserName, stop);
        if (caller is not null) return (caller, ReasonCode.Success, null);
        refused.Record(request, certificate, reason!, peer);
        return (null, ReasonCode.NotAuthorized, reason);
    }

    private static string? IdentifierFault(ConnectRequest request, MqttVersion version)
    {
        if (request.ClientId.Length > 256) return "The client identifier is longer than 256 characters.";
        if (request.ClientId.Length > 0) return null;
        // An empty identifier asks for one, which makes sense only without a session to come back to (MQTT 3.1.1 §3.1.3.1).
        return version == MqttVersion.V31 || (version == MqttVersion.V311 && !request.CleanStart) ? "The client identifier is empty." : null;
    }
}
