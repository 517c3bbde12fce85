using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>Why a request for a certificate is not one that can be granted.</summary>
internal enum RequestFault : byte
{
    None,
    TooLarge,
    NotARequest,
    Malformed,
    WeakSignature,
    WrongSignature,
    WeakKey,
    WrongCurve,
    UnsupportedKey,
    NamesAnother,
}

/// <summary>A request for a certificate (PKCS#10, RFC 2986) that came from outside: of all it says, the public key counts, and that the sender has the private one.</summary>
/// <param name="CommonName">What the sender would be called; null where it says nothing.</param>
internal sealed record SigningRequest(PublicKey Key, string? CommonName)
{
    public const int MaxCharacters = 16 * 1024, MinRsaBits = 2_048, MaxRsaBits = 8_192;
    private const string RsaKey = "1.2.840.113549.1.1.1", EcKey = "1.2.840.10045.2.1";

    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    /// <summary>ECDSA and RSA (PKCS#1) with SHA-256, SHA-384, SHA-512.</summary>
    private static readonly string[] Signatures =
        ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"];

    /// <summary>SHA-256 of the public key, by which the same key is recognised in another request.</summary>
    public string Spki { get; } = Convert.ToHexStringLower(SHA256.HashData(Key.ExportSubjectPublicKeyInfo()));

    /// <param name="pem">As it came.</param>
    public static RequestFault TryRead(ReadOnlySpan<char> pem, out SigningRequest? request)
    {
        request = null;
        if (pem.Length > MaxCharacters) return RequestFault.TooLarge;
        if (!PemEncoding.TryFind(pem, out var found) || pem[found.Label] is not ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST")) return RequestFault.NotARequest;
        var der = new byte[found.DecodedDataLength];
        if (!Convert.TryFromBase64Chars(pem[found.Base64Data], der, out var length) || length != der.Length) return RequestFault.Malformed;
        try
        {
            return TryRead(der, out request);
        }
        // What the framework says of bytes that are no request, or of a key that is no point of its curve.
        catch (Exception fault) when (fault is CryptographicException or AsnContentException)
        {
            return RequestFault.Malformed;
        }
    }

    /// <summary>The same, and whether the request is that of the thing: a name in it may be anything but another thing's.</summary>
    public static RequestFault TryRead(ReadOnlySpan<char> pem, ThingId thing, out SigningRequest? request)
    {
        var fault = TryRead(pem, out request);
        if (fault != RequestFault.None || !ThingId.TryParse(request!.CommonName, null, out var named) || named == thing) return fault;
        request = null;
        return RequestFault.NamesAnother;
    }

    private static RequestFault TryRead(byte[] der, out SigningRequest? request)
    {
        request = null;
        if (!Signatures.Contains(SignatureOf(der))) return RequestFault.WeakSignature;
        // The key first: a signature by one that is too weak, or too large to be checked at leisure, is worth nothing.
        var unproven = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation);
        if (FaultOf(unproven.PublicKey) is not RequestFault.None and var fault) return fault;
        if (!IsProven(der)) return RequestFault.WrongSignature;
        request = new SigningRequest(unproven.PublicKey, CommonNameOf(unproven.SubjectName));
        return RequestFault.None;
    }

    private static string SignatureOf(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var all = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        all.ReadEncodedValue();
        return all.ReadSequence().ReadObjectIdentifier();
    }

    private static bool IsProven(byte[] der)
    {
        try
        {
            CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static RequestFault FaultOf(PublicKey key) => key.Oid.Value switch
    {
        RsaKey => FaultOfRsa(key),
        EcKey => FaultOfEc(key),
        _ => RequestFault.UnsupportedKey,
    };

    private static RequestFault FaultOfRsa(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey()!;
        if (rsa.KeySize < MinRsaBits) return RequestFault.WeakKey;
        if (rsa.KeySize > MaxRsaBits) return RequestFault.UnsupportedKey;
        // FIPS 186-5 §5.1: an odd number of at least 65,537.
        var exponent = rsa.ExportParameters(false).Exponent!;
        return exponent.Length >= 3 && (exponent[^1] & 1) == 1 ? RequestFault.None : RequestFault.WeakKey;
    }

    private static RequestFault FaultOfEc(PublicKey key)
    {
        // A curve by its name; one that is described at length may be any (RFC 5480 §2.1.1).
        if (key.EncodedParameters is not { } parameters) return RequestFault.WrongCurve;
        var reader = new AsnReader(parameters.RawData, AsnEncodingRules.DER);
        if (reader.PeekTag() != Asn1Tag.ObjectIdentifier || !Curves.Contains(reader.ReadObjectIdentifier())) return RequestFault.WrongCurve;
        using var point = key.GetECDsaPublicKey();
        return point is null ? RequestFault.UnsupportedKey : RequestFault.None;
    }

    private static string? CommonNameOf(X500DistinguishedName subject)
    {
        foreach (var part in subject.EnumerateRelativeDistinguishedNames())
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3") return part.GetSingleElementValue();
        return null;
    }

    /// <summary>What is wrong, and what to do about it.</summary>
    public static string Sentence(RequestFault fault) => fault switch
    {
        RequestFault.TooLarge => $"A request has at most {MaxCharacters} characters.",
        RequestFault.NotARequest => "Expected a request in PEM form, as from 'openssl req -new': -----BEGIN CERTIFICATE REQUEST-----.",
        RequestFault.Malformed => "The request is not well-formed (PKCS#10).",
        RequestFault.WeakSignature => "The request is signed in a way that is not taken. Taken are ECDSA and RSA (PKCS#1) with SHA-256, SHA-384 or SHA-512.",
        RequestFault.WrongSignature => "The request is not signed by its own key: whoever sent it has not shown that it has the private key.",
        RequestFault.WeakKey => $"The key is too weak. An RSA key has at least {MinRsaBits} bits and an exponent of at least 65537.",
        RequestFault.WrongCurve => "The key is on a curve that is not taken. Taken are P-256, P-384 and P-521, by name.",
        RequestFault.UnsupportedKey => $"The key is of a kind that is not taken. Taken are ECDSA (P-256, P-384, P-521) and RSA ({MinRsaBits} to {MaxRsaBits} bits).",
        RequestFault.NamesAnother => "The request names another thing. Leave its common name out, or write the id of this thing.",
        _ => "The request is in order.",
    };

    /// <summary>The fault's name in answers, as <c>weakKey</c>.</summary>
    public static string NameOf(RequestFault fault)
    {
        var name = fault.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
