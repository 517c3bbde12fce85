using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>What a client's certificate says of it, judged when it was shown.</summary>
/// <param name="Subject">Whose it is, as it says itself; null when none was shown.</param>
/// <param name="Fault">Why it proves nothing; null when it is good.</param>
/// <param name="Things">The things it names: common name, DNS names and URIs that are ids of things.</param>
internal sealed record ClientCertificate(string? Subject, string? Fault, IReadOnlyList<ThingId> Things)
{
    /// <summary>Hexadecimal; empty when none was shown.</summary>
    public string Serial { get; init; } = "";

    /// <summary>SHA-256 of the whole certificate.</summary>
    public string Thumbprint { get; init; } = "";

    /// <summary>Whether the built-in device authority has issued it: then the registry knows it, and whether it was revoked.</summary>
    public bool IsOwn { get; init; }

    public DateTimeOffset NotAfter { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The certificate and those above it, by which the lists of other authorities name them.</summary>
    public IReadOnlyList<CertificateName> Chain { get; init; } = [];

    public static readonly ClientCertificate Missing = new(null, "A client certificate is needed at this port, and none was shown.", []);

    /// <param name="chain">As it was built from the authorities that are trusted.</param>
    /// <param name="own">The built-in device authority; null while there is none.</param>
    public static ClientCertificate Judge(X509Certificate2 certificate, X509Chain? chain, X509Certificate2? own)
    {
        var subject = certificate.Subject.Length > 200 ? certificate.Subject[..200] + "…" : certificate.Subject;
        var root = chain?.ChainElements is { Count: > 0 } all ? all[^1].Certificate : null;
        return new ClientCertificate(subject, FaultOf(certificate, subject, chain), ThingsOf(certificate))
        {
            Serial = certificate.SerialNumber, Thumbprint = ThumbprintOf(certificate), NotAfter = new DateTimeOffset(certificate.NotAfter),
            IsOwn = own is not null && root is not null && root.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span),
            Chain = chain is null ? [] : [.. chain.ChainElements.Select(element => CertificateName.Of(element.Certificate))],
        };
    }

    public static string ThumbprintOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    private static string? FaultOf(X509Certificate2 certificate, string subject, X509Chain? chain)
    {
        var status = chain is null ? X509ChainStatusFlags.PartialChain : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        const X509ChainStatusFlags Foreign = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;
        if (status == X509ChainStatusFlags.NoError) return null;
        if ((status & Foreign) != 0) return $"The client certificate '{subject}' was not issued by an authority that is trusted here.";
        if ((status & X509ChainStatusFlags.NotTimeValid) != 0)
            return $"The client certificate '{subject}' is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, not now (or one it depends on is not).";
        if ((status & X509ChainStatusFlags.NotValidForUsage) != 0) return $"The client certificate '{subject}' is not meant for clients (extended key usage).";
        return $"The client certificate '{subject}' cannot be trusted: {status}.";
    }

    private static List<ThingId> ThingsOf(X509Certificate2 certificate)
    {
        var names = new List<string>();
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common) names.Add(common);
        foreach (var extension in certificate.Extensions)
            if (extension.Oid?.Value == "2.5.29.17") names.AddRange(AlternativeNames(extension.RawData));
        return [.. names.Select(name => ThingId.TryParse(LastPart(name), null, out var id) ? id : (ThingId?)null).OfType<ThingId>().Distinct()];
    }

    /// <summary>DNS names (2) and URIs (6) of a SubjectAltName (RFC 5280 §4.2.1.6).</summary>
    private static List<string> AlternativeNames(byte[] extension)
    {
        var names = new List<string>();
        try
        {
            var all = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
            while (all.HasData)
            {
                var tag = all.PeekTag();
                if (tag is { TagClass: TagClass.ContextSpecific, TagValue: 2 or 6 }) names.Add(all.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                else all.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            // Not as the standard has it: it names nobody.
        }
        return names;
    }

    // urn:wanwu:thing:ID, https://zone.example/things/ID, ID.
    private static string LastPart(string name) => name[(name.LastIndexOfAny([':', '/']) + 1)..];
}
