using System.ComponentModel.DataAnnotations;

namespace Wanwu.Hosting.Options;

/// <summary>The HTTP door: console, API and MQTT over WebSocket. Its address is given by <c>--urls</c>.</summary>
internal sealed record HttpOptions : IValidatableObject
{
    /// <summary>Where to listen, as <c>http://127.0.0.1:8080</c>; several are separated by semicolons. Port 0 lets the system choose. <c>--urls</c> says the same.</summary>
    [Required] public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Allows <c>http</c> on an address other than loopback. Meant for closed networks and for a TLS proxy in front; whoever is on the way can read passwords.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>PEM file with the server's certificate and its chain, or a PFX file (<c>.pfx</c>, <c>.p12</c>) that holds the key too, for <c>https</c> addresses. Read anew when it changes.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of <c>CertificateFile</c>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Password of the PFX file, or of an encrypted key.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>Asks clients of <c>https</c> addresses for a certificate, which stands for a thing's password, at the API and for MQTT over WebSocket. Browsers may ask their users which one to show.</summary>
    public bool ClientCertificates { get; init; }

    internal CertificateFiles Files => new(CertificateFile!, CertificateKeyFile, CertificatePassword);

    /// <summary>Largest request body in bytes; bulk reports have their own bound.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)] public long MaxBodyBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Days for which browsers that came over <c>https</c> take no plain <c>http</c> from this host name any more, on any port (HSTS). 0: nothing is said of it.</summary>
    [Range(0, 3_650)] public int StrictTransportDays { get; init; } = 365;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!HttpAddress.TryParse(url, out var address))
                yield return new ValidationResult($"'{url}' is not an address to listen on; write http://127.0.0.1:8080 or https://0.0.0.0:8443.", [nameof(Urls)]);
            else if (!address.IsSecure && !address.IsLoopback && !AllowPlaintext)
                yield return new ValidationResult($"'{url}' is plaintext and reachable from other machines. Use https ('./wanwu tls create' makes a certificate), or set Http:AllowPlaintext=true on a closed network.", [nameof(Urls)]);
            else if (address.IsSecure && CertificateFile is null)
                yield return new ValidationResult($"'{url}' needs a certificate, in PEM form or as PFX: './wanwu tls create' makes one, './wanwu tls use' takes yours.", [nameof(CertificateFile)]);
        }
        foreach (var (name, file) in new[] { (nameof(CertificateFile), CertificateFile), (nameof(CertificateKeyFile), CertificateKeyFile) })
            if (file is not null && !File.Exists(file)) yield return new ValidationResult("there is no such file.", [name]);
        if (File.Exists(CertificateFile) && Files.Fault() is { } fault) yield return new ValidationResult(fault, [nameof(CertificateFile)]);
    }

    public IEnumerable<HttpAddress> Addresses => Urls
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(url => HttpAddress.TryParse(url, out var address) ? address : throw new FormatException(url));
}
