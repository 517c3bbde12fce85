using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Tests.Connect.Tls;

/// <summary>An authority made for a test, and what it issues, as PEM files in a folder.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";
    private readonly string _folder;

    public TestAuthority(string folder, string name = "Test authority")
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(5));
        TrustFile = Path.Combine(folder, $"{name.Replace(' ', '-')}.pem");
        File.WriteAllText(TrustFile, Root.ExportCertificatePem());
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public X509Certificate2 Root { get; }
    /// <summary>The authority's own certificate.</summary>
    public string TrustFile { get; }

    public (string Certificate, string Key) Server(string file = "server") => Issue(file, "CN=localhost", ServerUse, names =>
    {
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
    });

    public (string Certificate, string Key) Client(string commonName, string? dns = null, string? uri = null, bool expired = false, bool forServers = false) =>
        Issue($"client-{Guid.NewGuid():N}", $"CN={commonName}", forServers ? ServerUse : ClientUse, names =>
        {
            names.AddEmailAddress("somebody@example.org");
            if (dns is not null) names.AddDnsName(dns);
            if (uri is not null) names.AddUri(new Uri(uri));
        }, expired);

    private (string Certificate, string Key) Issue(string file, string subject, string use, Action<SubjectAlternativeNameBuilder> alternatives, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        alternatives(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        using var issued = request.Create(Root, Now.AddDays(-30), expired ? Now.AddDays(-1) : Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        var (certificatePath, keyPath) = (Path.Combine(_folder, $"{file}.pem"), Path.Combine(_folder, $"{file}.key"));
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificatePath, issued.ExportCertificatePem());
        return (certificatePath, keyPath);
    }

    public void Dispose() => Root.Dispose();
}
