using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Access.Limits;

/// <summary>How much one address or caller may ask. 0 means no limit of that kind. Behind a proxy all addresses are that of the proxy: limit there, and set those of addresses to 0.</summary>
internal sealed record LimitSettings
{
    /// <summary>Wrong credentials of things and programs from one address (of IPv6: one /64) in a minute, at all doors together. Beyond it, new MQTT connections from there are closed unheard and HTTP requests that bring credentials not known to be right are answered 429, until fewer come.</summary>
    [Range(0, 1_000_000)] public int FailuresPerMinute { get; init; } = 600;

    /// <summary>HTTP requests a second from one address without valid credentials, files of the console left aside; ten seconds' worth may come at once. Beyond it: 429.</summary>
    [Range(0, 1_000_000)] public int AnonymousRequestsPerSecond { get; init; } = 500;

    /// <summary>HTTP requests a second of one caller (thing, program, person), a program that reports for many included; ten seconds' worth may come at once. Beyond it: 429.</summary>
    [Range(0, 1_000_000)] public int CallerRequestsPerSecond { get; init; } = 20_000;

    /// <summary>New connections a second from one address, at all doors together (MQTT, MQTT over TLS, HTTP); ten seconds' worth may come at once. Who opens more is hung up on before anything is read, TLS included.</summary>
    [Range(0, 1_000_000)] public int NewConnectionsPerSecond { get; init; } = 1_000;

    /// <summary>HTTP connections from one address that are open at a time; a further one is hung up on.</summary>
    [Range(0, 1_000_000)] public int HttpConnectionsOfAddress { get; init; } = 5_000;

    /// <summary>HTTP connections that are open at a time, from wherever; a further one is hung up on. Those of MQTT: <c>Connect:Mqtt:MaxConnections</c>.</summary>
    [Range(0, 1_000_000)] public int HttpConnections { get; init; } = 20_000;
}
