using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Security.Authentication;
using Wanwu.Connect.Tls;
using Wanwu.Hosting.Options;

namespace Wanwu.Connect.Mqtt.Tls;

/// <summary>Whether clients show certificates.</summary>
internal enum ClientCertificates
{
    /// <summary>They are not asked for one.</summary>
    None,
    /// <summary>They may show one instead of a password.</summary>
    Allow,
    /// <summary>They must show one.</summary>
    Require,
}

/// <summary>The lowest version of TLS that is spoken.</summary>
internal enum TlsVersion
{
    Tls12,
    Tls13,
}

/// <summary>MQTT over TLS, on a port of its own; open once it has a certificate. MQTT over WebSocket has TLS where the HTTP door has (<c>https</c> in <c>Http:Urls</c>). Section <c>Connect:Mqtt:Tls</c>.</summary>
internal sealed record TlsOptions : IValidatableObject
{
    /// <summary>Address to listen on: an IP address of this machine; <c>0.0.0.0</c> and <c>::</c> mean all.</summary>
    [Required] public string Address { get; init; } = "0.0.0.0";

    /// <summary>TCP port. 0 lets the system choose.</summary>
    [Range(0, 65_535)] public int Port { get; init; } = 8883;

    /// <summary>PEM file with the server's certificate and its chain, or a PFX file (<c>.pfx</c>, <c>.p12</c>) that holds the key too. Read anew when it changes. Without it the door stays shut.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of <c>CertificateFile</c>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Password of the PFX file, or of an encrypted key.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>Lowest version of TLS: <c>Tls12</c> or <c>Tls13</c>.</summary>
    public TlsVersion MinimumVersion { get; init; }

    /// <summary>Whether clients show certificates: <c>None</c>, <c>Allow</c> (one that names a thing stands for its password) or <c>Require</c>.</summary>
    public ClientCertificates ClientCertificates { get; init; } = ClientCertificates.Allow;

    /// <summary>PEM file with authorities of others that issue clients' certificates, and those between; beside those in <c>Security:Certificates:TrustFolder</c>, and like them for all doors. Read anew when it changes.</summary>
    public string? TrustFile { get; init; }

    internal bool IsOpen => CertificateFile is not null;
    internal IPAddress Ip => IPAddress.Parse(Address);
    internal CertificateFiles Files => new(CertificateFile!, CertificateKeyFile, CertificatePassword);
    internal SslProtocols Protocols => MinimumVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out _)) yield return new ValidationResult("must be an IP address, as 127.0.0.1 or 0.0.0.0.", [nameof(Address)]);
        if (TrustFile is not null && TrustAnchors.FaultOf(TrustFile) is { } untrusted) yield return new ValidationResult(untrusted, [nameof(TrustFile)]);
        if (CertificateFile is not null && Files.Fault() is { } fault) yield return new ValidationResult(fault, [nameof(CertificateFile)]);
        if (CertificateFile is null && CertificateKeyFile is not null) yield return new ValidationResult("is missing, so that the door would stay shut.", [nameof(CertificateFile)]);
    }
}
