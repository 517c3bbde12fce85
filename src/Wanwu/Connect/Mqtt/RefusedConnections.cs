using System.Net;
using Wanwu.Connect.Intake;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Security.Certificates;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Records connections that were refused or broke the protocol: a few a second one by one, the rest counted with the next one recorded.</summary>
/// <remarks>Whoever guesses passwords or sends garbage must not be able to fill the disk with the record of it.</remarks>
internal sealed class RefusedConnections(MessageIntake intake)
{
    private const int PerSecond = 5;
    public MessageIntake Intake => intake;

    private readonly Lock _gate = new();
    private long _second;
    private int _inSecond;
    private int _uncounted;

    /// <summary>Credentials were wrong, or are those of a retired thing.</summary>
    public void Record(ConnectRequest request, SignInFault fault, IPEndPoint? peer)
    {
        var client = $"Client '{Cut(request.ClientId)}' ";
        if (fault == SignInFault.Retired)
            Record("mqtt", RefusalReason.ThingRetired, client + $"signed in as the thing {request.UserName}, which is retired; put it in service again before it reports.", request.UserName, peer);
        else if (request.UserName is null)
            Record("mqtt", RefusalReason.WrongCredentials, client + "gave no user name. Things sign in with their id and password, programs with 'token' and their token.", null, peer);
        else
            Record("mqtt", RefusalReason.WrongCredentials, client + $"signed in as '{Cut(request.UserName)}' with credentials that are not valid. New ones are made on the thing's page.", request.UserName, peer);
    }

    /// <summary>A client's certificate did not let it in.</summary>
    public void Record(ConnectRequest request, ClientCertificate certificate, string reason, IPEndPoint? peer) =>
        Record("mqtt", RefusalReason.WrongCredentials, $"Client '{Cut(request.ClientId)}': {reason}", certificate is { Fault: null, Things: [var thing] } ? thing.ToString() : null, peer);

    /// <summary>A peer broke the protocol and was closed.</summary>
    public void Record(MqttFault fault, ClientSession? session, IPEndPoint? peer)
    {
        var reason = fault == MqttFault.PacketTooLarge ? RefusalReason.TooLarge : RefusalReason.Malformed;
        var client = session is null ? "A peer that had not signed in" : $"Client '{Cut(session.ClientId)}'";
        Record("mqtt", reason, $"{client} was closed: {fault.Sentence()}", session?.Caller.Thing?.ToString(), peer);
    }

    /// <param name="thing">The id of a thing, where the peer named one; anything else is ignored.</param>
    public void Record(string protocol, RefusalReason reason, string detail, string? thing, IPEndPoint? peer)
    {
        var now = intake.Now;
        if (!MayRecord(now, out var count)) return;
        ThingId? known = ThingId.TryParse(thing, null, out var id) && intake.Things.Find(id) is not null ? id : null;
        var refused = new ReportBuffer();
        refused.Begin(known, peer?.ToString() ?? "local");
        refused.Refuse(reason, detail, default, count: count);
        intake.Append(protocol, known ?? default, now, refused, 0, resent: false, waiter: null);
    }

    private bool MayRecord(Timestamp now, out int count)
    {
        lock (_gate)
        {
            count = 1 + _uncounted;
            var second = now.Microseconds / 1_000_000;
            if (second != _second) (_second, _inSecond) = (second, 0);
            _uncounted = ++_inSecond > PerSecond ? _uncounted + 1 : 0;
            return _inSecond <= PerSecond;
        }
    }

    internal static string Cut(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
