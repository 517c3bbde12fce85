using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Connect.Tls;

/// <summary>The authorities that may have issued a client's certificate: a PEM file of theirs, and of those between.</summary>
/// <remarks>Thread-safe; read anew when the file changes.</remarks>
internal sealed class TrustAnchors
{
    private readonly string _file;
    private byte[] _fingerprint;
    private X509Certificate2Collection _all;

    /// <exception cref="CryptographicException">The file holds no certificates.</exception>
    public TrustAnchors(string file)
    {
        _file = file;
        _fingerprint = SHA256.HashData(File.ReadAllBytes(file));
        _all = Read(file);
    }

    /// <summary>How a client's certificate is to be judged. Made anew for each connection, because judging it adds to it.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));    // client authentication
        foreach (var certificate in Volatile.Read(ref _all))
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }
        return policy;
    }

    /// <inheritdoc cref="ServerCertificate.Refresh"/>
    public bool Refresh()
    {
        var fingerprint = SHA256.HashData(File.ReadAllBytes(_file));
        if (fingerprint.AsSpan().SequenceEqual(_fingerprint)) return false;
        _fingerprint = fingerprint;
        Volatile.Write(ref _all, Read(_file));
        return true;
    }

    public static string? FaultOf(string file)
    {
        try
        {
            Read(file);
            return null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"cannot be used: {fault.Message}";
        }
    }

    private static X509Certificate2Collection Read(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return all.Count > 0 ? all : throw new CryptographicException("The file holds no certificate in PEM form.");
    }
}
