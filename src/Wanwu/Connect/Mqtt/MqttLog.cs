using System.Net;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt;

internal static partial class MqttLog
{
    [LoggerMessage(5001, LogLevel.Debug, "{Client} at {Peer} connected over MQTT {Version}")]
    public static partial void Connected(this ILogger logger, string client, IPEndPoint? peer, MqttVersion version);

    [LoggerMessage(5002, LogLevel.Debug, "{Client} at {Peer} left: {Reason}")]
    public static partial void Left(this ILogger logger, string? client, IPEndPoint? peer, string reason);

    [LoggerMessage(5003, LogLevel.Debug, "{Peer} was refused: {Code}")]
    public static partial void Refused(this ILogger logger, IPEndPoint? peer, ReasonCode code);

    [LoggerMessage(5004, LogLevel.Warning, "MQTT listens without TLS on {Address}:{Port}: whoever is on the way can read passwords and reports")]
    public static partial void PlaintextBeyondLoopback(this ILogger logger, string address, int port);

    [LoggerMessage(5005, LogLevel.Warning, "MQTT lets clients of this machine in without an account (Connect:Mqtt:AllowAnonymous)")]
    public static partial void AnonymousAllowed(this ILogger logger);

    [LoggerMessage(5006, LogLevel.Error, "A connection failed for a reason of the server's own")]
    public static partial void ConnectionFailed(this ILogger logger, Exception fault);

    [LoggerMessage(5045, LogLevel.Warning, "Observations behind log position {Position} could not be read for their subscribers; it is tried again every second")]
    public static partial void FeedNotRead(this ILogger logger, Exception fault, long position);

    [LoggerMessage(5007, LogLevel.Warning, "Subscribers of observations do not keep up: {Count} observations were not delivered")]
    public static partial void FeedOverrun(this ILogger logger, long count);
}
