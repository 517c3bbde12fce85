namespace Wanwu.Connect.Transport;

internal static partial class TransportLog
{
    [LoggerMessage(5501, LogLevel.Error, "A connection failed for a reason of the server's own")]
    public static partial void ConnectionFailed(this ILogger logger, Exception fault);

    [LoggerMessage(5502, LogLevel.Critical, "The loop {Name} failed; its connections are closed")]
    public static partial void LoopFailed(this ILogger logger, Exception fault, string name);

    [LoggerMessage(5503, LogLevel.Warning, "No further connection can be taken: {Reason}. It is tried again until one can; a higher limit of open files (LimitNOFILE, ulimit -n) may be needed")]
    public static partial void AcceptPaused(this ILogger logger, string reason);

    [LoggerMessage(5504, LogLevel.Information, "Connections are taken again")]
    public static partial void AcceptResumed(this ILogger logger);

    [LoggerMessage(5505, LogLevel.Debug, "{Count} loops listen on {Endpoint}")]
    public static partial void Listening(this ILogger logger, int count, System.Net.EndPoint endpoint);
}
