using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Wanwu.Connect;
using Wanwu.Connect.Tls;
using Wanwu.Hosting.Options;
using Wanwu.Hosting.Web;
using Wanwu.Security.Access.Limits;

namespace Wanwu.Hosting;

/// <summary>Opens the HTTP addresses beside the protocol doors, and knows afterwards which ports they really have.</summary>
internal sealed class HttpDoor(IOptions<HttpOptions> options, CertificateWatch certificates, ConnectionBounds connections) : IConfigureOptions<KestrelServerOptions>
{
    private readonly List<(bool IsSecure, ListenOptions Listener)> _listeners = [];

    /// <summary>The addresses to reach, ports resolved; complete once the server has started.</summary>
    public IEnumerable<string> Urls => _listeners.Select(door => $"{(door.IsSecure ? "https" : "http")}://{ListeningDoors.Reachable(door.Listener.IPEndPoint!)}");

    public IEnumerable<HttpAddress> PlaintextBeyondLoopback => options.Value.Addresses.Where(address => !address.IsSecure && !address.IsLoopback);

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Value.MaxBodyBytes;
        foreach (var address in options.Value.Addresses)
            kestrel.Listen(address.Address, address.Port, listener => Open(listener, address));
    }

    private void Open(ListenOptions listener, HttpAddress address)
    {
        listener.Protocols = address.IsSecure ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        connections.Bound(listener);
        if (address.IsSecure)
            listener.UseHttps(Secure);
        _listeners.Add((address.IsSecure, listener));
    }

    private void Secure(HttpsConnectionAdapterOptions https)
    {
        var certificate = certificates.Open(options.Value.Files);
        https.ServerCertificate = certificate.Current.TargetCertificate;
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        https.OnAuthenticate = (connection, handshake) =>
        {
            handshake.ServerCertificateContext = certificate.Current;
            if (options.Value.ClientCertificates && certificates.Trust.IsAny) certificates.Trust.Ask(connection, handshake);
        };
    }
}

internal static class HttpDoorRegistration
{
    public static void AddHttpDoor(this WebApplicationBuilder builder)
    {
        builder.AddSettings<HttpOptions>("Http");
        builder.Services.AddSingleton<HttpDoor>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(services => services.GetRequiredService<HttpDoor>());
        builder.Services.AddSingleton<OpenDoors>();
        builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = PlainFaults.Explain);
    }

    /// <summary>What every request passes: answers carry the headers a browser needs to stay safe, and faults become ProblemDetails.</summary>
    public static void UseWanwuHttp(this WebApplication app)
    {
        app.UseSafeHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
