using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Hosting.Options;

/// <summary>Where a server's certificate lies: a PEM file with the certificate and its chain, beside it or in it the private key; or one PFX file with all of it.</summary>
/// <param name="Password">Of the PFX file, or of an encrypted key.</param>
internal sealed record CertificateFiles(string Certificate, string? Key, string? Password)
{
    /// <summary>The certificate with its key, and what leads to its authority.</summary>
    /// <exception cref="CryptographicException">The files hold no certificate, or not its key, or the password is wrong.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public (X509Certificate2 Own, X509Certificate2Collection Others) Load()
    {
        var all = new X509Certificate2Collection();
        if (IsPfx)
        {
            all = X509CertificateLoader.LoadPkcs12CollectionFromFile(Certificate, Password);
            var own = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("The file holds no certificate with its private key.");
            all.Remove(own);
            return (own, all);
        }
        all.ImportFromPemFile(Certificate);
        var first = Password is null
            ? X509Certificate2.CreateFromPemFile(Certificate, Key)
            : X509Certificate2.CreateFromEncryptedPemFile(Certificate, Password, Key);
        // The first one is the server's own; CreateFromPemFile has read it a second time, with its key.
        all.RemoveAt(0);
        return (ForThisSystem(first), all);
    }

    /// <summary>A sentence on what is wrong with the files, or null.</summary>
    public string? Fault()
    {
        try
        {
            foreach (var one in Load() is var (own, others) ? others.Append(own) : []) one.Dispose();
            return null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"cannot be used: {fault.Message}";
        }
    }

    /// <summary>What the files hold at present, to see whether they have changed.</summary>
    public byte[] Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(Certificate));
        if (Key is not null) hash.AppendData(File.ReadAllBytes(Key));
        return hash.GetHashAndReset();
    }

    private bool IsPfx => Path.GetExtension(Certificate).ToUpperInvariant() is ".PFX" or ".P12";

    // Windows does not serve with a key that is in memory alone.
    private static X509Certificate2 ForThisSystem(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return certificate;
        using (certificate) return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
