using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Wanwu.Security.Sealing;

/// <summary>Seals bytes with SM4-GCM: version, 16 bytes of salt, 12 of nonce, what is sealed, 16 of tag (docs/formats/sealing.md).</summary>
/// <remarks>Each message has a key of its own, derived with HKDF over HMAC-SM3 from the ring's key and the salt: no nonce ever meets a key twice.</remarks>
internal static class Sm4Envelope
{
    public const byte Version = 1;
    public const int KeyLength = 32;
    private const int SaltLength = 16, NonceLength = 12, TagLength = 16, HeadLength = 1 + SaltLength + NonceLength;
    private static ReadOnlySpan<byte> Purpose => "Wanwu SM4-GCM 1"u8;

    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> beside)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        head[0] = Version;
        RandomNumberGenerator.Fill(head[1..]);
        return Seal(key, head, plain, beside);
    }

    /// <param name="head">Version, salt and nonce: random, but where a test writes what was written before.</param>
    internal static byte[] Seal(byte[] key, ReadOnlySpan<byte> head, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> beside)
    {
        var cipher = CipherOf(key, head, beside, seals: true);
        var sealedBytes = new byte[HeadLength + cipher.GetOutputSize(plain.Length)];
        head.CopyTo(sealedBytes);
        var written = cipher.ProcessBytes(plain, sealedBytes.AsSpan(HeadLength));
        cipher.DoFinal(sealedBytes.AsSpan(HeadLength + written));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">It was not sealed so: with another key, beside something else, or changed since.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> beside)
    {
        if (sealedBytes.Length < HeadLength + TagLength || sealedBytes[0] != Version) throw new CryptographicException("What is sealed was not sealed by SM4-GCM of version 1.");
        var cipher = CipherOf(key, sealedBytes[..HeadLength], beside, seals: false);
        var plain = new byte[cipher.GetOutputSize(sealedBytes.Length - HeadLength)];
        try
        {
            var written = cipher.ProcessBytes(sealedBytes[HeadLength..], plain);
            cipher.DoFinal(plain.AsSpan(written));
            return plain;
        }
        catch (InvalidCipherTextException fault)
        {
            throw new CryptographicException("What is sealed is not as it was sealed.", fault);
        }
    }

    private static GcmBlockCipher CipherOf(byte[] key, ReadOnlySpan<byte> head, ReadOnlySpan<byte> beside, bool seals)
    {
        var derivation = new HkdfBytesGenerator(new SM3Digest());
        derivation.Init(new HkdfParameters(key, head.Slice(1, SaltLength).ToArray(), Purpose.ToArray()));
        var own = new byte[16];
        derivation.GenerateBytes(own, 0, own.Length);
        var cipher = new GcmBlockCipher(new SM4Engine());
        // The head is proved with what it stands before.
        cipher.Init(seals, new AeadParameters(new KeyParameter(own), TagLength * 8, head[(1 + SaltLength)..].ToArray(), [.. head, .. beside]));
        return cipher;
    }
}
