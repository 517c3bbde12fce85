using System.Net;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Tls;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>Decides over a CONNECT: who it is, or with which code it is refused.</summary>
internal sealed class Admission(SignIn signIn, RefusedConnections refused, MessageIntake intake, DoorLimits limits, IOptions<MqttOptions> options, ILogger<Admission> logger)
{
    public ILogger Log => logger;
    public DoorLimits Limits => limits;
    public RefusedConnections Refused => refused;

    public async ValueTask<(Caller? Caller, ReasonCode Code, string? Reason)> DecideAsync(ConnectRequest request, MqttVersion version, IPEndPoint? peer, CancellationToken stop)
    {
        if (intake.Log.State is { IsOpen: false } closed) return (null, ReasonCode.ServerUnavailable, closed.Reason);
        if (IdentifierFault(request, version) is { } fault) return (null, ReasonCode.ClientIdentifierNotValid, fault);
        if (request.Certificate is { } certificate && !(certificate.Fault is null && certificate.Things.Count == 0 && request.UserName is not null))
            return await DecideAsync(request, certificate, peer, stop);
        var (caller, wrong) = request.UserName is { } name
            ? await signIn.CheckAsync(name, request.Password, peer?.Address.ToString() ?? "", stop)
            : (null, SignInFault.WrongCredentials);
        if (caller is not null) return (caller, ReasonCode.Success, null);
        // With AllowAnonymous, credentials that name nobody are no hindrance: the client is treated as if it had sent none.
        if (options.Value.AllowAnonymous && (peer is null || IPAddress.IsLoopback(peer.Address))) return (Caller.Anonymous, ReasonCode.Success, null);
        refused.Record(request, wrong, peer);
        if (wrong == SignInFault.Retired) return (null, ReasonCode.NotAuthorized, "The thing is retired.");
        var code = request.UserName is null || version != MqttVersion.V5 ? ReasonCode.NotAuthorized : ReasonCode.BadUserNameOrPassword;
        return (null, code, "The user name or password is not valid.");
    }

    /// <summary>A certificate that names a thing stands for its password. One that names none is no hindrance to a user name and password; one that proves nothing is.</summary>
    private async ValueTask<(Caller? Caller, ReasonCode Code, string? Reason)> DecideAsync(ConnectRequest request, ClientCertificate certificate, IPEndPoint? peer, CancellationToken stop)
    {
        var (caller, reason) = certificate switch
        {
            { Fault: { } fault } => (null, fault),
            { Things.Count: 0 } => (null, $"The client certificate '{certificate.Subject}' names no thing, and no user name was given. Its common name, or an alternative name, must be the thing's id."),
            { Things.Count: > 1 } => (null, $"The client certificate '{certificate.Subject}' names several things; it can be that of one."),
            { Things: [var thing] } when request.UserName is { } name && name != thing.ToString() => (null, $"The client certificate is that of the thing {thing}, but the user name is '{RefusedConnections.Cut(name)}'."),
            { Things: [var thing] } => await signIn.CheckCertifiedAsync(thing, stop) switch
            {
                ({ } known, _) => (known, null),
                (_, SignInFault.Retired) => (null, $"The thing {thing} is retired."),
                _ => ((Caller?)null, $"The client certificate names the thing {thing}, and there is no such thing."),
            },
        };
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
