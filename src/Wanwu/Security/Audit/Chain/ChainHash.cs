using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;

namespace Wanwu.Security.Audit.Chain;

/// <summary>The hash that chains records: SHA-256 or SM3 (GB/T 32905).</summary>
/// <remarks>Not thread-safe: SM3 keeps its state.</remarks>
internal sealed class ChainHash(AuditSuite suite)
{
    public const int Length = 32;
    private readonly SM3Digest? _sm3 = suite == AuditSuite.ShangMi ? new SM3Digest() : null;

    public AuditSuite Suite => suite;

    public void Compute(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        if (_sm3 is null)
        {
            SHA256.HashData(bytes, hash);
            return;
        }
        _sm3.Reset();
        _sm3.BlockUpdate(bytes);
        _sm3.DoFinal(hash);
    }

    public bool Matches(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> hash)
    {
        Span<byte> computed = stackalloc byte[Length];
        Compute(bytes, computed);
        return computed.SequenceEqual(hash);
    }
}
