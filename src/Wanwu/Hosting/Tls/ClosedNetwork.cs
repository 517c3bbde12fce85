using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Hosting.Tls;

/// <summary>Makes the server's certificate for a network that no public authority reaches, and the authority that clients there are to trust.</summary>
internal sealed class ClosedNetwork(ServerTls files, TimeProvider clock)
{
    public const int DefaultDays = 397, MostDays = 825;
    private const int AuthorityYears = 10;
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>The names and addresses by which this machine may be called, where nobody says.</summary>
    public static IReadOnlyList<string> OwnNames() =>
    [
        .. new[] { Dns.GetHostName() }.Where(name => Uri.CheckHostName(name) == UriHostNameType.Dns),
        .. NetworkInterface.GetAllNetworkInterfaces().Where(card => card.OperationalStatus == OperationalStatus.Up)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(each => each.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            .Select(address => address.ToString()),
    ];

    /// <summary>Whether a text can stand in a certificate as the name of a server: an IP address, a host name, or one with an asterisk for its first part.</summary>
    public static bool IsName(string name) =>
        name.Length <= 253 && (IPAddress.TryParse(name, out _) || Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns);

    /// <summary>Whether the certificate in place came from the authority that lies beside it: then a new one of the same takes its place without a question.</summary>
    public bool IsOwn()
    {
        if (!File.Exists(files.Certificate)) return true;
        if (!File.Exists(files.Authority)) return false;
        using var authority = X509Certificate2.CreateFromPem(File.ReadAllText(files.Authority));
        using var server = X509Certificate2.CreateFromPem(File.ReadAllText(files.Certificate));
        return server.IssuerName.RawData.AsSpan().SequenceEqual(authority.SubjectName.RawData);
    }

    /// <summary>A new certificate for the server, in place; the authority is kept where there is one that lasts long enough.</summary>
    /// <returns>Whether the authority is new: then clients have to be given it.</returns>
    public bool Create(IReadOnlyList<string> names, int days)
    {
        var now = clock.GetUtcNow();
        var isNew = !File.Exists(files.Authority) || !File.Exists(files.AuthorityKey) || EndOfAuthority() < now.AddDays(days);
        if (isNew) MakeAuthority(now);
        using var authority = X509Certificate2.CreateFromPemFile(files.Authority, files.AuthorityKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(names[0].Length <= 64 ? names[0] : "Wanwu");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(AlternativeNames(names));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUse)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using var issued = request.Create(authority, now.AddHours(-1), now.AddDays(days), NewSerial());
        files.Keep(issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
        return isNew;
    }

    private static X509Extension AlternativeNames(IReadOnlyList<string> names)
    {
        var all = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) all.AddIpAddress(address);
            else all.AddDnsName(name);
        }
        return all.Build();
    }

    private DateTimeOffset EndOfAuthority()
    {
        using var authority = X509Certificate2.CreateFromPem(File.ReadAllText(files.Authority));
        return new DateTimeOffset(authority.NotAfter);
    }

    private void MakeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = NewSerial();
        var request = new CertificateRequest($"CN=Wanwu server CA {Convert.ToHexString(serial)[..8]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var made = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddHours(-2), now.AddYears(AuthorityYears), serial);
        files.KeepAuthority(made.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
