using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Certificates;

/// <summary>Certificates of things: those that the built-in device authority issues, and the authorities of others that are trusted. Section <c>Security:Certificates</c>.</summary>
internal sealed record CertificateOptions
{
    /// <summary>Folder of the device authority: its certificate, and its key, sealed. <c>device-ca</c> in the data folder unless given.</summary>
    public string? Folder { get; init; }

    /// <summary>Days a certificate holds, unless the request says otherwise.</summary>
    [Range(1, 3_650)] public int Days { get; init; } = 365;

    /// <summary>Most days that a request may ask for.</summary>
    [Range(1, 3_650)] public int MaxDays { get; init; } = 1_095;

    /// <summary>Years the device authority holds; counted from its making, at the first certificate.</summary>
    [Range(1, 50)] public int AuthorityYears { get; init; } = 20;

    /// <summary>Hours for which a list of revoked certificates may be kept by whoever reads it; a new one is there with every revocation.</summary>
    [Range(1, 720)] public int ListHours { get; init; } = 48;

    /// <summary>Certificates a thing may ask for by itself within an hour, those refused included.</summary>
    [Range(1, 1_000)] public int RenewalsPerHour { get; init; } = 6;

    /// <summary>Folder with the authorities of others that issue certificates for things (<c>.pem</c>, <c>.crt</c>, <c>.cer</c>), those between, and their lists of revoked ones (<c>.crl</c>). Looked at every five seconds. <c>trust</c> in the data folder unless given.</summary>
    public string? TrustFolder { get; init; }
}
