using System.ComponentModel.DataAnnotations;
using System.Net;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Connect.Transport;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>What carries MQTT over plain TCP.</summary>
internal enum MqttTransport
{
    /// <summary>Linux where it can be had, Kestrel elsewhere.</summary>
    Auto,
    /// <summary>Loops of our own over epoll; Linux on x64 or arm64.</summary>
    Linux,
    /// <summary>The web server's sockets; any system.</summary>
    Kestrel,
}

/// <summary>The MQTT door, on TCP and over WebSocket at <c>/mqtt</c>. Section <c>Connect:Mqtt</c>.</summary>
internal sealed record MqttOptions : IValidatableObject
{
    /// <summary>Address to listen on: an IP address of this machine; <c>0.0.0.0</c> and <c>::</c> mean all.</summary>
    [Required] public string Address { get; init; } = "127.0.0.1";

    /// <summary>TCP port. 0 lets the system choose.</summary>
    [Range(0, 65_535)] public int Port { get; init; } = 1883;

    /// <summary>What carries connections: <c>Linux</c> (loops over epoll, on x64 and arm64), <c>Kestrel</c> (any system), or <c>Auto</c>: the former where it can be had.</summary>
    public MqttTransport Transport { get; init; }

    /// <summary>Allows MQTT without TLS on an address other than loopback. Meant for closed networks; whoever is on the way can read passwords.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Lets clients of this machine in without an account, to use topics outside <c>v1/</c> among themselves. For development and protocol tests; needs a loopback address.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Whose pages may open MQTT over WebSocket in a browser, besides this server's own: origins as <c>https://app.example.cn</c>, separated by spaces; <c>*</c> takes all. Programs, which name no origin, are not asked.</summary>
    public string WebSocketOrigins { get; init; } = "";

    internal bool TakesPagesOf(HttpRequest request) => CrossSiteGuard.IsOwnPage(request)
        || WebSocketOrigins.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(origin => origin == "*" || string.Equals(origin.TrimEnd('/'), request.Headers.Origin, StringComparison.OrdinalIgnoreCase));

    /// <summary>Largest packet accepted, in bytes; a longer one closes the connection before it is buffered.</summary>
    [Range(256, 268_435_455)] public int MaxPacketBytes { get; init; } = 256 * 1024;

    /// <summary>Messages of QoS 1 and 2 a client may have unacknowledged. MQTT 5 clients are told; from others no more is read until some are acknowledged.</summary>
    [Range(1, 65_535)] public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>Longest keep-alive in seconds; MQTT 5 clients that ask for more, or for none, are told this one.</summary>
    [Range(10, 65_535)] public int MaxKeepAliveSeconds { get; init; } = 3600;

    /// <summary>Seconds a new connection has for its CONNECT.</summary>
    [Range(1, 300)] public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Connections at a time; further ones are closed at once.</summary>
    [Range(1, 1_000_000)] public int MaxConnections { get; init; } = 20_000;

    /// <summary>Bytes that may wait for one client. Beyond it messages of QoS 0 are dropped and nothing more is read from that client.</summary>
    [Range(16 * 1024, 64 * 1024 * 1024)] public int MaxOutboxBytes { get; init; } = 512 * 1024;

    /// <summary>Longest time a session outlives its connection, in seconds.</summary>
    [Range(0, 31_536_000)] public int MaxSessionExpirySeconds { get; init; } = 86_400;

    /// <summary>Messages of QoS 1 and 2 kept for a client that is away or slow. When more come, the oldest of them that was not sent yet is dropped and counted.</summary>
    [Range(0, 1_000_000)] public int MaxQueuedMessages { get; init; } = 1_000;

    /// <summary>Topic, property and payload bytes of those messages, in KiB; beyond it the oldest are dropped in the same way.</summary>
    [Range(1, 1024 * 1024)] public int MaxQueuedKilobytes { get; init; } = 1024;

    /// <summary>The same for all clients together, in MiB; beyond it a client that gets a message loses its own oldest.</summary>
    [Range(1, 1024 * 1024)] public int MaxQueuedTotalMegabytes { get; init; } = 256;

    /// <summary>Messages of QoS 1 and 2 sent to a client and not acknowledged, where it takes more.</summary>
    [Range(1, 65_535)] public int MaxInFlight { get; init; } = 1_024;

    /// <summary>Retained messages; one for a further topic is sent on and not kept.</summary>
    [Range(0, 10_000_000)] public int MaxRetainedMessages { get; init; } = 100_000;

    /// <summary>Topic, property and payload bytes of the retained messages, in MiB; one that exceeds it is sent on and not kept.</summary>
    [Range(1, 16 * 1024)] public int MaxRetainedMegabytes { get; init; } = 64;

    /// <summary>How long the will of a client that was connected when the server ended waits for the client to come back, in seconds, where its own delay is shorter.</summary>
    [Range(0, 3600)] public int RestartGraceSeconds { get; init; } = 30;

    /// <summary>Topic filters one client may subscribe.</summary>
    [Range(1, 100_000)] public int MaxSubscriptions { get; init; } = 1_000;

    /// <summary>Who may use which topics outside <c>v1/</c>: rules with <c>Who</c>, <c>Publish</c> and <c>Subscribe</c> (docs/mqtt.md). Without any, administrators and integrators use every topic, a thing those under <c>things/{thing}/</c>.</summary>
    public IReadOnlyList<TopicRule> Topics { get; init; } = [];

    /// <summary>Seconds between two rounds of figures under <c>$SYS/broker/</c>, for those who may see who is connected. 0: none.</summary>
    [Range(0, 3600)] public int SysIntervalSeconds { get; init; } = 10;

    internal IPAddress Ip => IPAddress.Parse(Address);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in Topics.SelectMany((rule, i) => rule.Check($"{nameof(Topics)}:{i}"))) yield return fault;
        if (Transport == MqttTransport.Linux && !LinuxListener.IsSupported)
            yield return new ValidationResult("needs Linux on x64 or arm64. Set Connect:Mqtt:Transport=Kestrel, or leave it at Auto.", [nameof(Transport)]);
        if (!IPAddress.TryParse(Address, out var address))
        {
            yield return new ValidationResult("must be an IP address, as 127.0.0.1 or 0.0.0.0.", [nameof(Address)]);
            yield break;
        }
        if (IPAddress.IsLoopback(address)) yield break;
        if (!AllowPlaintext)
            yield return new ValidationResult("is reachable from other machines without TLS. Use Connect:Mqtt:Tls ('./wanwu tls create' makes a certificate), or set Connect:Mqtt:AllowPlaintext=true on a closed network.", [nameof(Address)]);
        if (AllowAnonymous)
            yield return new ValidationResult("is for loopback alone; Connect:Mqtt:Address is not.", [nameof(AllowAnonymous)]);
    }
}
