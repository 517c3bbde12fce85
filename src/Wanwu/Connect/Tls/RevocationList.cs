using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Tls;

/// <summary>What an authority has revoked, by its own signed list (RFC 5280 §5).</summary>
/// <param name="Issuer">As in <see cref="CertificateName"/>.</param>
/// <param name="NextUpdate">When there should be a newer one; null where the list does not say. What stands on an older list stays revoked.</param>
internal sealed record RevocationList(string File, string Issuer, IReadOnlySet<BigInteger> Serials, DateTimeOffset? NextUpdate)
{
    private const string Label = "X509 CRL", DeltaIndicator = "2.5.29.27";

    public bool Has(CertificateName name) => name.Issuer == Issuer && Serials.Contains(name.Serial);

    /// <summary>The lists among the blocks of a PEM text.</summary>
    public static IReadOnlyList<byte[]> InPem(string text)
    {
        var found = new List<byte[]>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
            if (rest[fields.Label].SequenceEqual(Label)) found.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
        return found;
    }

    /// <exception cref="CryptographicException">It is no list, or none of the authorities has signed it.</exception>
    public static RevocationList Read(byte[] der, string file, X509Certificate2Collection authorities)
    {
        try
        {
            var list = new X509CrlParser().ReadCrl(der) ?? throw new CryptographicException($"{file} holds no list of revoked certificates.");
            if (list.GetCriticalExtensionOids()?.Contains(DeltaIndicator) == true) throw new CryptographicException($"{file} holds a list of differences only; a whole one is needed.");
            var issuer = authorities.FirstOrDefault(authority => HasSigned(authority, list))
                ?? throw new CryptographicException($"{file} holds a list of revoked certificates that none of the authorities has signed. Put its issuer beside it.");
            var serials = (list.GetRevokedCertificates() ?? new HashSet<X509CrlEntry>()).Select(entry => new BigInteger(entry.SerialNumber.ToByteArray(), isUnsigned: false, isBigEndian: true));
            return new RevocationList(file, CertificateName.IssuerOf(issuer.SubjectName.RawData), serials.ToHashSet(), list.NextUpdate is { } next ? new DateTimeOffset(next) : null);
        }
        // Whatever the parser says of bytes that are none.
        catch (Exception fault) when (fault is GeneralSecurityException or ArgumentException or IOException or InvalidCastException or InvalidOperationException or FormatException)
        {
            throw new CryptographicException($"{file} holds no list of revoked certificates that can be read: {fault.Message}", fault);
        }
    }

    private static bool HasSigned(X509Certificate2 authority, X509Crl list)
    {
        var certificate = new X509CertificateParser().ReadCertificate(authority.RawData);
        if (!certificate.SubjectDN.Equivalent(list.IssuerDN) || !MaySignLists(certificate)) return false;
        try
        {
            list.Verify(certificate.GetPublicKey());
            return true;
        }
        catch (GeneralSecurityException)
        {
            return false;
        }
    }

    /// <summary>Whether its key usage, where it has one, lets it sign lists (§4.2.1.3).</summary>
    private static bool MaySignLists(Org.BouncyCastle.X509.X509Certificate certificate) => certificate.GetKeyUsage() is not { Length: > 6 } usage || usage[6];
}
