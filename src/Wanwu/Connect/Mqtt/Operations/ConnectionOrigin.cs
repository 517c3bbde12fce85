using System.Net;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>By which way a connection came.</summary>
/// <param name="Transport"><c>tcp</c>, <c>tls</c>, <c>ws</c> or <c>wss</c>.</param>
/// <param name="Tls">The version of TLS, as <c>1.3</c>; null without.</param>
/// <param name="Certificate">What the client showed to prove who it is; null where nobody asked, or it may do without.</param>
internal sealed record ConnectionOrigin(string Transport, string? Tls = null, ClientCertificate? Certificate = null)
{
    public static readonly ConnectionOrigin Tcp = new("tcp");
    public static readonly ConnectionOrigin WebSocket = new("ws");
}

/// <summary>What is known of a connection from its CONNECT on.</summary>
/// <param name="KeepAlive">Zero: never checked.</param>
/// <param name="SessionExpiry">Seconds the session outlives the connection.</param>
internal sealed record ConnectionFacts(IPEndPoint? Remote, ConnectionOrigin Origin, MqttVersion Version, Timestamp Since, TimeSpan KeepAlive, uint SessionExpiry);
