using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Hosting.Options;

namespace Wanwu.Hosting.Tls;

/// <summary>A certificate that an operator brings for the server, looked at before it serves: what makes clients refuse it is said here first.</summary>
/// <param name="Faults">Why it cannot serve.</param>
/// <param name="Notes">What clients have to know, where it can.</param>
internal sealed record OfferedCertificate(IReadOnlyList<string> Faults, IReadOnlyList<string> Notes)
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1", AnyUse = "2.5.29.37.0";
    private const int MinRsaBits = 2_048;

    /// <param name="names">Names that it must be for.</param>
    public static OfferedCertificate Look(CertificateFiles files, IReadOnlyList<string> names, DateTimeOffset now)
    {
        try
        {
            var (own, others) = files.Load();
            using (own)
            {
                var notes = new List<string>();
                return new OfferedCertificate([.. FaultsOf(own, names, now), .. ChainFaults(own, others, now, notes)], notes);
            }
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new OfferedCertificate([$"{files.Certificate} and {files.Key} are not a certificate and its key: {fault.Message}"], []);
        }
    }

    private static IEnumerable<string> FaultsOf(X509Certificate2 own, IReadOnlyList<string> names, DateTimeOffset now)
    {
        if (now >= own.NotAfter) yield return $"It ended at {own.NotAfter.ToUniversalTime():u}.";
        if (now < own.NotBefore) yield return $"It does not hold before {own.NotBefore.ToUniversalTime():u}.";
        using (var rsa = own.GetRSAPublicKey())
            if (rsa is { KeySize: < MinRsaBits }) yield return $"Its RSA key has {rsa.KeySize} bits; {MinRsaBits} are needed.";
        if (own.Extensions.OfType<X509BasicConstraintsExtension>().Any(each => each.CertificateAuthority)) yield return "It is that of an authority, not of a server.";
        if (own.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } uses && !uses.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value is ServerUse or AnyUse))
            yield return "It is not meant for servers (extended key usage).";
        if (NamesOf(own).Count == 0) yield return "It names no host (subject alternative names); clients look at nothing else.";
        foreach (var name in names.Where(name => !own.MatchesHostname(name, allowWildcards: true, allowCommonName: false))) yield return $"It is not for '{name}'. It is for: {string.Join(", ", NamesOf(own))}.";
    }

    private static List<string> ChainFaults(X509Certificate2 own, X509Certificate2Collection others, DateTimeOffset now, List<string> notes)
    {
        using var chain = new X509Chain
        {
            ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true, VerificationTime = now.UtcDateTime, VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority },
        };
        chain.ChainPolicy.ExtraStore.AddRange(others);
        chain.Build(own);
        var faults = new List<string>();
        foreach (var element in chain.ChainElements.Skip(1))
            foreach (var status in element.ChainElementStatus.Where(each => each.Status is X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.NotSignatureValid or X509ChainStatusFlags.InvalidBasicConstraints))
                faults.Add($"'{element.Certificate.Subject}' above it cannot be used: {status.StatusInformation.Trim()}.");
        var all = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (sum, each) => sum | each.Status);
        var last = chain.ChainElements[^1].Certificate;
        if ((all & X509ChainStatusFlags.PartialChain) != 0)
            notes.Add($"Its chain ends with '{last.Subject}', issued by '{last.Issuer}'. Clients must know that authority; if it is one between, put its certificate into the file behind the server's.");
        else if ((all & X509ChainStatusFlags.UntrustedRoot) != 0) notes.Add($"This system does not know its authority, '{last.Subject}'. Clients must be given it.");
        foreach (var stray in others.Where(each => !chain.ChainElements.Any(element => element.Certificate.RawDataMemory.Span.SequenceEqual(each.RawDataMemory.Span))))
            notes.Add($"'{stray.Subject}' is in the file and not of its chain.");
        return faults;
    }

    public static IReadOnlyList<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions.FirstOrDefault(each => each.Oid?.Value == "2.5.29.17") is { } found
        ? [.. new X509SubjectAlternativeNameExtension(found.RawData) is var names ? names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(each => each.ToString())) : []]
        : [];
}
