using System.Net.Security;
using System.Security.Cryptography;
using Wanwu.Hosting.Options;

namespace Wanwu.Connect.Tls;

/// <summary>A server's certificate as it is at present: read anew when its files change, so that a renewed one serves without a restart.</summary>
/// <remarks>Thread-safe. Connections that are open keep what they began with.</remarks>
internal sealed class ServerCertificate
{
    private readonly CertificateFiles _files;
    private byte[] _fingerprint;
    private SslStreamCertificateContext _current;

    public ServerCertificate(CertificateFiles files)
    {
        _files = files;
        _fingerprint = files.Fingerprint();
        _current = Read(files);
    }

    public SslStreamCertificateContext Current => Volatile.Read(ref _current);

    /// <summary>Looks at the files. The answer is whether there is a new certificate; a fault leaves the old one in use.</summary>
    /// <exception cref="CryptographicException">The files have changed and cannot be used.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public bool Refresh()
    {
        var fingerprint = _files.Fingerprint();
        if (fingerprint.AsSpan().SequenceEqual(_fingerprint)) return false;
        // Also when it cannot be used: it is complained of once, until the files change again.
        _fingerprint = fingerprint;
        Volatile.Write(ref _current, Read(_files));
        return true;
    }

    // Offline: a server that starts must not wait for an authority far away.
    private static SslStreamCertificateContext Read(CertificateFiles files)
    {
        var (own, others) = files.Load();
        return SslStreamCertificateContext.Create(own, others, offline: true);
    }
}
