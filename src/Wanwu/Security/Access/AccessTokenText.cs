using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Wanwu.Security.Access;

/// <summary>How an access token looks: <c>wanwu_</c>, 32 random bytes and a checksum, both base64url.</summary>
/// <remarks>The prefix lets scanners find tokens that were published by mistake; the checksum lets typing errors and guesses fail before they cost a look into the database.</remarks>
internal static partial class AccessTokenText
{
    public const string Prefix = "wanwu_";
    /// <summary>The same as it stands in a password.</summary>
    public static ReadOnlySpan<byte> PrefixBytes => "wanwu_"u8;
    private const int SecretLength = 43, ChecksumLength = 6;

    public static string Make()
    {
        var secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return secret + Checksum(secret);
    }

    public static bool IsWellFormed([NotNullWhen(true)] string? token) =>
        token is { Length: 6 + SecretLength + ChecksumLength } && token.StartsWith(Prefix, StringComparison.Ordinal)
        && Ascii.IsValid(token) && Checksum(token.AsSpan(0, token.Length - ChecksumLength)).AsSpan().SequenceEqual(token.AsSpan(token.Length - ChecksumLength));

    /// <summary>What is stored. The token is 256 random bits: a plain hash cannot be turned back, and a salt would hide nothing.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));

    /// <summary>Whether something that looks like a token or a secret of ours is in the text, whatever kind it is of.</summary>
    public static bool IsIn(string text) => text.Contains(Prefix, StringComparison.OrdinalIgnoreCase) && Token().IsMatch(text);

    [GeneratedRegex("wanwu_[A-Za-z0-9_-]{40,}", RegexOptions.IgnoreCase)]
    private static partial Regex Token();

    private static string Checksum(ReadOnlySpan<char> secret)
    {
        Span<byte> ascii = stackalloc byte[secret.Length];
        Ascii.FromUtf16(secret, ascii, out _);
        return Base64Url.EncodeToString(Crc32.Hash(ascii));
    }
}
