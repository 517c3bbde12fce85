using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace Wanwu.Tests.Security.Sealing;

/// <summary>The library that seals and signs computes what the standards publish.</summary>
public sealed class ShangMiVectorTests
{
    [Theory]
    [InlineData("", 1, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b")]
    [InlineData("abc", 1, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")]
    [InlineData("abcd", 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")]
    public void SM3_of_GB_T_32905_A(string text, int times, string expected)
    {
        var digest = new SM3Digest();
        for (var i = 0; i < times; i++) digest.BlockUpdate(System.Text.Encoding.ASCII.GetBytes(text));
        var hash = new byte[32];
        digest.DoFinal(hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Theory]
    [InlineData(1, "681edf34d206965e86b3e94f536e4246")]
    [InlineData(1_000_000, "595298c7c6fd271f0402f804c33d3f66")]
    public void SM4_of_GB_T_32907_A(int rounds, string expected)
    {
        var key = Convert.FromHexString("0123456789abcdeffedcba9876543210");
        var engine = new SM4Engine();
        engine.Init(true, new KeyParameter(key));
        var block = key.ToArray();
        for (var i = 0; i < rounds; i++) engine.ProcessBlock(block, block);
        Assert.Equal(expected, Convert.ToHexStringLower(block));
    }

    /// <summary>RFC 8998, A.1.</summary>
    [Fact]
    public void SM4_GCM_of_RFC_8998()
    {
        var cipher = new GcmBlockCipher(new SM4Engine());
        cipher.Init(true, new AeadParameters(new KeyParameter(Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210")), 128,
            Convert.FromHexString("00001234567800000000ABCD"), Convert.FromHexString("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")));
        var plain = Convert.FromHexString("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA");
        var answer = new byte[plain.Length + 16];
        var written = cipher.ProcessBytes(plain, answer);
        cipher.DoFinal(answer.AsSpan(written));
        Assert.Equal("17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
            + "83DE3541E4C2B58177E065A9BF7B62EC", Convert.ToHexString(answer));
    }

    [Fact]
    public void SM2_signature_of_GB_T_32918_5_A_verifies_and_any_other_does_not()
    {
        var curve = GMNamedCurves.GetByName("sm2p256v1");
        var domain = new ECDomainParameters(curve);
        var point = curve.Curve.CreatePoint(
            new BigInteger("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020", 16), new BigInteger("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13", 16));
        Assert.Equal(domain.G.Multiply(new BigInteger("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8", 16)).Normalize(), point.Normalize());
        var signature = Convert.FromHexString("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3" + "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA");
        Assert.True(Verifies(signature));
        signature[^1] ^= 1;
        Assert.False(Verifies(signature));

        bool Verifies(byte[] bytes)
        {
            var signer = new SM2Signer(PlainDsaEncoding.Instance);
            signer.Init(false, new ECPublicKeyParameters(point, domain));
            signer.BlockUpdate("message digest"u8.ToArray(), 0, 14);
            return signer.VerifySignature(bytes);
        }
    }
}
