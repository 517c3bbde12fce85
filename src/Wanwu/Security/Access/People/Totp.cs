using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Wanwu.Security.Access.People;

/// <summary>Codes that change every thirty seconds (RFC 6238, HMAC-SHA-1, six digits): what every authenticator app can do.</summary>
internal static class Totp
{
    public const int SecretBytes = 20, StepSeconds = 30, Digits = 6;
    /// <summary>Steps that a clock may be off, either way.</summary>
    private const int Window = 1;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static long StepOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / StepSeconds;

    public static string CodeOf(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6238 names it, and HMAC does not rest on the collisions for which SHA-1 was given up.
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        // RFC 4226 §5.3: the last half byte says where four bytes are taken.
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash[(hash[^1] & 0x0F)..]) & 0x7FFF_FFFF;
        return (number % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <param name="after">The step of the last code taken; only later ones are.</param>
    /// <returns>The step of the code, or null when it is wrong or was used.</returns>
    public static long? StepOf(ReadOnlySpan<byte> secret, string code, DateTimeOffset now, long after)
    {
        long? found = null;
        var given = Encoding.UTF8.GetBytes(code);
        for (var step = StepOf(now) - Window; step <= StepOf(now) + Window; step++)
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(CodeOf(secret, step))) && step > after) found = step;
        return found;
    }

    /// <summary>The secret as one types it (RFC 4648 base32 without padding).</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length * 8 / 5 + 1);
        int buffer = 0, bits = 0;
        foreach (var next in bytes)
        {
            buffer = ((buffer << 8) | next) & 0xFFFF;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Alphabet[(buffer >> (bits - 5)) & 31]);
        }
        if (bits > 0) text.Append(Alphabet[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }

    /// <summary>What the picture for the app says.</summary>
    public static string LinkOf(string account, ReadOnlySpan<byte> secret) =>
        $"otpauth://totp/Wanwu:{Uri.EscapeDataString(account)}?secret={TextOf(secret)}&issuer=Wanwu";
}
