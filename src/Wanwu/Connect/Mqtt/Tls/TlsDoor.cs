using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Tls;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Mqtt.Tls;

/// <summary>Opens MQTT over TLS. The web server carries it; behind the handshake it is a connection like any other.</summary>
/// <remarks>
/// A certificate that proves nothing does not end the handshake: TLS has no words for the reason, and with TLS 1.3 a client learns of it only when it
/// reads. The client's CONNECT is answered with the reason instead, and gets no further.
/// </remarks>
internal sealed class TlsDoor(IOptions<TlsOptions> options, CertificateWatch certificates, ListeningDoors doors, MqttDoor door) : IConfigureOptions<KestrelServerOptions>
{
    private static readonly List<SslApplicationProtocol> Protocols = [new("mqtt")];
    private int _handshakes;

    public void Configure(KestrelServerOptions kestrel)
    {
        var tls = options.Value;
        if (!tls.IsOpen) return;
        var certificate = certificates.Open(tls.Files);
        kestrel.Listen(tls.Ip, tls.Port, listener =>
        {
            door.Bound(listener);
            listener.Use(BoundHandshakes);
            listener.UseHttps(https =>
            {
                https.ServerCertificate = certificate.Current.TargetCertificate;
                https.SslProtocols = tls.Protocols;
                https.HandshakeTimeout = TimeSpan.FromSeconds(door.Options.ConnectTimeoutSeconds);
                https.OnAuthenticate = (connection, handshake) => Prepare(connection, handshake, certificate);
            });
            listener.UseConnectionHandler<MqttConnectionHandler>();
            doors.Add("mqtts", "MQTT over TLS", () => listener.IPEndPoint!);
        });
    }

    private void Prepare(ConnectionContext connection, SslServerAuthenticationOptions handshake, ServerCertificate certificate)
    {
        var mode = options.Value.ClientCertificates;
        handshake.ServerCertificateContext = certificate.Current;
        handshake.ApplicationProtocols = Protocols;
        if (mode == ClientCertificates.Require || (mode == ClientCertificates.Allow && certificates.Trust.IsAny)) certificates.Trust.Ask(connection, handshake);
    }

    /// <summary>How the connection came, once the handshake is over.</summary>
    public ConnectionOrigin OriginOf(ConnectionContext connection)
    {
        if (connection.Features.Get<ITlsHandshakeFeature>() is not { } handshake) return ConnectionOrigin.Tcp;
        var certificate = connection.Features.Get<ClientCertificate>();
        if (certificate is null && options.Value.ClientCertificates == ClientCertificates.Require) certificate = ClientCertificate.Missing;
        return new ConnectionOrigin("tls", VersionOf(handshake), certificate);
    }

    internal static string? VersionOf(ITlsHandshakeFeature? handshake) => handshake?.Protocol switch
    {
        null => null,
        System.Security.Authentication.SslProtocols.Tls13 => "1.3",
        System.Security.Authentication.SslProtocols.Tls12 => "1.2",
        var other => other.ToString(),
    };

    /// <summary>The handshake is over: the connection counts among those that have not signed in from now on.</summary>
    public static void HandshakeDone(ConnectionContext connection) => connection.Features.Get<Handshake>()?.Dispose();

    /// <summary>Handshakes cost the most of all that strangers may ask for: no more of them than there may be strangers.</summary>
    private ConnectionDelegate BoundHandshakes(ConnectionDelegate next) => async connection =>
    {
        using var handshake = new Handshake(this);
        if (Volatile.Read(ref _handshakes) > door.Bounds.Options.UnauthenticatedConnections)
        {
            connection.Abort();
            return;
        }
        connection.Features.Set(handshake);
        await next(connection);
    };

    private sealed class Handshake : IDisposable
    {
        private TlsDoor? _door;

        public Handshake(TlsDoor door)
        {
            _door = door;
            Interlocked.Increment(ref door._handshakes);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _door, null) is { } door) Interlocked.Decrement(ref door._handshakes);
        }
    }
}
