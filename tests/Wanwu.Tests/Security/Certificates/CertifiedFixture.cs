using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Wanwu.Connect;
using Wanwu.Hosting;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Connect.Operations;
using Wanwu.Tests.Connect.Tls;

namespace Wanwu.Tests.Security.Certificates;

/// <summary>A server with TLS on its doors, which ask for certificates.</summary>
public sealed class CertifiedFixture : WanwuFixture, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-certified-").FullName;
    private TestAuthority? _authority;

    internal TestAuthority Authority => _authority ??= new TestAuthority(_folder);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal override string[] Settings
    {
        get
        {
            var (certificate, key) = Authority.Server();
            return
            [
                "--urls=http://127.0.0.1:0;https://127.0.0.1:0", "--Http:ClientCertificates=true", $"--Http:CertificateFile={certificate}", $"--Http:CertificateKeyFile={key}",
                "--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={certificate}", $"--Connect:Mqtt:Tls:CertificateKeyFile={key}",
                "--Security:Certificates:RenewalsPerHour=3",
            ];
        }
    }

    internal async Task<Device> DeviceAsync()
    {
        var created = await Administrator.CreateAsync("/api/v1/things", """{"name":"certified"}""");
        return new Device(created.Text("id"), created["credentials"]!.Text("password"));
    }

    internal static string Request(ECDsa key, string subject = "CN=device") => new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    internal static string Body(string csr, int? days = null) => new JsonObject { ["csr"] = csr, ["days"] = days }.ToJsonString();

    internal static string Own(string csr) => new JsonObject { ["csr"] = csr }.ToJsonString();

    /// <summary>A certificate for the thing by an operator, with its key.</summary>
    internal async Task<Certified> IssueAsync(Device device, int? days = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Certified.Of(await Administrator.CreateAsync($"/api/v1/things/{device.Id}/certificates", Body(Request(key), days)), key);
    }

    internal Task RevokeAsync(Device device, string serial, string reason = "keyCompromise") =>
        Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}/certificates/{serial}?reason={reason}", expect: System.Net.HttpStatusCode.NoContent);

    /// <summary>A client of the HTTPS door that shows the certificate and nothing else.</summary>
    internal HttpClient HttpsClient(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } };
        if (certificate is not null) handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        return new HttpClient(handler) { BaseAddress = new Uri(Server.Get<OpenDoors>().Notice("test").Http.Single(url => url.StartsWith("https", StringComparison.Ordinal))) };
    }

    internal Task<RawPeer> DialAsync(X509Certificate2? certificate) => DialAsync(Server, certificate);

    internal static async Task<RawPeer> DialAsync(WanwuServer server, X509Certificate2? certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Get<ListeningDoors>().Find("mqtts")!.Endpoint, Stop);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        }, Stop);
        return new RawPeer(stream);
    }

    /// <summary>CONNECT with the certificate alone: the code of the CONNACK and all it says.</summary>
    internal async Task<(byte Code, string Reason)> ConnectAsync(X509Certificate2? certificate)
    {
        await using var peer = await DialAsync(certificate);
        await peer.SendAsync(RawPeer.ConnectAlone("certified"));
        var (_, body) = await peer.ReadAsync();
        return (body[1], System.Text.Encoding.UTF8.GetString(body));
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        _authority?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A certificate that was issued, with its key.</summary>
internal sealed record Certified(string Serial, X509Certificate2 Certificate, X509Certificate2 Authority)
{
    public static Certified Of(JsonNode issued, ECDsa key)
    {
        using var alone = X509Certificate2.CreateFromPem(issued.Text("certificate"));
        return new Certified(issued.Text("serial"), alone.CopyWithPrivateKey(key), X509Certificate2.CreateFromPem(issued.Text("chain")));
    }
}
