using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Mqtt.Tls;
using Wanwu.Registry;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Tls;

/// <summary>Whose word is taken for who a client is: the built-in device authority's, and that of the authorities whose files the operator has put there. One for all doors.</summary>
/// <remarks>Thread-safe. A set of files is taken over whole or not at all: while one of them cannot be used, what was read before stays in use.</remarks>
internal sealed partial class ClientTrust
{
    public const string DefaultFolder = "trust";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private readonly DeviceAuthority _device;
    private readonly TimeProvider _clock;
    private readonly ILogger<ClientTrust> _logger;
    private readonly string? _file;
    private byte[] _fingerprint = [];
    private volatile TrustAnchors _others = TrustAnchors.None;

    public ClientTrust(DeviceAuthority device, DataFolder data, IOptions<CertificateOptions> options, IOptions<TlsOptions> mqtt, TimeProvider clock, ILogger<ClientTrust> logger)
    {
        (_device, _clock, _logger, _file) = (device, clock, logger, mqtt.Value.TrustFile);
        Folder = options.Value.TrustFolder is { Length: > 0 } elsewhere ? Path.GetFullPath(elsewhere) : data.File(DefaultFolder);
        try
        {
            Refresh();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            Untrusted(fault.Message);
        }
    }

    /// <summary>Raised when other authorities, or lists of theirs, are in use. Handlers must only mark.</summary>
    public event Action? Changed;

    public string Folder { get; }

    /// <summary>Whether there is an authority by which a certificate could be judged: without any, nobody need be asked for one.</summary>
    public bool IsAny => _others.All.Count > 0 || _device.Find() is not null;

    /// <summary>What is in use at present of the authorities of others.</summary>
    public TrustAnchors Others => _others;

    private List<string> Files => [.. _file is null ? [] : (string[])[_file], .. TrustAnchors.FilesOf(Folder)];

    /// <summary>Why the files, as they lie there now, are not taken over; null when they are.</summary>
    public string? Fault()
    {
        try
        {
            TrustAnchors.Read(Files);
            return null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return fault.Message;
        }
    }

    /// <inheritdoc cref="ServerCertificate.Refresh"/>
    public bool Refresh()
    {
        var files = Files;
        var fingerprint = TrustAnchors.Fingerprint(files);
        if (fingerprint.AsSpan().SequenceEqual(_fingerprint)) return false;
        // Also when they cannot be used: it is complained of once, until the files change again.
        var isFirst = _fingerprint.Length == 0;
        _fingerprint = fingerprint;
        var read = TrustAnchors.Read(files);
        _others = read;
        foreach (var list in read.Lists)
            if (list.NextUpdate is { } next && next < _clock.GetUtcNow()) Outdated(list.File, next.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture));
        Changed?.Invoke();
        return !isFirst;
    }

    /// <summary>Has a client asked for its certificate in the handshake; what it shows, with the judgement on it, is a feature of the connection afterwards.</summary>
    /// <remarks>A certificate that proves nothing does not end the handshake: it is refused where there are words for it.</remarks>
    public void Ask(ConnectionContext connection, SslServerAuthenticationOptions handshake)
    {
        handshake.ClientCertificateRequired = true;
        handshake.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
        handshake.CertificateChainPolicy = Policy();
        // A resumed session would not show its certificate again.
        handshake.AllowTlsResume = false;
#pragma warning disable CA5359
        handshake.RemoteCertificateValidationCallback = (_, shown, chain, _) =>
#pragma warning restore CA5359
        {
            if (shown is X509Certificate2 whole) connection.Features.Set(Judge(whole, chain));
            return true;
        };
    }

    /// <summary>Whether an authority has meanwhile revoked a certificate that was shown.</summary>
    public bool HasRevoked(ClientCertificate certificate) => _others.HasRevoked(certificate);

    private ClientCertificate Judge(X509Certificate2 certificate, X509Chain? chain)
    {
        var judged = ClientCertificate.Judge(certificate, chain, _device.Find());
        return judged.Fault is null && HasRevoked(judged) ? judged with { Fault = $"The client certificate '{judged.Subject}', or one that it depends on, was revoked by its authority." } : judged;
    }

    /// <summary>How a client's certificate is to be judged. Made anew for each connection, because judging it adds to it.</summary>
    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
            VerificationTime = _clock.GetUtcNow().UtcDateTime,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientUse));
        if (_device.Find() is { } own) policy.CustomTrustStore.Add(own);
        foreach (var certificate in _others.All)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }
        return policy;
    }

    [LoggerMessage(5204, LogLevel.Warning, "The list of revoked certificates {File} should have been replaced by {Next}; what stands on it stays revoked")]
    private partial void Outdated(string file, string next);

    [LoggerMessage(5205, LogLevel.Error, "No authority but the built-in one is trusted until its files can be used: {Reason}")]
    private partial void Untrusted(string reason);
}
