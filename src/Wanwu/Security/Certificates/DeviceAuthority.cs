using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>The authority that issues certificates for things and signs the list of those that no longer hold. Made when it is first needed.</summary>
/// <remarks>Thread-safe. ECDSA over P-256 with SHA-256; it issues to things directly, never to another authority.</remarks>
internal sealed partial class DeviceAuthority(AuthorityFiles files, IOptions<CertificateOptions> options, TimeProvider clock, ILogger<DeviceAuthority> logger) : IDisposable
{
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const int SerialBytes = 16;
    /// <summary>Clocks of devices are slow: what was issued now holds for them too.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private volatile X509Certificate2? _certificate;
    private ECDsa? _key;

    /// <summary>What other processes see of it; null while nothing was ever issued.</summary>
    public X509Certificate2? Find()
    {
        if (_certificate is { } known) return known;
        lock (_gate) return _certificate ??= files.Read();
    }

    /// <summary>A certificate for the thing, which proves to this server that its bearer is the thing.</summary>
    /// <exception cref="AuthorityUnavailableException">The key cannot be read.</exception>
    public X509Certificate2 Issue(ThingId thing, PublicKey key, int days)
    {
        var (authority, signing) = Open();
        var now = clock.GetUtcNow();
        var request = new CertificateRequest(new X500DistinguishedName($"CN={thing}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"urn:wanwu:thing:{thing}"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientUse)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var end = now.AddDays(days);
        // Nobody's word outlasts its own.
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(signing), now - Before, end < authority.NotAfter ? end : authority.NotAfter, NewSerial());
    }

    /// <summary>The list of certificates that no longer hold (RFC 5280 §5), as DER.</summary>
    /// <exception cref="AuthorityUnavailableException">The key cannot be read.</exception>
    public byte[] SignList(IEnumerable<(string Serial, DateTimeOffset When, string? Reason)> revoked)
    {
        var (authority, signing) = Open();
        var list = new CertificateRevocationListBuilder();
        foreach (var (serial, when, reason) in revoked)
            list.AddEntry(Convert.FromHexString(serial), when, RevocationReasons.Of(reason) is not X509RevocationReason.Unspecified and var why ? why : null);
        var now = clock.GetUtcNow();
        // Each list has a higher number than the one before (§5.2.3): the time in microseconds.
        return list.Build(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(signing), new BigInteger(Timestamp.From(now).Microseconds),
            now.AddHours(options.Value.ListHours), HashAlgorithmName.SHA256, X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false), now);
    }

    private (X509Certificate2 Certificate, ECDsa Key) Open()
    {
        lock (_gate)
        {
            _certificate ??= files.Read() ?? Make();
            return (_certificate, _key ??= files.ReadKey(_certificate));
        }
    }

    private X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = NewSerial();
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"Wanwu device CA {Convert.ToHexString(serial)[..8]}");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        var made = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Before - Before, now.AddYears(options.Value.AuthorityYears), serial);
        var kept = files.Keep(made, key);
        if (ReferenceEquals(kept, made)) Made(files.Folder);
        return kept;
    }

    /// <summary>127 random bits; the first is 0, since serial numbers are positive, and the next 1, so that all are of one length.</summary>
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    public void Dispose()
    {
        _certificate?.Dispose();
        _key?.Dispose();
    }

    [LoggerMessage(6502, LogLevel.Warning, "No certificate can be issued for a thing, and no list of revoked ones signed")]
    public partial void Unavailable(AuthorityUnavailableException fault);

    [LoggerMessage(6501, LogLevel.Information, "A device authority was made in {Folder}; back it up with the key ring: certificates of things are worth what it is worth")]
    private partial void Made(string folder);
}
