using System.Text;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;

namespace Wanwu.Tests.Security.Audit;

/// <summary>What hashes and signs is what the standards say, by their own examples.</summary>
public sealed class AuditVectorTests
{
    /// <summary>SubjectPublicKeyInfo up to the coordinates: id-ecPublicKey with the curve sm2p256v1 (1.2.156.10197.1.301) and with P-256.</summary>
    private const string Sm2Head = "3059301306072A8648CE3D020106082A811CCF5501822D03420004", P256Head = "3059301306072A8648CE3D020106082A8648CE3D03010703420004";

    // GB/T 32918.5-2017, annex A.2: identity 1234567812345678, the message "message digest".
    private const string Sm2Public = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020" + "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    private const string Sm2Private = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    private const string Sm2R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3", Sm2S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";

    // RFC 6979, appendix A.2.5: P-256, SHA-256, the message "sample".
    private const string P256Public = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6" + "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    private const string P256Signature = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716" + "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

    private static readonly byte[] MessageDigest = "message digest"u8.ToArray(), Sample = "sample"u8.ToArray();

    /// <summary>GB/T 32905-2016, annex A.1 and A.2; FIPS 180-4 by its example "abc".</summary>
    [Theory]
    [InlineData(AuditSuite.ShangMi, "abc", 1, "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0")]
    [InlineData(AuditSuite.ShangMi, "abcd", 16, "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732")]
    [InlineData(AuditSuite.ShangMi, "", 1, "1AB21D8355CFA17F8E61194831E81A8F22BEC8C728FEFB747ED035EB5082AA2B")]
    [InlineData(AuditSuite.International, "abc", 1, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    public void The_chain_hashes_as_the_standard_does(object suite, string text, int times, string expected)
    {
        var hash = new ChainHash((AuditSuite)suite);
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
        var computed = new byte[ChainHash.Length];
        // Twice: one hash is used for record after record.
        for (var i = 0; i < 2; i++)
        {
            hash.Compute(bytes, computed);
            Assert.Equal(expected, Convert.ToHexString(computed));
        }
        Assert.True(hash.Matches(bytes, computed));
    }

    /// <summary>Every length around the edges of a block, among others in the other lanes; and the first wrong hash is the one that is named.</summary>
    [Fact]
    public void SM3_in_lanes_is_SM3()
    {
        var hash = new ChainHash(AuditSuite.ShangMi);
        var bytes = new byte[200_000];
        new Random(32905).NextBytes(bytes);
        List<(int At, int Length)> parts = [];
        for (var (at, length) = (0, 0); length < 420; at += length + ChainHash.Length, length++)
        {
            parts.Add((at, length));
            hash.Compute(bytes.AsSpan(at, length), bytes.AsSpan(at + length, ChainHash.Length));
        }
        "abc"u8.CopyTo(bytes.AsSpan(parts[3].At));
        Convert.FromHexString("66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0").CopyTo(bytes, parts[3].At + 3);
        Assert.Equal(parts.Count, ChainLinks.FirstBroken(bytes, parts, AuditSuite.ShangMi));
        for (var i = parts.Count - 1; i >= 0; i -= 7)
        {
            bytes[parts[i].At + parts[i].Length + i % ChainHash.Length] ^= 1;
            Assert.Equal(i, ChainLinks.FirstBroken(bytes, parts, AuditSuite.ShangMi));
        }
    }

    [Fact]
    public void The_signature_of_GB_T_32918_5_is_right_and_nothing_beside_it_is()
    {
        var (key, signature) = (Convert.FromHexString(Sm2Head + Sm2Public), Der(Sm2R, Sm2S));
        Assert.True(Signatures.Verify(AuditSuite.ShangMi, key, MessageDigest, signature));
        Assert.False(Signatures.Verify(AuditSuite.ShangMi, key, "message digesT"u8.ToArray(), signature));
        Assert.False(Signatures.Verify(AuditSuite.ShangMi, key, MessageDigest, Der(Sm2S, Sm2R)));
        AssertEveryByteCounts(AuditSuite.ShangMi, key, MessageDigest, signature);
    }

    [Fact]
    public void The_key_of_GB_T_32918_5_has_its_public_half_and_signs_what_proves()
    {
        var secret = Pkcs8(Sm2Private);
        Assert.Equal(Sm2Head + Sm2Public, Convert.ToHexString(Signatures.PublicKey(AuditSuite.ShangMi, secret)));
        Assert.True(Signatures.Verify(AuditSuite.ShangMi, Convert.FromHexString(Sm2Head + Sm2Public), MessageDigest, Signatures.Sign(AuditSuite.ShangMi, secret, MessageDigest)));
    }

    [Fact]
    public void The_signature_of_RFC_6979_is_right_and_nothing_beside_it_is()
    {
        var (key, signature) = (Convert.FromHexString(P256Head + P256Public), Convert.FromHexString(P256Signature));
        Assert.True(Signatures.Verify(AuditSuite.International, key, Sample, signature));
        AssertEveryByteCounts(AuditSuite.International, key, Sample, signature);
    }

    private static void AssertEveryByteCounts(AuditSuite suite, byte[] key, byte[] message, byte[] signature)
    {
        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 1;
            Assert.False(Signatures.Verify(suite, key, message, signature), $"byte {i}");
            signature[i] ^= 1;
        }
    }

    /// <summary>Two integers with their highest bit set, in ASN.1.</summary>
    private static byte[] Der(string r, string s) => Convert.FromHexString($"3046022100{r}022100{s}");

    private static byte[] Pkcs8(string d) => Org.BouncyCastle.Pkcs.PrivateKeyInfoFactory.CreatePrivateKeyInfo(new Org.BouncyCastle.Crypto.Parameters.ECPrivateKeyParameters(
        "EC", new Org.BouncyCastle.Math.BigInteger(d, 16), Org.BouncyCastle.Asn1.GM.GMObjectIdentifiers.sm2p256v1)).GetDerEncoded();
}
