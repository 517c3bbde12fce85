using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Certificates;

/// <summary>What comes from outside as a request for a certificate, mostly by somebody who means no good.</summary>
public sealed class SigningRequestTests
{
    private static readonly ThingId Thing = ThingId.New(TimeProvider.System);

    private static string Ec(ECCurve curve, string subject = "CN=whatever")
    {
        using var key = ECDsa.Create(curve);
        return new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static string Rsa(int bits, HashAlgorithmName? hash = null)
    {
        using var key = RSA.Create(bits);
        return new CertificateRequest("CN=whatever", key, hash ?? HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
    }

    private static RequestFault FaultOf(string pem) => SigningRequest.TryRead(pem, Thing, out _);

    private static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE REQUEST", der);

    private static byte[] Der(string pem)
    {
        var found = PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[found.Base64Data]);
    }

    /// <summary>Says that it was signed with SHA-1: 1.2.840.113549.1.1.11 becomes 1.2.840.113549.1.1.5.</summary>
    private static byte[] WithSha1(byte[] der)
    {
        var at = der.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B]);
        der[at + 8] = 5;
        return der;
    }

    [Fact]
    public void Keys_of_today_are_taken()
    {
        foreach (var curve in (ECCurve[])[ECCurve.NamedCurves.nistP256, ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.nistP521]) Assert.Equal(RequestFault.None, FaultOf(Ec(curve)));
        Assert.Equal(RequestFault.None, FaultOf(Rsa(2048)));
        Assert.Equal(RequestFault.None, FaultOf(Rsa(2048, HashAlgorithmName.SHA512)));
        Assert.Equal(RequestFault.None, FaultOf(Ec(ECCurve.NamedCurves.nistP256, "CN=")));
        Assert.Equal(RequestFault.None, FaultOf(Ec(ECCurve.NamedCurves.nistP256, $"CN={Thing}")));
    }

    [Fact]
    public void What_is_refused_is_refused_by_name()
    {
        Assert.Equal(RequestFault.WeakKey, FaultOf(Rsa(1024)));
        Assert.Equal(RequestFault.WrongCurve, FaultOf(Ec(ECCurve.CreateFromValue("1.3.132.0.10"))));                 // secp256k1
        Assert.Equal(RequestFault.WrongCurve, FaultOf(Ec(ECCurve.NamedCurves.brainpoolP256r1)));
        Assert.Equal(RequestFault.WeakSignature, FaultOf(Pem(WithSha1(Der(Rsa(2048))))));
        Assert.Equal(RequestFault.NamesAnother, FaultOf(Ec(ECCurve.NamedCurves.nistP256, $"CN={ThingId.New(TimeProvider.System)}")));
        Assert.Equal(RequestFault.TooLarge, FaultOf(Ec(ECCurve.NamedCurves.nistP256) + new string(' ', SigningRequest.MaxCharacters)));
        foreach (var text in (string[])["", "{}", "-----BEGIN CERTIFICATE REQUEST-----", new string('A', 9_000)]) Assert.Equal(RequestFault.NotARequest, FaultOf(text));
        Assert.Equal(RequestFault.Malformed, FaultOf(Pem([])));
        Assert.Equal(RequestFault.Malformed, FaultOf(Pem([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])));
        Assert.Equal(RequestFault.Malformed, FaultOf(Pem([.. Der(Ec(ECCurve.NamedCurves.nistP256)), 0])));
    }

    [Fact]
    public void A_certificate_is_no_request_for_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        Assert.Equal(RequestFault.NotARequest, FaultOf(own.ExportCertificatePem()));
        Assert.Equal(RequestFault.Malformed, FaultOf(Pem(own.RawData)));
    }

    [Fact]
    public void Whoever_has_not_the_private_key_gets_nothing()
    {
        // Another's public key under one's own signature: the two requests have one form, so the keys change places.
        var (mine, theirs) = (Der(Ec(ECCurve.NamedCurves.nistP256, "CN=a")), Der(Ec(ECCurve.NamedCurves.nistP256, "CN=a")));
        var key = CertificateRequest.LoadSigningRequest(theirs, HashAlgorithmName.SHA256).PublicKey.EncodedKeyValue.RawData;
        var at = mine.AsSpan().IndexOf(CertificateRequest.LoadSigningRequest(mine, HashAlgorithmName.SHA256).PublicKey.EncodedKeyValue.RawData);
        key.CopyTo(mine, at);
        Assert.Equal(RequestFault.WrongSignature, FaultOf(Pem(mine)));
    }

    [Fact]
    public void An_rsa_key_with_an_exponent_of_three_is_too_weak()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        using var weak = RSA.Create(new RSAParameters { Modulus = parameters.Modulus, Exponent = [3] });
        using var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=x"), new PublicKey(weak), HashAlgorithmName.SHA256);
        Assert.Equal(RequestFault.WeakKey, FaultOf(Pem(request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(signing)))));
    }

    [Fact]
    public void No_changed_byte_and_no_cut_passes_and_none_throws()
    {
        var good = Der(Ec(ECCurve.NamedCurves.nistP256));
        for (var at = 0; at < good.Length; at++)
        {
            var changed = (byte[])good.Clone();
            changed[at] ^= (byte)(1 << (at % 8));
            Assert.NotEqual(RequestFault.None, FaultOf(Pem(changed)));
            Assert.NotEqual(RequestFault.None, FaultOf(Pem(good[..at])));
        }
    }
}
