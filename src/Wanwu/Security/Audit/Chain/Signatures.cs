using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Wanwu.Security.Audit.Chain;

/// <summary>Keys and signatures of a suite: ECDSA P-256 over SHA-256, or SM2 over SM3 with the standard's default identity.</summary>
internal static class Signatures
{
    /// <returns>A new private key, as PKCS#8.</returns>
    public static byte[] MakeKey(AuditSuite suite)
    {
        if (suite == AuditSuite.International)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return key.ExportPkcs8PrivateKey();
        }
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(GMObjectIdentifiers.sm2p256v1, new SecureRandom()));
        return PrivateKeyInfoFactory.CreatePrivateKeyInfo(generator.GenerateKeyPair().Private).GetDerEncoded();
    }

    /// <returns>The public half, as SubjectPublicKeyInfo.</returns>
    public static byte[] PublicKey(AuditSuite suite, byte[] privateKey)
    {
        if (suite == AuditSuite.International)
        {
            using var key = Open(privateKey);
            return key.ExportSubjectPublicKeyInfo();
        }
        var half = (ECPrivateKeyParameters)PrivateKeyFactory.CreateKey(privateKey);
        var point = half.Parameters.G.Multiply(half.D).Normalize();
        return SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(new ECPublicKeyParameters("EC", point, half.PublicKeyParamSet)).GetDerEncoded();
    }

    /// <param name="der">Whether ECDSA's signature is to be in DER, as SM2's always is; otherwise r‖s.</param>
    public static byte[] Sign(AuditSuite suite, byte[] privateKey, byte[] message, bool der = false)
    {
        if (suite == AuditSuite.International)
        {
            using var key = Open(privateKey);
            return key.SignData(message, HashAlgorithmName.SHA256, FormatOf(der));
        }
        var signer = new SM2Signer();
        signer.Init(forSigning: true, PrivateKeyFactory.CreateKey(privateKey));
        signer.BlockUpdate(message, 0, message.Length);
        return signer.GenerateSignature();
    }

    /// <returns>False as well when key or signature cannot be read.</returns>
    public static bool Verify(AuditSuite suite, byte[] publicKey, byte[] message, byte[] signature, bool der = false)
    {
        try
        {
            if (suite == AuditSuite.International)
            {
                using var key = ECDsa.Create();
                key.ImportSubjectPublicKeyInfo(publicKey, out _);
                return key.VerifyData(message, signature, HashAlgorithmName.SHA256, FormatOf(der));
            }
            var signer = new SM2Signer();
            signer.Init(forSigning: false, PublicKeyFactory.CreateKey(publicKey));
            signer.BlockUpdate(message, 0, message.Length);
            return signer.VerifySignature(signature);
        }
        catch (Exception fault) when (fault is CryptographicException or PlatformNotSupportedException or CryptoException or SecurityUtilityException
            or ArgumentException or IOException or InvalidCastException)
        {
            return false;
        }
    }

    private static DSASignatureFormat FormatOf(bool der) => der ? DSASignatureFormat.Rfc3279DerSequence : DSASignatureFormat.IeeeP1363FixedFieldConcatenation;

    private static ECDsa Open(byte[] privateKey)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(privateKey, out _);
        return key;
    }
}
