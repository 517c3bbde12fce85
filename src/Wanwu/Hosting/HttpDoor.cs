using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Wanwu.Connect;
using Wanwu.Connect.Tls;
using Wanwu.Hosting.Options;

namespace Wanwu.Hosting;

/// <summary>Opens the HTTP addresses beside the protocol doors, and knows afterwards which ports they really have.</summary>
internal sealed class HttpDoor(IOptions<HttpOptions> options, CertificateWatch certificates) : IConfigureOptions<KestrelServerOptions>
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
        if (address.IsSecure)
            listener.UseHttps(Secure);
        _listeners.Add((address.IsSecure, listener));
    }

    private void Secure(HttpsConnectionAdapterOptions https)
    {
        var certificate = certificates.Open(options.Value.Files);
        https.ServerCertificate = certificate.Current.TargetCertificate;
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        https.OnAuthenticate = (_, handshake) => handshake.ServerCertificateContext = certificate.Current;
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

    /// <summary>Scripts and workers only from our own files; styles also in the page, because components and maps place things by style.</summary>
    private const string ContentPolicy = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>What every request passes: faults become ProblemDetails, and answers carry the headers a browser needs to stay safe.</summary>
    public static void UseWanwuHttp(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            // The API's own browser page writes its script into the page; everything else comes from our files alone.
            if (!context.Request.Path.StartsWithSegments("/api")) headers.ContentSecurityPolicy = ContentPolicy;
            return next(context);
        });
    }
}
