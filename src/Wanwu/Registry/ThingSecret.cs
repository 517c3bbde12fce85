using System.Buffers.Text;
using System.Security.Cryptography;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>What is kept of a thing's password: a salt of 16 bytes and the SHA-256 of salt and password.</summary>
/// <remarks>
/// The password is 24 random bytes made here, never chosen by a person. Nobody can guess 192 bits, so a slow hash would protect nothing
/// and let a few thousand reconnecting devices stop the server; the salt keeps equal rows from being told.
/// </remarks>
internal sealed class ThingSecret
{
    public const int SaltLength = 16, PasswordBytes = 24;
    private readonly byte[] _saltAndHash;

    private ThingSecret(byte[] saltAndHash) => _saltAndHash = saltAndHash;

    /// <summary>The 48 bytes that are stored.</summary>
    public byte[] ToBytes() => [.. _saltAndHash];

    public static ThingSecret? FromBytes(byte[]? stored) =>
        stored is { Length: SaltLength + SHA256.HashSizeInBytes } ? new ThingSecret(stored) : null;

    /// <summary>A new password and what is to be kept of it.</summary>
    public static (string Password, ThingSecret Secret) Make()
    {
        var password = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordBytes));
        var saltAndHash = new byte[SaltLength + SHA256.HashSizeInBytes];
        RandomNumberGenerator.Fill(saltAndHash.AsSpan(0, SaltLength));
        Hash(saltAndHash.AsSpan(0, SaltLength), System.Text.Encoding.ASCII.GetBytes(password), saltAndHash.AsSpan(SaltLength));
        return (password, new ThingSecret(saltAndHash));
    }

    /// <summary>Whether <paramref name="password"/> is the one. Takes the same time whatever is wrong with it.</summary>
    public bool Matches(ReadOnlySpan<byte> password)
    {
        if (password.Length > 256) return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(_saltAndHash.AsSpan(0, SaltLength), password, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _saltAndHash.AsSpan(SaltLength));
    }

    /// <summary>By which two secrets are told apart, and which says nothing of either: the beginning of the salt, never 0.</summary>
    public ulong Mark => BitConverter.ToUInt64(_saltAndHash) | 1;

    /// <summary>What is to be kept of a password that somebody else made.</summary>
    public static ThingSecret Of(ReadOnlySpan<byte> password)
    {
        var saltAndHash = new byte[SaltLength + SHA256.HashSizeInBytes];
        RandomNumberGenerator.Fill(saltAndHash.AsSpan(0, SaltLength));
        Hash(saltAndHash.AsSpan(0, SaltLength), password[..Math.Min(password.Length, 256)], saltAndHash.AsSpan(SaltLength));
        return new ThingSecret(saltAndHash);
    }

    private static void Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> password, Span<byte> destination)
    {
        Span<byte> both = stackalloc byte[SaltLength + 256];
        salt.CopyTo(both);
        password.CopyTo(both[SaltLength..]);
        SHA256.HashData(both[..(SaltLength + password.Length)], destination);
    }
}

/// <summary>The secret that was replaced, while it still holds beside the new one.</summary>
/// <param name="EndsAtUse">Whether it ends already when the new one is used.</param>
internal sealed record FormerSecret(ThingSecret Secret, Timestamp Ends, bool EndsAtUse);

/// <summary>How a secret is replaced.</summary>
/// <param name="Overlap">For how long the former one holds besides; zero ends it at once.</param>
/// <param name="EndsAtUse">Whether the former one ends already when the new one is used.</param>
internal readonly record struct Rotation(TimeSpan Overlap, bool EndsAtUse = false)
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(90), Usual = TimeSpan.FromHours(24);
    public static readonly Rotation AtOnce;
}
