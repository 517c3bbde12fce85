using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>Passwords of things that say with an attempt of their own that they registered: a device whose answer was lost asks the same again, and is answered the same again.</summary>
/// <remarks>
/// The password is made of the attempt and a key of the server's: whoever has the attempt gets it from the server for a while, and nobody else ever. So nothing is kept of an attempt, and nothing
/// is given to who shows the registration key alone.
/// </remarks>
internal sealed class AttemptPasswords(HashKey key)
{
    /// <summary>22 letters and digits hold 128 random bits.</summary>
    public const int Shortest = 22, Longest = 100;

    public static string? FaultOf(string attempt) =>
        attempt.Length is < Shortest or > Longest || attempt.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            ? $"Expected {Shortest} to {Longest} letters, digits, '-', '_' or '.', made anew at random for this registration." : null;

    public string Of(Guid registrationKey, Identifier identifier, string attempt)
    {
        Span<byte> own = stackalloc byte[SHA256.HashSizeInBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, own, [], "wanwu registration"u8);
        // None of the parts holds the character between them.
        var text = string.Join('\0', registrationKey, identifier.Scheme.Name, identifier.Value, attempt);
        return Base64Url.EncodeToString(HMACSHA256.HashData(own, Encoding.UTF8.GetBytes(text)).AsSpan(0, ThingSecret.PasswordBytes));
    }
}
