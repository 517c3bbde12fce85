using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Security.Certificates;

/// <summary>What lists of revoked certificates call one: who issued it, and its serial number with that issuer.</summary>
/// <param name="Issuer">SHA-256 of the issuer's name as it is encoded.</param>
internal readonly record struct CertificateName(string Issuer, BigInteger Serial)
{
    public static CertificateName Of(X509Certificate2 certificate) =>
        new(IssuerOf(certificate.IssuerName.RawData), new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true));

    public static string IssuerOf(byte[] name) => Convert.ToHexStringLower(SHA256.HashData(name));
}
