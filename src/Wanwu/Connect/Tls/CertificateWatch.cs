using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Wanwu.Hosting.Options;

namespace Wanwu.Connect.Tls;

/// <summary>Every certificate the server serves with, and every list of authorities; looks at their files every few seconds.</summary>
internal sealed class CertificateWatch(ClientTrust trust, TimeProvider clock, ILogger<CertificateWatch> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<CertificateFiles, ServerCertificate> _certificates = new();
    private ITimer? _timer;

    /// <summary>The certificate of these files; doors with the same files share one.</summary>
    public ServerCertificate Open(CertificateFiles files) => _certificates.GetOrAdd(files, static files => new ServerCertificate(files));

    /// <summary>Whose word is taken for who a client is.</summary>
    public ClientTrust Trust => trust;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = clock.CreateTimer(_ => Refresh(), null, Interval, Interval);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null) await _timer.DisposeAsync();
    }

    public void Dispose() => _timer?.Dispose();

    private void Refresh()
    {
        foreach (var (files, certificate) in _certificates)
            if (Look(files.Certificate, certificate.Refresh))
                logger.CertificateRenewed(files.Certificate, certificate.Current.TargetCertificate.NotAfter.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture));
        if (Look(trust.Folder, trust.Refresh)) logger.TrustRenewed();
    }

    private bool Look(string file, Func<bool> refresh)
    {
        try
        {
            return refresh();
        }
        // Files that are being replaced are half there for a moment; what was read before stays in use.
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            logger.CertificateUnusable(file, fault.Message);
            return false;
        }
    }
}

internal static partial class TlsLog
{
    [LoggerMessage(5201, LogLevel.Information, "A new certificate was read from {File}; it is valid until {NotAfter}")]
    public static partial void CertificateRenewed(this ILogger logger, string file, string notAfter);

    [LoggerMessage(5202, LogLevel.Warning, "What {File} holds now cannot be used, the certificates read before stay in use: {Reason}")]
    public static partial void CertificateUnusable(this ILogger logger, string file, string reason);

    [LoggerMessage(5203, LogLevel.Information, "The authorities of client certificates, and their lists of revoked ones, were read anew")]
    public static partial void TrustRenewed(this ILogger logger);
}
